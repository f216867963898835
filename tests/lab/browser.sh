#!/bin/sh
# SPDX-License-Identifier: MIT
# browser.sh ENTROPYLAB: opens a report in a browser without a window and looks
# whether all of it is there. Skipped, with a word, where there is no Chromium.
set -eu

entropylab=$1
work=$(mktemp -d "${TMPDIR:-/tmp}/entropylab-browser.XXXXXX")
trap 'rm -rf "$work"' EXIT
fail() {
    echo "$*" >&2
    exit 1
}

for browser in chromium chromium-browser google-chrome ''; do
    [ -n "$browser" ] || {
        echo "SKIP browser: no Chromium here; install chromium to run it"
        exit 0
    }
    command -v "$browser" >/dev/null && break
done

case $(uname) in
Darwin) source=mach_ipc ;;
*) source=unix_ipc ;;
esac
"$entropylab" record "$source" -n 3000 -o "$work/recording"
"$entropylab" record "$source" --restarts 20x100 -o "$work/restarts"
"$entropylab" report "$work/recording" "$work/restarts" -o "$work/report.html"
HOME=$work timeout 300 "$browser" --headless --no-sandbox --disable-gpu \
    --dump-dom "file://$work/report.html" >"$work/dom" 2>"$work/said" || {
    cat "$work/said" >&2
    fail "$browser did not open it"
}
# Two recordings: two pictures that compare them, four, and five of restarts.
[ "$(grep -c '<svg' "$work/dom")" = 11 ] || fail "not all pictures are there"
[ "$(grep -c '</svg>' "$work/dom")" = 11 ] || fail "a picture has no end"
[ "$(grep -c 'class="verdict' "$work/dom")" = 2 ] || fail "a verdict is missing"
grep -q '</html>' "$work/dom" || fail "the page has no end"
echo "$browser shows all of it"
