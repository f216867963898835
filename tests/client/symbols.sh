#!/bin/sh
# symbols.sh NM STATIC SHARED HEADER: every symbol that the static library
# defines begins with entropy_client_, and the shared one exports exactly the
# functions of the header.
set -eu
nm=$1 static=$2 shared=$3 header=$4

# macOS puts an underscore before C names. Names that begin with one, and gcov's
# mangle_path, are the compiler's.
names() { awk 'NF == 3 && $2 ~ /^[TDBRSC]$/ { sub(/^_/, "", $3); print $3 }'; }

foreign=$("$nm" -g "$static" | names | grep -v '^entropy_client_' |
    grep -vE '^(_|mangle_path$)' || true)
if [ -n "$foreign" ]; then
    echo "the static library defines foreign names:"
    echo "$foreign"
    exit 1
fi

dynamic=-D
[ "$(uname -s)" != Darwin ] || dynamic=-g
exported=$("$nm" "$dynamic" "$shared" | names | grep -vE '^(_|mangle_path$)' | sort)
declared=$(tr '\n' ' ' <"$header" |
    grep -o 'ENTROPY_CLIENT_API [^;]*;' | grep -v __attribute__ |
    sed 's/(.*//; s/.*[ *]//' | sort)
if [ "$exported" != "$declared" ]; then
    echo "exported:"
    echo "$exported"
    echo "declared:"
    echo "$declared"
    exit 1
fi
echo "$(echo "$exported" | wc -l) functions, all of them declared"
