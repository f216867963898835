#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the shell lines in docs/protocol.md: what a line prints must match the
# pattern after its "  # ".
#   shell.sh DOCUMENT SOCKET SOURCE
set -eu

document=$1
socket=$2
export socket
for tool in socat jq; do
    command -v $tool >/dev/null || {
        echo "SKIP e2e_foreign_shell: $tool is missing; script/setup --tests installs it"
        exit 77
    }
done

# shellcheck disable=SC2016 # the fences of a block
lines=$(sed -n '/^```sh$/,/^```$/p' "$document" | grep -v '^```')
checked=0
failed=0
while IFS= read -r line; do
    command=${line%%  \# *}
    if [ "$command" = "$line" ]; then
        eval "$line" # a definition
        continue
    fi
    pattern=${line##*  \# }
    said=$(eval "$command" </dev/null) || said="$said (status $?)"
    checked=$((checked + 1))
    # shellcheck disable=SC2254 # it is a pattern
    case $said in
    $pattern) ;;
    *)
        printf '%s\n  printed  %s\n  not like %s\n' "$command" "$said" \
            "$pattern"
        failed=$((failed + 1))
        ;;
    esac
done <<END
$lines
END
[ "$checked" -ge 10 ] || {
    echo "only $checked lines found in $document"
    exit 1
}
echo "$checked lines by socat and jq, $failed otherwise than documented"
[ "$failed" = 0 ]
