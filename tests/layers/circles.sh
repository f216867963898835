#!/bin/sh
# SPDX-License-Identifier: MIT
# circles.sh ROOT BUILD [NM]: checks that no files of the product call each other in
# a circle, directly or through other files. It reads which names the objects of
# BUILD define and use: file A calls file B if A's object uses a name that only B's
# defines. Calls through pointers do not count: a callback is how a lower file
# reaches a higher one. Prints the calls that remain when all files outside of
# circles have been removed; exits with 0 if there are none.
set -eu

root=$1
build=$2
nm=${3:-nm}
work=$(mktemp -d "${TMPDIR:-/tmp}/entropyd-circles.XXXXXX")
trap 'rm -rf "$work"' EXIT

# BUILD/daemon/pool/CMakeFiles/entropyd_pool.dir/drbg.c.o is daemon/pool/drbg.c.
# Files that another folder's library compiles again (__) are skipped.
(cd "$build" && find base collectors protocol daemon lab client \
    -name '*.c.o' ! -path '*/__/*') | sort | while read -r object; do
    # The source of an old object may have been moved.
    source=$(echo "$object" | sed -e 's|CMakeFiles/[^/]*/||' -e 's|\.o$||')
    [ ! -e "$root/$source" ] || echo "$object"
done >"$work/objects"
[ -s "$work/objects" ] || {
    echo "no objects in $build"
    exit 1
}

(cd "$build" && xargs "$nm" -A -g -P) <"$work/objects" |
    sed -e 's|CMakeFiles/[^/]*/||' -e 's|\.o: | |' >"$work/names"

awk '
$3 == "U" || $3 == "u" { uses[$1 " " $2]; next }
$2 in definer && definer[$2] != $1 { definer[$2] = ""; next }
{ definer[$2] = $1 }
END {
    for (use in uses) {
        split(use, part, " ")
        if (part[2] in definer && definer[part[2]] != "" &&
            definer[part[2]] != part[1]) {
            edge = part[1] " " definer[part[2]]
            names[edge] = names[edge] " " part[2]
        }
    }
    # Repeatedly remove files that no other file calls or that call no other.
    do {
        delete calls; delete called
        for (edge in names) {
            split(edge, part, " ")
            calls[part[1]]; called[part[2]]
        }
        removed = 0
        for (edge in names) {
            split(edge, part, " ")
            if (!(part[1] in called) || !(part[2] in calls)) {
                delete names[edge]
                removed = 1
            }
        }
    } while (removed)
    for (edge in names) {
        split(edge, part, " ")
        print part[1] " calls " part[2] ":" names[edge]
    }
}' "$work/names" | sort >"$work/circles"

if [ -s "$work/circles" ]; then
    echo "files that call each other in a circle, or lie between two circles:"
    cat "$work/circles"
    exit 1
fi
echo "$(wc -l <"$work/objects") objects, no circle"
