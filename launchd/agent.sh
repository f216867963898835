# What install.sh and uninstall.sh share: names, places, and launchctl's ways.
# shellcheck shell=sh
# shellcheck disable=SC2034 # the two that read this file use the names

label=org.entropyd.agent
dry_run=false

say() { printf '%s\n' "$*"; }
die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# quoted WORD: so that a shell that is given it reads it back.
quoted() {
    case $1 in
    *[!A-Za-z0-9_./-]*)
        printf "'%s'" "$(printf '%s' "$1" | LC_ALL=C sed "s/'/'\\\\''/g")"
        ;;
    *) printf '%s' "$1" ;;
    esac
}

# act COMMAND...: says what it does and does it; with --dry-run only says it.
act() {
    if $dry_run; then
        printf 'would: %s\n' "$*"
        return 0
    fi
    printf '%s\n' "$*"
    "$@"
}

# Places, all below the user's home; refuses what an agent cannot be for.
find_places() {
    command -v launchctl >/dev/null 2>&1 ||
        die "there is no launchctl here: the agent is for macOS. On Linux, see
packaging/systemd"
    uid=$(id -u)
    [ "$uid" != 0 ] ||
        die "run this as the user whose agent it is, without sudo"
    case ${HOME-} in
    /*) ;;
    *) die "HOME is '${HOME-}', which is no absolute path" ;;
    esac
    domain=gui/$uid
    service=$domain/$label
    state=$HOME/.entropyd
    programs=$state/bin
    socket=$state/entropyd.sock
    plist=$HOME/Library/LaunchAgents/$label.plist
    log=$HOME/Library/Logs/entropyd.log
    loaded=$state/loaded # checksum of the program that launchd has loaded
}

is_loaded() { launchctl print "$service" >/dev/null 2>&1; }

# bootout returns before launchd is done, which takes seconds.
unload() {
    is_loaded || return 0
    act launchctl bootout "$service" || true
    ! $dry_run || return 0
    tries=0
    while is_loaded; do
        tries=$((tries + 1))
        [ "$tries" -le 40 ] ||
            die "launchd still has $service 20 s after bootout; see
  launchctl print $service"
        sleep 0.5
    done
}
