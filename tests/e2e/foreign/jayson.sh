#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the client of jayson where script/setup --ci has put that library.
set -eu

here=$(dirname -- "$0")
modules=${XDG_CACHE_HOME:-${HOME-}/.cache}/entropyd/jayson/node_modules
if ! command -v node >/dev/null || [ ! -d "$modules/jayson" ]; then
    echo "SKIP e2e_foreign_jayson: jayson is not here; script/setup --ci installs it"
    exit 77
fi
exec node "$here/jayson_client.js" "$modules" "$@"
