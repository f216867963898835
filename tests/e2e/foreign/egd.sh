#!/bin/sh
# SPDX-License-Identifier: MIT
# What the clients of EGD share; read by them, with their arguments. Sets $socket,
# the daemon's socket, $egd, its EGD socket, and $name, the name of the test.
# shellcheck shell=sh
# shellcheck disable=SC2034 # those who read this file use them

socket=$1
egd=${EGD_SOCKET:?run.sh sets it}
name=e2e_foreign_$(basename -- "$0" .sh)

# skip WHAT: ends the test; WHAT names what is missing and what installs it.
skip() {
    printf 'SKIP %s: %s\n' "$name" "$*"
    exit 77
}

fail() {
    printf '%s: %s\n' "$name" "$*" >&2
    exit 1
}

# needs COMMAND...: skips where one is missing.
needs() {
    for command in "$@"; do
        command -v "$command" >/dev/null ||
            skip "there is no $command; script/setup --ci installs it"
    done
}

# count NAME: that member of the daemon's status.egd.
count() {
    printf '{"jsonrpc":"2.0","id":1,"method":"status"}\n' |
        socat -t 10 - "UNIX-CONNECT:$socket" | jq ".result.egd.$1"
}

# moved NAME AT-LEAST BEFORE: has that count grown by AT-LEAST?
moved() {
    now=$(count "$1")
    [ "$((now - $3))" -ge "$2" ] ||
        fail "status.egd.$1 was $3 and is $now: must have grown by $2"
    printf 'status.egd.%s: %s -> %s\n' "$1" "$3" "$now"
}

# is_random HEX: not one byte again and again.
is_random() {
    [ "$(printf %s "$1" | fold -w 2 | sort -u | wc -l)" -gt 8 ]
}
