#!/bin/sh
# SPDX-License-Identifier: MIT
# header.sh c|cxx DIRECTORY: compiles entropy_client.h alone, with warnings as
# errors. Exits with 77 (skipped) if there is no such compiler.
set -eu
language=$1 folder=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/entropyd-header.XXXXXX")
trap 'rm -rf "$work"' EXIT

cat >"$work/use.$language" <<'END'
#include <entropy_client.h>

int use(struct entropy_client *client);
int use(struct entropy_client *client)
{
    struct entropy_client_options options = ENTROPY_CLIENT_OPTIONS;
    struct entropy_client_get_options get = ENTROPY_CLIENT_GET_OPTIONS;
    struct entropy_client_provenance provenance;
    unsigned char key[32];
    options.timeout_ms = 1;
    get.quality = ENTROPY_CLIENT_CONDITIONED;
    return entropy_client_get(client, key, sizeof(key), &get, &provenance) +
           (int)options.size;
}
END

if [ "$language" = c ]; then
    compilers="${CC:-cc}" modes="-std=c99 -std=c11"
else
    compilers="${CXX:-c++}" modes="-std=c++11 -std=c++17"
fi
if ! command -v "$compilers" >/dev/null; then
    echo "SKIP: there is no $compilers here"
    exit 77
fi
for mode in $modes; do
    "$compilers" "$mode" -Wall -Wextra -Wpedantic -Werror -I "$folder" \
        -c "$work/use.$language" -o "$work/use.o"
done
