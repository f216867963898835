#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh ROOT: checks packaging/homebrew/entropyd.rb (check.rb says what).
set -eu

root=$1
# brew sets it, too.
CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-2}
export CMAKE_BUILD_PARALLEL_LEVEL
command -v ruby >/dev/null || {
    echo "SKIP homebrew: there is no ruby; script/setup --ci installs it"
    exit 77
}
ruby -wc "$root/packaging/homebrew/entropyd.rb"
# The words between at signs stand in strings: the template is a property list.
python3 -c 'import json, plistlib, sys
json.dump(plistlib.load(open(sys.argv[1], "rb")), sys.stdout)' \
    "$root/launchd/org.entropyd.agent.plist.in" |
    ruby -w "$root/tests/homebrew/check.rb" "$root"
