#!/bin/sh
# SPDX-License-Identifier: MIT
# Finds a Python that has aiorpcX, preferably Debian's, and runs the client with it.
set -eu

here=$(dirname -- "$0")
for python in /usr/bin/python3 python3; do
    if "$python" -c 'import aiorpcx' 2>/dev/null; then
        exec "$python" "$here/aiorpcx_client.py" "$@"
    fi
done
echo "SKIP e2e_foreign_library: no Python here has aiorpcX; script/setup --tests installs it"
exit 77
