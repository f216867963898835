#!/bin/sh
# self_check.sh: check.sh passes a small tree that keeps the table, and finds
# each violation that is planted in it, by file and line.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/entropyd-layers.XXXXXX")
trap 'rm -rf "$work"' EXIT
failed=0

# A tree in small: one header and one .c file a folder.
grow() {
    rm -rf "$work/tree"
    for module in collectors/collector collectors/ticks protocol/request \
        daemon/pool/ring daemon/server daemon/session daemon/session_output \
        daemon/log daemon/peer client/entropy_client tests/support/run; do
        mkdir -p "$work/tree/${module%/*}"
        printf '#include <stdint.h>\n' >"$work/tree/$module.h"
        printf '#include "%s.h"\n' "$module" >"$work/tree/$module.c"
    done
    plant_line daemon/pool/ring.c '#include <sodium.h>'
    plant_line daemon/pool/ring.h '#include "collectors/collector.h"'
    plant_line daemon/server.h '#include <uv.h>'
    plant_line daemon/log.h '#include "daemon/peer.h"'
    plant_line daemon/server.c '#include "daemon/session.h"'
    plant_line daemon/session.c '#include "protocol/request.h"'
    plant_line protocol/request.c '#include <jansson.h>'
    plant_line client/entropy_client.c '#include "protocol/request.h"'
    plant_line tests/support/run.c '#include <check.h>'
    plant_line tests/support/run.c '#include "daemon/pool/ring.h"'
}

plant_line() { printf '%s\n' "$2" >>"$work/tree/$1"; }

# finds WHAT FILE LINE...: the lines, added to the file, are refused with WHAT
# at the file's last line but "after".
finds() {
    what=$1 file=$2
    shift 2
    grow
    for line in "$@"; do
        plant_line "$file" "$line"
        case $line in *'#'*) at=$(wc -l <"$work/tree/$file") ;; esac
    done
    at=$((at + 0))
    if sh "$here/check.sh" "$work/tree" >"$work/out" 2>&1; then
        echo "not found: $file: $*"
        failed=1
    elif ! grep -qF "$what" "$work/out"; then
        echo "found, but not as '$what': $file: $*"
        cat "$work/out"
        failed=1
    elif [ "$what" != circle ] && ! grep -q "^$file:$at: " "$work/out"; then
        echo "not named as $file:$at: $*"
        cat "$work/out"
        failed=1
    fi
}

grow
if ! sh "$here/check.sh" "$work/tree" >"$work/out" 2>&1; then
    echo "a tree that keeps the table is refused:"
    cat "$work/out"
    failed=1
fi

finds 'collectors/ may not include libuv' collectors/ticks.c '#include <uv.h>'
finds 'collectors/ may not include libsodium' collectors/ticks.c \
    '#include <sodium/utils.h>'
finds 'collectors/ may not include protocol' collectors/ticks.h \
    '#include "protocol/request.h"'
finds 'protocol/ may not include jansson in a header' protocol/request.h \
    '#include <jansson.h>'
finds 'json_t in a header' protocol/request.h 'struct json_t; /* # */'
finds 'protocol/ may not include daemon' protocol/request.c \
    '#include "daemon/session.h"'
finds 'daemon/pool/ may not include libuv' daemon/pool/ring.c '#include <uv.h>'
finds 'daemon/pool/ may not include jansson' daemon/pool/ring.c \
    '# include <jansson.h>'
finds 'daemon/pool/ may not include protocol' daemon/pool/ring.c \
    '#include "protocol/request.h"'
finds 'daemon/pool/ may not include collectors/ticks.h' daemon/pool/ring.c \
    '#include "collectors/ticks.h"'
finds 'daemon/pool/ may not include daemon/server.h' daemon/pool/ring.c \
    '#include "daemon/server.h"'
finds 'daemon/ may not include client' daemon/server.c \
    '#include "client/entropy_client.h"'
finds 'client/ may not include libuv' client/entropy_client.c \
    '#include <uv/version.h>'
finds 'client/ may not include daemon' client/entropy_client.c \
    '#include "daemon/session.h"'
finds 'public header stands alone' client/entropy_client.h \
    '#include "protocol/request.h"'
finds 'may not include check' daemon/server.c '#include <check.h>'
finds 'a .c file is included' tests/support/run.c \
    '#include "daemon/pool/ring.c"'
finds 'no header named from the root' daemon/server.c '#include "session.h"'
finds 'in angle brackets' daemon/server.c '#include <client/entropy_client.h>'
finds 'cannot be read off' daemon/server.c '#include HEADER'
finds 'inside a function' daemon/server.c 'void f(void)' '{' '#ifdef __APPLE__'
finds 'this is below daemon/server.h' daemon/session_output.c \
    '#include "daemon/server.h"'
finds circle daemon/peer.h '#include "daemon/log.h"'

[ "$failed" != 0 ] || echo "every planted violation was found"
exit "$failed"
