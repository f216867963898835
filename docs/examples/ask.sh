#!/bin/sh
# SPDX-License-Identifier: MIT
# A client of entropyd that needs only socat: one request and one reply per line.
#
#   ask.sh [SOCKET]    prints 16 bytes as hex, and the health word
#
# Without SOCKET: $ENTROPYD_SOCKET, else the user's own daemon, else the system's.
# Exits with 1 and says why if anything fails; nothing is printed then.
set -eu

die() {
    printf 'ask.sh: %s\n' "$*" >&2
    exit 1
}

# ask SOCKET REQUEST: the reply, or failure where there is none.
ask() {
    reply=$(printf '%s\n' "$2" | socat -t 10 - "UNIX-CONNECT:$1") &&
        [ -n "$reply" ] && printf '%s\n' "$reply"
}

# field NAME REPLY: the string behind "NAME": in a reply of one line. With jq:
#   printf '%s\n' "$reply" | jq -er .result.data
field() {
    value=$(printf '%s\n' "$2" | sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p")
    [ -n "$value" ] || die "no $1 in the reply: $2"
    printf '%s\n' "$value"
}

command -v socat >/dev/null || die "socat is not installed"

own=${XDG_RUNTIME_DIR:+$XDG_RUNTIME_DIR/entropyd/entropyd.sock}
own=${own:-$HOME/.entropyd/entropyd.sock}
socket=${1:-${ENTROPYD_SOCKET-}}
if [ -z "$socket" ]; then
    ping='{"jsonrpc":"2.0","id":0,"method":"ping"}'
    for socket in "$own" /run/entropyd/entropyd.sock ''; do
        [ -n "$socket" ] || die "no daemon at $own or /run/entropyd/entropyd.sock"
        ask "$socket" "$ping" >/dev/null 2>&1 && break
    done
fi

reply=$(ask "$socket" \
    '{"jsonrpc":"2.0","id":1,"method":"get","params":{"bytes":16}}') ||
    die "no reply from $socket"
bytes=$(field data "$reply")
reply=$(ask "$socket" '{"jsonrpc":"2.0","id":2,"method":"health"}') ||
    die "no reply from $socket"
health=$(field health "$reply")
printf '%s\n' "$bytes" "$health"
