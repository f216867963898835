#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs each fuzz target for some time, starting from the corpus in the tree; as many
# at a time as there are processors.
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

processors=$(getconf _NPROCESSORS_ONLN)
cmake -S . -B "$build" -G Ninja -DCMAKE_C_COMPILER="${CC:-clang}" \
    -DENTROPYD_FUZZ=ON -DENTROPYD_SANITIZE=address,undefined \
    -DENTROPYD_WERROR=ON >/dev/null
cmake --build "$build" --target fuzzers -j "$processors" \
    >/dev/null

pids=
trap 'kill $pids 2>/dev/null; exit 130' INT
trap 'kill $pids 2>/dev/null; exit 143' TERM

# start TARGET: its process is added to $pids.
start() {
    found=$build/found/$1
    grown=$build/grown/$1
    mkdir -p "$found" "$grown"
    # Leaks are checked at the end; a single slow input is a finding too.
    "$build/tests/fuzz_$1" -max_total_time="$seconds" -timeout=20 \
        -rss_limit_mb=1024 -dict=tests/fuzz/json.dict -print_final_stats=1 \
        -artifact_prefix="$found/" "$grown" "tests/fuzz/corpus/$1" \
        >"$build/$1.log" 2>&1 &
    pids="$pids $!"
}

# finish TARGET PID
finish() {
    log=$build/$1.log
    if wait "$2"; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        printf 'fuzz: %-10s %10d inputs in %d s, nothing found\n' \
            "$1" "$runs" "$seconds"
    else
        failed="$failed $1"
        printf 'fuzz: %s FAILED; the end of %s:\n' "$1" "$log" >&2
        tail -n 60 "$log" >&2
    fi
}

# finish_all TARGET...: those that run, in the order of $pids.
finish_all() {
    for pid in $pids; do
        finish "$1" "$pid"
        shift
    done
    pids=
}

# Each has a processor of its own.
failed=
running=
count=0
for target in "$@"; do
    start "$target"
    running="$running $target"
    count=$((count + 1))
    if [ $((count % processors)) = 0 ]; then
        # shellcheck disable=SC2086 # a list of words
        finish_all $running
        running=
    fi
done
# shellcheck disable=SC2086 # a list of words
finish_all $running
[ -z "$failed" ] || die "found something in:$failed"
