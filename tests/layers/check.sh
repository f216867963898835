#!/bin/sh
# check.sh ROOT: holds the table of who may include whom (docs/architecture.md)
# in the tree at ROOT, and that no two modules include each other in a circle.
# Prints each offending line; 0 if there is none.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cd "$1"
work=$(mktemp -d "${TMPDIR:-/tmp}/entropyd-layers.XXXXXX")
trap 'rm -rf "$work"' EXIT

# One name a line, without blanks: the tree has no other.
find collectors protocol daemon client tests -name '*.[ch]' | sort >"$work/files"
grep '\.h$' "$work/files" >"$work/headers"

status=0
xargs awk -v headers="$work/headers" -f "$here/layers.awk" <"$work/files" ||
    status=1

# A module is x.h with x.c, x_linux.c and x_darwin.c.
grep -v '^tests/' "$work/files" | xargs grep -H '^#include "' |
    sed -e 's/:#include "/ /' -e 's/".*//' |
    awk '{
        for (i = 1; i <= 2; i++) {
            sub(/\.[ch]$/, "", $i)
            sub(/_(linux|darwin)$/, "", $i)
        }
        if ($1 != $2)
            print $1, $2
    }' >"$work/edges"
tsort "$work/edges" >/dev/null 2>"$work/circles" || true
if [ -s "$work/circles" ]; then
    echo "modules include each other in a circle:"
    sed 's/^tsort: /    /' "$work/circles"
    status=1
fi

[ "$status" != 0 ] ||
    echo "$(wc -l <"$work/files") files keep the table"
exit "$status"
