#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the client of vscode-jsonrpc where script/setup --ci has put that library.
set -eu

here=$(dirname -- "$0")
modules=${XDG_CACHE_HOME:-${HOME-}/.cache}/entropyd/vscode-jsonrpc/node_modules
if ! command -v node >/dev/null || [ ! -d "$modules/vscode-jsonrpc" ]; then
    echo "SKIP e2e_foreign_vscode: vscode-jsonrpc is not here; script/setup --ci installs it"
    exit 77
fi
exec node "$here/vscode_client.js" "$modules" "$@"
