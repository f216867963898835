#!/bin/sh
# SPDX-License-Identifier: MIT
# Removes the launchd agent of the user who runs this script: unloads it and
# removes what install.sh and launchd created, and the agent for the metrics. The
# configuration and the log are kept unless --purge is given.
#
#   uninstall.sh [--purge] [--dry-run]
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=launchd/agent.sh
. "$here/agent.sh"

purge=false
for option in "$@"; do
    case $option in
    --dry-run) dry_run=true ;;
    --purge) purge=true ;;
    *) die "unknown option '$option'; known: --purge, --dry-run" ;;
    esac
done
find_places

found=false
drop() {
    [ -e "$1" ] || [ -L "$1" ] || return 0
    found=true
    act rm -f "$1"
}
# Only if it is empty: other files in it are not ours.
drop_dir() {
    [ -d "$1" ] && [ ! -L "$1" ] || return 0
    if $dry_run; then
        say "would: rmdir $1, if it is empty"
    elif rmdir "$1" 2>/dev/null; then
        say "rmdir $1"
    else
        say "kept, because it is not empty: $1"
    fi
}

# The agent that writes the metrics for Prometheus, if the user has loaded it.
# Without the daemon and its program it would fail every 30 seconds.
if launchctl print "$domain/$metrics" >/dev/null 2>&1; then
    found=true
    act launchctl bootout "$domain/$metrics" ||
        say "launchd has not ended $metrics yet"
fi
drop "$HOME/Library/LaunchAgents/$metrics.plist"
drop "$state/metrics/entropyd.prom"
drop_dir "$state/metrics"

if is_loaded; then
    found=true
    unload
fi
drop "$plist"
drop "$programs/entropyd"
drop "$programs/entropyctl"
drop "$loaded"
drop "$socket"
drop "$socket.lock"
drop "$egd"
drop "$egd.lock"
if $purge; then
    drop "$log"
    drop "$log.old"
    drop "$HOME/Library/Application Support/entropyd/entropyd.json"
    drop_dir "$HOME/Library/Application Support/entropyd"
fi
drop_dir "$programs"
drop_dir "$state"
if ! $found; then
    say "$label is not installed for this user"
elif ! $dry_run; then
    say "the entropyd agent was removed"
fi
