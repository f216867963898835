#!/bin/sh
# SPDX-License-Identifier: MIT
# record.sh ENTROPYLAB DIR CONDITION...: records both Linux sources under each
# condition, into DIR/SOURCE-CONDITION. Names of conditions:
#
#   idle      nothing else; the caller sees to that
#   loaded    beside two busy loops a processor
#   pinned    both threads of the source on the last processor
#   ipc       beside two programs of another user that flood Unix sockets
#   timers    beside two programs of another user with 1,000 timers each
#   restarts  1,000 restarts of 1,000 samples, nothing else
#   both      both sources at the same time, for `entropylab correlate`
#
# Needs root (the other user is nobody), Linux and python3. What has been recorded
# already is kept, so that it can go on where it was stopped. Prints a line for each
# recording; ends the neighbours it has started.
set -eu

[ $# -ge 3 ] || {
    echo "usage: ${0##*/} ENTROPYLAB DIR CONDITION..." >&2
    exit 64
}
[ "$(id -u)" = 0 ] || {
    echo "${0##*/}: needs root, for neighbours of another user" >&2
    exit 77
}
entropylab=$1
directory=$2
shift 2
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
processors=$(getconf _NPROCESSORS_ONLN)
samples=${SAMPLES:-1000000}
neighbours=
# One that every user may run, rather than what root has in its own home.
python=/usr/bin/python3
[ -x "$python" ] || python=python3

stop_neighbours() {
    # shellcheck disable=SC2086 # a list of numbers
    [ -z "$neighbours" ] || kill $neighbours 2>/dev/null || true
    neighbours=
}
trap stop_neighbours EXIT
trap 'exit 1' INT TERM HUP

# neighbour COMMAND...: starts one, as another user.
neighbour() {
    setpriv --reuid=65534 --regid=65534 --clear-groups "$@" &
    neighbours="$neighbours $!"
}

# The neighbours of a condition, with a moment to begin.
start_neighbours() {
    case $1 in
    loaded)
        for _ in $(seq $((2 * processors))); do
            neighbour sh -c 'while :; do :; done'
        done
        ;;
    ipc | timers)
        # Read before the user changes, who may not see this directory.
        program=$(cat "$here/neighbour.py")
        for _ in 1 2; do
            neighbour "$python" -c "$program" "$1"
        done
        ;;
    *) return 0 ;;
    esac
    sleep 2
}

# record SOURCE CONDITION
record() {
    target=$directory/$1-$2
    [ ! -e "$target/record.json" ] || return 0
    rm -rf "$target"
    case $2 in
    pinned) taskset -c $((processors - 1)) "$entropylab" record "$1" \
        -n "$samples" -o "$target" ;;
    restarts) "$entropylab" record "$1" --restarts 1000x1000 -o "$target" ;;
    *) "$entropylab" record "$1" -n "$samples" -o "$target" ;;
    esac
}

mkdir -p "$directory"
for condition; do
    case $condition in
    idle | loaded | pinned | ipc | timers | restarts)
        start_neighbours "$condition"
        record unix_ipc "$condition"
        record epoll_events "$condition"
        stop_neighbours
        ;;
    both)
        record epoll_events both &
        other=$!
        # It is several times as fast.
        samples=$((5 * samples))
        record unix_ipc both
        samples=$((samples / 5))
        wait "$other"
        ;;
    *)
        echo "${0##*/}: unknown condition $condition" >&2
        exit 64
        ;;
    esac
done
