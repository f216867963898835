#!/bin/sh
# SPDX-License-Identifier: MIT
# self_check.sh CC: check.sh accepts a small tree that conforms to the table, and
# finds each violation that is added to it, by file and line. circles.sh accepts
# objects that call in one direction, and finds a circle of three, built by CC.
set -eu

cc=${1:-cc}

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/entropyd-layers.XXXXXX")
trap 'rm -rf "$work"' EXIT
failed=0
spdx='/* SPDX-License-Identifier: MIT */'

# A small tree: one or two modules in each folder.
grow() {
    rm -rf "$work/tree"
    for module in base/reason base/wipe collectors/collector \
        collectors/ipc/receiver protocol/request daemon/source/ring \
        daemon/pool/drbg daemon/host/log daemon/host/peer \
        daemon/server/session daemon/server/connection daemon/options \
        lab/record client/entropy_client client/ctl/get tests/support/run; do
        mkdir -p "$work/tree/${module%/*}"
        printf '%s\n#include <stdint.h>\n' "$spdx" >"$work/tree/$module.h"
        printf '%s\n#include "%s.h"\n' "$spdx" "$module" \
            >"$work/tree/$module.c"
    done
    plant_line daemon/pool/drbg.c '#include <sodium.h>'
    plant_line daemon/source/ring.h '#include "collectors/collector.h"'
    plant_line daemon/server/session.h '#include <uv.h>'
    plant_line daemon/host/log.h '#include "daemon/host/peer.h"'
    plant_line daemon/server/session.c '#include "daemon/server/connection.h"'
    plant_line daemon/server/session.c '#include "protocol/request.h"'
    plant_line protocol/request.h '#include <jansson.h>'
    plant_line client/entropy_client.c '#include "protocol/request.h"'
    plant_line client/ctl/get.c '#include "client/entropy_client.h"'
    plant_line lab/record.c '#include "daemon/source/ring.h"'
    plant_line tests/support/run.c '#include <check.h>'
    plant_line tests/support/run.c '#include "daemon/source/ring.h"'
}

plant_line() { printf '%s\n' "$2" >>"$work/tree/$1"; }

# finds WHAT FILE LINE...: when the lines are added to the file, they are reported
# with WHAT, at the last line before "after".
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

finds 'base/ may not include libsodium' base/wipe.c '#include <sodium.h>'
finds 'base/ may not include collectors' base/reason.c \
    '#include "collectors/collector.h"'
finds 'collectors/ may not include libuv' collectors/collector.c \
    '#include <uv.h>'
finds 'collectors/ may not include collectors/ipc' collectors/collector.h \
    '#include "collectors/ipc/receiver.h"'
finds 'collectors/ipc/ may not include protocol' collectors/ipc/receiver.h \
    '#include "protocol/request.h"'
finds 'protocol/ may not include daemon/server' protocol/request.c \
    '#include "daemon/server/session.h"'
finds 'daemon/pool/ may not include libuv' daemon/pool/drbg.c '#include <uv.h>'
finds 'daemon/pool/ may not include jansson' daemon/pool/drbg.c \
    '# include <jansson.h>'
finds 'daemon/pool/ may not include protocol' daemon/pool/drbg.c \
    '#include "protocol/request.h"'
finds 'daemon/pool/ may not include daemon/server' daemon/pool/drbg.c \
    '#include "daemon/server/session.h"'
finds 'daemon/host/ may not include daemon/options.h' daemon/host/log.c \
    '#include "daemon/options.h"'
finds 'daemon/ may not include client' daemon/options.c \
    '#include "client/entropy_client.h"'
finds 'lab/ may not include libuv' lab/record.c '#include <uv.h>'
finds 'client/ may not include libuv' client/entropy_client.c \
    '#include <uv/version.h>'
finds 'client/ may not include daemon' client/entropy_client.c \
    '#include "daemon/server/session.h"'
finds 'client/ may not include client/ctl' client/entropy_client.c \
    '#include "client/ctl/get.h"'
finds 'public header stands alone' client/entropy_client.h \
    '#include "protocol/request.h"'
finds 'may not include check' daemon/options.c '#include <check.h>'
finds 'a .c file is included' tests/support/run.c \
    '#include "daemon/source/ring.c"'
finds 'no header named from the root' daemon/server/session.c \
    '#include "session.h"'
finds 'in angle brackets' daemon/options.c '#include <client/entropy_client.h>'
finds 'cannot be read off' daemon/options.c '#include HEADER'
finds 'inside a function' daemon/options.c 'void f(void)' '{' \
    '#ifdef __APPLE__'
finds circle daemon/host/peer.h '#include "daemon/host/log.h"'

grow
sed -i.bak 1d "$work/tree/daemon/host/log.c"
rm "$work/tree/daemon/host/log.c.bak"
if sh "$here/check.sh" "$work/tree" >"$work/out" 2>&1 ||
    ! grep -qx '    daemon/host/log.c' "$work/out"; then
    echo "a file without its SPDX line is not found:"
    cat "$work/out"
    failed=1
fi

# object ROOM/NAME TEXT: compiles TEXT to where CMake has ROOM/NAME.c's object.
object() {
    mkdir -p "$work/build/${1%/*}/CMakeFiles/x.dir"
    : >"$work/tree/$1.c"
    printf '%s\n' "$2" |
        "$cc" -x c -c -o "$work/build/${1%/*}/CMakeFiles/x.dir/${1##*/}.c.o" -
}
for room in base collectors protocol daemon lab client; do
    mkdir -p "$work/build/$room"
done
object base/text 'int text(void) { return 0; }'
object daemon/low 'int text(void); int low(void) { return text(); }'
object daemon/high 'int low(void); int high(void) { return low(); }'
if ! sh "$here/circles.sh" "$work/tree" "$work/build" >"$work/out"; then
    echo "objects without a circle are refused:"
    cat "$work/out"
    failed=1
fi
# An object without a source does not count.
object daemon/gone 'int high(void); int gone(void) { return high(); }'
object daemon/high 'int low(void); int gone(void); int high(void) { return low() + gone(); }'
rm "$work/tree/daemon/gone.c"
if ! sh "$here/circles.sh" "$work/tree" "$work/build" >"$work/out"; then
    echo "an object without a source counts:"
    cat "$work/out"
    failed=1
fi
object base/text 'int high(void); int text(void) { return high(); }'
if sh "$here/circles.sh" "$work/tree" "$work/build" >"$work/out" ||
    ! grep -qx 'base/text.c calls daemon/high.c: high' "$work/out" ||
    [ "$(grep -c ' calls ' "$work/out")" != 3 ]; then
    echo "a circle of three files is not found:"
    cat "$work/out"
    failed=1
fi

[ "$failed" != 0 ] || echo "every planted violation was found"
exit "$failed"
