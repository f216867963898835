#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the daemon with all kinds of clients, reloads, stops and failing sources, and
# checks its invariants all the time.
#
#   tests/soak.sh MINUTES
#
# Three daemons run at a time: entropyd on this kernel's noise, one with fault
# sources, which fail and come back, and, except with sanitizers, one whose system
# calls fail for seconds. Builds in build/soak, or in the directory
# ENTROPYD_SOAK_BUILD, which may be configured with sanitizers. Linux only: it reads
# /proc.
set -eu

die() {
    printf 'soak: %s\n' "$*" >&2
    exit 1
}

[ $# = 1 ] || die "usage: tests/soak.sh MINUTES"
minutes=$1
case $minutes in
'' | *[!0-9]* | 0*) die "MINUTES must be a whole number of at least 1, is \
'$minutes'" ;;
esac
[ "$(uname -s)" = Linux ] || die "it reads /proc, which $(uname -s) lacks"

cd "$(dirname -- "$0")/.."
build=${ENTROPYD_SOAK_BUILD:-build/soak}
cmake -S . -B "$build" -G Ninja -DENTROPYD_WERROR=ON >/dev/null
cmake --build "$build" --target soak -j "$(getconf _NPROCESSORS_ONLN)" \
    >/dev/null

# AddressSanitizer must not keep freed memory for minutes, because the soak test
# checks whether memory grows.
export ASAN_OPTIONS="quarantine_size_mb=16:${ASAN_OPTIONS-}"

seconds=$((minutes * 60))
"$build/tests/soak-daemon" "$build/entropyd" "$seconds" &
plain=$!
"$build/tests/soak-daemon" "$build/tests/entropyd-faulty" "$seconds" &
faulty=$!
shaken=
if [ -e "$build/tests/libfault_shim.so" ]; then
    "$build/tests/soak-daemon" "$build/entropyd" "$seconds" \
        "$build/tests/libfault_shim.so" &
    shaken=$!
fi
status=0
wait "$plain" || status=1
wait "$faulty" || status=1
[ -z "$shaken" ] || wait "$shaken" || status=1
[ "$status" = 0 ] || die "an invariant was broken"
