# SPDX-License-Identifier: MIT
# What install.sh and uninstall.sh share: names, paths, and calls of launchctl.
# shellcheck shell=sh
# shellcheck disable=SC2034 # the two that read this file use the names

label=org.entropyd.agent
metrics=org.entropyd.metrics # packaging/prometheus
dry_run=false

say() { printf '%s\n' "$*"; }
die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# quoted WORD: quoted for a shell where necessary.
quoted() {
    case $1 in
    *[!A-Za-z0-9_./-]*)
        printf "'%s'" "$(printf '%s' "$1" | LC_ALL=C sed "s/'/'\\\\''/g")"
        ;;
    *) printf '%s' "$1" ;;
    esac
}

# act COMMAND...: prints the command and runs it; with --dry-run only prints it.
act() {
    if $dry_run; then
        printf 'would: %s\n' "$*"
        return 0
    fi
    printf '%s\n' "$*"
    "$@"
}

# Sets the paths, all in the user's home directory. Refuses to go on where an
# agent is not possible.
find_places() {
    command -v launchctl >/dev/null 2>&1 ||
        die "launchctl not found: the agent is for macOS. On Linux, see
packaging/systemd"
    uid=$(id -u)
    [ "$uid" != 0 ] ||
        die "run this as the user who is to own the agent, without sudo"
    case ${HOME-} in
    /*) ;;
    *) die "HOME must be an absolute path, not '${HOME-}'" ;;
    esac
    domain=gui/$uid
    service=$domain/$label
    state=$HOME/.entropyd
    programs=$state/bin
    socket=$state/entropyd.sock
    egd=$state/egd.sock
    plist=$HOME/Library/LaunchAgents/$label.plist
    log=$HOME/Library/Logs/entropyd.log
    loaded=$state/loaded # checksum of the program that launchd has loaded
}

is_loaded() { launchctl print "$service" >/dev/null 2>&1; }

# launchctl_quiet WORD...: launchctl, with its output in $said, because some of
# its errors are not errors here.
launchctl_quiet() {
    said=$(launchctl "$@" 2>&1)
}

# bootout returns before launchd is done, which takes seconds. "No such process"
# (3) and "Could not find service" (113): the agent is gone already. "Operation
# now in progress" (36): it will be.
unload() {
    is_loaded || return 0
    if $dry_run; then
        act launchctl bootout "$service"
        return 0
    fi
    say "launchctl bootout $service"
    status=0
    launchctl_quiet bootout "$service" || status=$?
    case $status in
    0 | 3 | 36 | 113) ;;
    *) say "$said" ;;
    esac
    tries=0
    while is_loaded; do
        tries=$((tries + 1))
        [ "$tries" -le 40 ] ||
            die "launchd still has $service 20 s after bootout; see
  launchctl print $service"
        sleep 0.5
    done
}
