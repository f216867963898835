#!/bin/sh
# A client of entropyd that needs only socat: one request and one reply per line.
#
#   ask.sh [SOCKET]    prints 16 bytes as hex, and the health word
#
# With jq the replies could be parsed like this:
#   ... | jq -r .result.data
set -eu

own=${XDG_RUNTIME_DIR:+$XDG_RUNTIME_DIR/entropyd/entropyd.sock}
own=${own:-$HOME/.entropyd/entropyd.sock}
socket=${1:-${ENTROPYD_SOCKET:-$own}}

ask() {
    printf '%s\n' "$1" | socat -t 10 - "UNIX-CONNECT:$socket"
}

# The string after "name": in a reply of one line.
field() {
    sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"
}

ask '{"jsonrpc":"2.0","id":1,"method":"get","params":{"bytes":16}}' |
    field data
ask '{"jsonrpc":"2.0","id":2,"method":"health"}' | field health
