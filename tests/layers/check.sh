#!/bin/sh
# SPDX-License-Identifier: MIT
# check.sh ROOT [GENERATED]: checks the includes of the tree at ROOT: which folder
# may include which (docs/architecture.md), and that headers do not include each
# other in a circle. GENERATED is the directory of headers that the build writes.
# Prints each offending line; exits with 0 if there is none.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
generated=${2-}
cd "$1"
work=$(mktemp -d "${TMPDIR:-/tmp}/entropyd-layers.XXXXXX")
trap 'rm -rf "$work"' EXIT

# One name per line; no name in the tree has blanks.
find base collectors protocol daemon lab client tests -name '*.[ch]' | sort >"$work/files"
grep '\.h$' "$work/files" >"$work/headers"
if [ -n "$generated" ]; then
    (cd "$generated" && find . -name '*.h' | sed 's|^\./||') >>"$work/headers"
fi

status=0
xargs awk -v headers="$work/headers" -f "$here/layers.awk" <"$work/files" ||
    status=1

grep -v '^tests/' "$work/files" | grep '\.h$' | xargs grep -H '^#include "' |
    sed -e 's/:#include "/ /' -e 's/".*//' >"$work/edges"
(cd "$work" && tsort edges >/dev/null 2>circles) || true
if [ -s "$work/circles" ]; then
    echo "headers include each other in a circle:"
    sed 's/^tsort: /    /' "$work/circles"
    status=1
fi

missing=$(xargs grep -L '^/\* SPDX-License-Identifier: MIT \*/$' \
    <"$work/files" || true)
if [ -n "$missing" ]; then
    echo "files without their SPDX line:"
    printf '%s\n' "$missing" | sed 's/^/    /'
    status=1
fi

[ "$status" != 0 ] ||
    echo "$(wc -l <"$work/files") files keep the table"
exit "$status"
