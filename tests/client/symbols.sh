#!/bin/sh
# SPDX-License-Identifier: MIT
# symbols.sh NM STATIC SHARED HEADER: each library exports the functions in the
# header and nothing else.
set -eu
nm=$1 static=$2 shared=$3 header=$4

# macOS puts an underscore in front of C names. Names that begin with an
# underscore, and gcov's mangle_path, belong to the compiler.
names() {
    awk 'NF == 3 && $2 ~ /^[TDBRSC]$/ { sub(/^_/, "", $3); print $3 }' |
        grep -vE '^(_|mangle_path$)' | sort
}

declared=$(tr '\n' ' ' <"$header" |
    grep -o 'ENTROPY_CLIENT_API [^;]*;' | grep -v __attribute__ |
    sed 's/(.*//; s/.*[ *]//' | sort)

# compare LIBRARY NAMES
compare() {
    [ "$2" != "$declared" ] || return 0
    echo "$1 defines:"
    echo "$2"
    echo "declared:"
    echo "$declared"
    exit 1
}

dynamic=-D
[ "$(uname -s)" != Darwin ] || dynamic=-g
compare "$static" "$("$nm" -g "$static" | names)"
compare "$shared" "$("$nm" "$dynamic" "$shared" | names)"
echo "$(echo "$declared" | wc -l) functions"
