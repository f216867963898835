#!/bin/sh
# SPDX-License-Identifier: MIT
# An example for managed Macs: to be run as root by the management's agent, after
# the package with the programs was installed, and as often as it likes. Gives the
# user who is logged in his launchd agent, with the organisation's configuration.
#
#   mdm-agent.sh [--prefix DIR] [--config FILE]
#
#   --prefix DIR   where the package has bin/ and share/entropyd/launchd; the
#                  default is /usr/local
#   --config FILE  becomes /Library/Application Support/entropyd/entropyd.json; an
#                  invalid one changes nothing
#
# Exit status: 0 where the agent runs, or no one is logged in yet; else not.
set -eu

prefix=/usr/local
config=
managed='/Library/Application Support/entropyd'

say() { printf 'mdm-agent: %s\n' "$*"; }
die() {
    printf 'mdm-agent: %s\n' "$*" >&2
    exit 1
}

while [ $# -gt 0 ]; do
    case $1 in
    --prefix | --config)
        [ $# -ge 2 ] || die "$1 needs a value"
        case $1 in
        --prefix) prefix=$2 ;;
        --config) config=$2 ;;
        esac
        shift
        ;;
    *) die "unknown option '$1'; known: --prefix DIR, --config FILE" ;;
    esac
    shift
done

command -v launchctl >/dev/null 2>&1 || die "launchctl not found: this is for macOS"
[ "$(id -u)" = 0 ] || die "this is for root; a user runs install.sh"
install=$prefix/share/entropyd/launchd/install.sh
for needed in "$prefix/bin/entropyd" "$prefix/bin/entropyctl" "$install"; do
    [ -e "$needed" ] || die "$needed does not exist; install the package first"
done

changed=false
if [ -n "$config" ]; then
    "$prefix/bin/entropyd" --check-config --config "$config" >/dev/null ||
        die "$config is invalid; the configuration was not changed"
    if ! cmp -s "$config" "$managed/entropyd.json"; then
        mkdir -p "$managed"
        chmod 755 "$managed"
        cp "$config" "$managed/entropyd.json.new"
        chmod 644 "$managed/entropyd.json.new"
        mv -f "$managed/entropyd.json.new" "$managed/entropyd.json"
        changed=true
        say "replaced $managed/entropyd.json"
    fi
fi

# At the login window the console belongs to root, in the setup assistant to
# _mbsetupuser. A user who logs in later gets the agent at the next run.
user=$(stat -f %Su /dev/console)
case $user in
'' | root | loginwindow | _*)
    say "no one is logged in; nothing to do for now"
    exit 0
    ;;
esac
uid=$(id -u "$user") || die "$user has no user id"

# In the user's session and with the user's home; root may do neither for him.
as_user() { launchctl asuser "$uid" sudo -u "$user" -H "$@"; }

as_user "$install" --programs "$prefix/bin" ||
    die "the agent of $user (uid $uid) was not installed"
# install.sh restarts the agent if the program has changed, but not for a
# configuration: that is read again.
if $changed; then
    launchctl kill SIGHUP "gui/$uid/org.entropyd.agent" ||
        die "the agent of $user could not be told to read its configuration"
fi
say "the agent of $user (uid $uid) runs"
