#!/bin/sh
# SPDX-License-Identifier: MIT
# Starts the daemon on a socket of its own and runs a client against it:
#   run.sh ENTROPYD CLIENT...
# The client gets the path of the socket and the name of a source, and that of the
# EGD socket in $EGD_SOCKET. Its exit status is this script's; 77 means that it
# cannot run here and has printed why.
set -eu

entropyd=$1
shift
dir=$(mktemp -d "${TMPDIR:-/tmp}/entropyd-foreign.XXXXXX")
socket=$dir/socket

daemon=
# shellcheck disable=SC2317 # the trap calls it
clean_up() {
    [ -z "$daemon" ] || kill -TERM "$daemon" 2>/dev/null || true
    [ -z "$daemon" ] || wait "$daemon" || true
    rm -rf "$dir"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

export EGD_SOCKET="$dir/egd"
"$entropyd" --socket "$socket" --set egd.path="$EGD_SOCKET" 2>"$dir/log" &
daemon=$!
tries=0
until grep -q ' listening ' "$dir/log" &&
    [ "$(grep -c 'to=healthy' "$dir/log")" -ge 2 ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt 1200 ] || ! kill -0 "$daemon" 2>/dev/null; then
        cat "$dir/log" >&2
        exit 1
    fi
    sleep 0.1
done

status=0
"$@" "$socket" unix_ipc || status=$?
[ "$status" = 0 ] || [ "$status" = 77 ] || cat "$dir/log" >&2
kill -TERM "$daemon"
ended=0
wait "$daemon" || ended=$?
daemon=
if [ "$ended" != 0 ]; then
    cat "$dir/log" >&2
    echo "the daemon ended with $ended" >&2
    exit 1
fi
exit "$status"
