#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs each fuzz target for some time, starting from the corpus in the tree.
#
#   tests/fuzz/run.sh SECONDS [TARGET...]   the default is all targets
#
# Builds in build/fuzz (or in the directory ENTROPYD_FUZZ_BUILD) with clang and the
# address and undefined-behaviour sanitizers. Inputs that fail are written to
# build/fuzz/found/TARGET: reproduce the failure with
# build/fuzz/tests/fuzz_TARGET FILE, fix it, and add the file to
# tests/fuzz/corpus/TARGET. New inputs that reach new code are kept in
# build/fuzz/grown/TARGET for the next run.
set -eu

die() {
    printf 'fuzz: %s\n' "$*" >&2
    exit 1
}

usage='tests/fuzz/run.sh SECONDS [TARGET...]'
[ $# -ge 1 ] || die "usage: $usage"
seconds=$1
shift
case $seconds in
'' | *[!0-9]* | 0*) die "SECONDS must be a whole number of at least 1, not \
'$seconds'" ;;
esac

cd "$(dirname -- "$0")/../.."
build=${ENTROPYD_FUZZ_BUILD:-build/fuzz}
known='server egd request recognise config client judge lab'
# shellcheck disable=SC2086 # a list of words
[ $# -gt 0 ] || set -- $known
for target in "$@"; do
    case " $known " in
    *" $target "*) ;;
    *) die "unknown target '$target'; known: $known" ;;
    esac
done

cmake -S . -B "$build" -G Ninja -DCMAKE_C_COMPILER="${CC:-clang}" \
    -DENTROPYD_FUZZ=ON -DENTROPYD_SANITIZE=address,undefined \
    -DENTROPYD_WERROR=ON >/dev/null
cmake --build "$build" --target fuzzers -j "$(getconf _NPROCESSORS_ONLN)" \
    >/dev/null

failed=
for target in "$@"; do
    found=$build/found/$target
    grown=$build/grown/$target
    log=$build/$target.log
    mkdir -p "$found" "$grown"
    # Leaks are checked at the end; a single slow input is a finding too.
    if "$build/tests/fuzz_$target" -max_total_time="$seconds" -timeout=20 \
        -rss_limit_mb=1024 -dict=tests/fuzz/json.dict -print_final_stats=1 \
        -artifact_prefix="$found/" "$grown" "tests/fuzz/corpus/$target" \
        >"$log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        printf 'fuzz: %-10s %10d inputs in %d s, nothing found\n' \
            "$target" "$runs" "$seconds"
    else
        failed="$failed $target"
        printf 'fuzz: %s FAILED; the end of %s:\n' "$target" "$log" >&2
        tail -n 60 "$log" >&2
    fi
done
[ -z "$failed" ] || die "found something in:$failed"
