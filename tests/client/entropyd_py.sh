#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs entropyd_py.py with each of these that is here: Debian's Python, the first in
# the path, and the oldest that docs/examples/entropyd.py is for.
set -eu

here=$(dirname -- "$0")
ran=
for python in /usr/bin/python3 python3 python3.9; do
    python=$(command -v "$python") || continue
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null ||
        continue
    version=$("$python" --version)
    case " $ran " in *" $version,"*) continue ;; esac
    echo "$python: $version"
    "$python" -W error "$here/entropyd_py.py" "$@"
    ran="$ran $version,"
done
[ -n "$ran" ] || {
    echo "SKIP entropyd_py: there is no Python 3.9 or newer here; script/setup --tests installs one"
    exit 77
}
