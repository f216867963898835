#!/bin/sh
# SPDX-License-Identifier: MIT
# Perl's Crypt::Random::Seed, which looks for EGD in fixed places only: it runs
# with a /run of its own, in which egd-pool leads to the daemon's socket.
set -eu

here=$(dirname -- "$0")
# shellcheck source=tests/e2e/foreign/egd.sh
. "$here/egd.sh"
needs perl socat jq unshare
perl -MCrypt::Random::Seed -e 1 2>/dev/null ||
    skip "there is no Crypt::Random::Seed; script/setup --ci installs it"
unshare -rm mount -t tmpfs none /run 2>/dev/null ||
    skip "mounting needs root or user namespaces; sudo script/test"

requests=$(count requests_total)
bytes=$(count bytes_total)
# shellcheck disable=SC2016 # $1 is the inner shell's
out=$(unshare -rm sh -c '
    mount -t tmpfs none /run && ln -s "$1" /run/egd-pool && exec perl "$2"
' sh "$egd" "$here/egd_client.pl") || fail "perl failed: $out"
printf '%s\n' "$out" | cut -c 1-100
[ "$(printf '%s\n' "$out" | sed -n 1p | grep -c 'source EGD')" = 1 ] ||
    fail "the source is not EGD"
for line in '2 64' '3 1200'; do
    hex=$(printf '%s\n' "$out" | sed -n "${line% *}p")
    is_random "$hex" || fail "not random: $hex"
    [ "${#hex}" = "${line#* }" ] ||
        fail "not ${line#* } hex digits: $hex"
done
moved requests_total 5 "$requests" # 0 to probe, 2 four times
moved bytes_total 632 "$bytes"
