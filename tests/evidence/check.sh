#!/bin/sh
# SPDX-License-Identifier: MIT
# check.sh ENTROPYLAB: tests the other scripts in this directory, on a small
# recording of the first source that this machine has.
set -eu

entropylab=$1
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/entropyd-evidence.XXXXXX")
trap 'rm -rf "$work"' EXIT

fail() {
    echo "$*" >&2
    exit 1
}

case $(uname) in
Darwin) source=mach_ipc ;;
*) source=unix_ipc ;;
esac
"$entropylab" record "$source" -n 2000 -o "$work/recording" ||
    fail "no recording of $source"

# Without NIST's tool it says so, and does not succeed.
status=0
NIST_EA=$work "$here/assess.sh" "$work/recording" 2>"$work/said" || status=$?
[ "$status" = 77 ] || fail "assess.sh without its tools ended with $status"
grep -q "are not installed in $work" "$work/said" || fail "assess.sh did not say why"

# With a tool that finds little the claim is too high, which is an error.
for tool in ea_non_iid ea_restart; do
    printf '%s\n' '#!/bin/sh' 'echo "H_original = 0.8"' \
        'echo "H_bitstring Per Symbol = 0.9"' \
        'echo "Assessed min entropy: 0.8"' >"$work/$tool"
    chmod +x "$work/$tool"
done
status=0
NIST_EA=$work "$here/assess.sh" -H 0.5 "$work/recording" 2>"$work/said" || status=$?
[ "$status" = 1 ] || fail "assess.sh took a claim of 0.5 at 0.8 with $status"
grep -q 'more than half of 0.8' "$work/said" || fail "assess.sh did not say why"
NIST_EA=$work "$here/assess.sh" -H 0.4 "$work/recording" >"$work/said" ||
    fail "assess.sh refused a claim of 0.4 at 0.8"

# The recording of a slower clock is complete and has fewer distinct symbols.
"$here/requantise.py" "$work/recording" "$work/slow"
"$entropylab" assess "$work/slow" >"$work/said" || fail "assess refused it"
grep -q 'granularity 41' "$work/said" || fail "it is not 24 MHz"
if command -v gnuplot >/dev/null; then
    "$here/draw.sh" "$work/picture.svg" "$work/recording" "$work/slow"
    grep -q '<svg' "$work/picture.svg" || fail "no picture"
else
    echo "gnuplot is not installed: draw.sh was not run"
fi
echo "the evidence scripts do what they say"
