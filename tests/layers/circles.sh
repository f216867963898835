#!/bin/sh
# circles.sh ROOT BUILD [NM]: no two files of the product call each other in a
# circle, over however many others. Reads what the objects of BUILD define and
# use: file A calls file B where A's object needs a name that B's alone
# defines. Calls through a pointer are not seen: a callback is the way to let
# the lower file reach the higher one. Prints the calls that are left when
# every file outside of all circles is taken away; 0 if there is none.
set -eu

root=$1
build=$2
nm=${3:-nm}
work=$(mktemp -d "${TMPDIR:-/tmp}/entropyd-circles.XXXXXX")
trap 'rm -rf "$work"' EXIT

# BUILD/daemon/pool/CMakeFiles/entropyd_pool.dir/drbg.c.o is daemon/pool/drbg.c.
# A library that compiles another folder's files again (__) is looked at there.
(cd "$build" && find base collectors protocol daemon lab client \
    -name '*.c.o' ! -path '*/__/*') | sort | while read -r object; do
    # An object may be left behind by a source that has moved.
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
    # Take away, again and again, what nobody calls and what calls nobody.
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
