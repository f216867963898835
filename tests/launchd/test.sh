#!/bin/sh
# SPDX-License-Identifier: MIT
# test.sh ROOT: tests install.sh and uninstall.sh with a launchctl that records its
# calls and can fail. The name of a case is its claim.
set -eu

root=$1
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/entropyd-launchd.XXXXXX")
trap 'rm -rf "$work"' EXIT
failed=0
cases=0

# A home directory with every kind of character, programs that answer, a session.
begin() {
    name=$1
    cases=$((cases + 1))
    rm -rf "$work/run"
    export STANDIN="$work/run/standin"
    export HOME="$work/run/Zo\\é & <Co> \"q\" 'u'"
    export PATH="$work/run/path:$original_path"
    programs=$work/run/programs
    mkdir -p "$STANDIN" "$HOME" "$programs" "$work/run/path"
    for tool in "$here"/standin/*; do
        cp "$tool" "$work/run/path/"
    done
    : >"$STANDIN/session"
    : >"$STANDIN/calls"
    # shellcheck disable=SC2016
    printf '%s\n' '#!/bin/sh' \
        'printf "entropyd %s\n" "$*" >>"$STANDIN/calls"' \
        '[ ! -e "$STANDIN/answer-check" ] || {' \
        '    echo "entropyd: entropyd.json:3: log.level: must be another" >&2' \
        '    exit "$(cat "$STANDIN/answer-check")"' \
        '}' >"$programs/entropyd"
    # Calls of entropyctl are recorded; the test decides what it answers.
    # shellcheck disable=SC2016
    printf '%s\n' '#!/bin/sh' \
        'printf "entropyctl %s\n" "$*" >>"$STANDIN/calls"' \
        'for word in "$@"; do' \
        '    [ ! -e "$STANDIN/answer-$word" ] || exit "$(cat "$STANDIN/answer-$word")"' \
        'done' >"$programs/entropyctl"
    chmod +x "$programs/entropyd" "$programs/entropyctl"
    unset ENTROPYD_SOCKET XDG_RUNTIME_DIR
    plist=$HOME/Library/LaunchAgents/org.entropyd.agent.plist
    state=$HOME/.entropyd
    : >"$STANDIN/calls"
}
original_path=$PATH

wrong() {
    echo "FAILED $name: $*"
    [ ! -e "$work/run/out" ] || sed 's/^/    /' "$work/run/out"
    failed=$((failed + 1))
}

# gives STATUS COMMAND...: its output goes to a file.
gives() {
    want=$1
    shift
    got=0
    sh "$@" >"$work/run/out" 2>&1 </dev/null || got=$?
    [ "$got" = "$want" ] || wrong "'$*' ended with $got, not $want"
}
install() { gives "$1" "$root/launchd/install.sh" --programs "$programs"; }
uninstall() { gives "$1" "$root/launchd/uninstall.sh"; }
says_nothing_of() {
    ! grep -qF -- "$1" "$work/run/out" || wrong "says '$1'"
}
says() {
    grep -qF -- "$1" "$work/run/out" || wrong "does not say '$1'"
}
# The calls that change something, in order.
calls_are() {
    grep -Ev '^(launchctl print|sleep|entropyd )' "$STANDIN/calls" >"$work/run/acts" || true
    : >"$work/run/wanted"
    [ $# = 0 ] || printf '%s\n' "$@" >"$work/run/wanted"
    if ! cmp -s "$work/run/wanted" "$work/run/acts"; then
        wrong "calls are other than wanted:"
        diff "$work/run/wanted" "$work/run/acts" || true
    fi
}
mode_of() { find "$1" -prune -perm "$2" | grep -q . || wrong "$1 is not $2"; }

begin installs_and_asks_for_health
install 0
calls_are "launchctl enable gui/501/org.entropyd.agent" \
    "launchctl bootstrap gui/501 $plist" \
    "entropyctl --socket $state/entropyd.sock wait --timeout 30" \
    "entropyctl --socket $state/entropyd.sock health" \
    "entropyctl --socket $state/entropyd.sock health"
mode_of "$state" 700
mode_of "$plist" 644
! grep '@' "$plist" || wrong "a word was not filled in"
# shellcheck disable=SC2016 # these are no expansions
grep -qF "<string>$work/run/Zo\\é &amp; &lt;Co&gt; \"q\" 'u'/.entropyd/entropyd.sock</string>" \
    "$plist" || wrong "the socket's path is not safe for XML"
grep -qF "<string>$programs/entropyd</string>" "$plist" ||
    wrong "the program is not the one that was named"

begin a_second_run_changes_nothing
install 0
: >"$STANDIN/calls"
find "$HOME" -ls >"$work/run/before"
install 0
says 'nothing to change'
calls_are "entropyctl --socket $state/entropyd.sock wait --timeout 30" \
    "entropyctl --socket $state/entropyd.sock health" \
    "entropyctl --socket $state/entropyd.sock health"
find "$HOME" -ls | cmp -s - "$work/run/before" || wrong "files were touched"

begin the_egd_socket_comes_and_goes_with_its_option
install 0
! grep -q egd "$plist" || wrong "the EGD socket is there without --egd"
gives 0 "$root/launchd/install.sh" --programs "$programs" --egd
grep -qF '/.entropyd/egd.sock</string>' "$plist" || wrong "there is no EGD socket"
! grep '@' "$plist" || wrong "a word was not filled in"
[ "$(grep -c bootstrap "$STANDIN/calls")" = 2 ] || wrong "was not loaded again"
install 0
! grep -q egd "$plist" || wrong "the EGD socket is still there"

begin a_dry_run_touches_nothing
gives 0 "$root/launchd/install.sh" --programs "$programs" --dry-run
says "would: launchctl bootstrap gui/501"
[ -z "$(ls -A "$HOME")" ] || wrong "the home is not empty"
calls_are

begin an_upgrade_loads_the_new_program
install 0
echo '# newer' >>"$programs/entropyd"
: >"$STANDIN/calls"
install 0
calls_are "launchctl bootout gui/501/org.entropyd.agent" \
    "launchctl bootstrap gui/501 $plist" \
    "entropyctl --socket $state/entropyd.sock wait --timeout 30" \
    "entropyctl --socket $state/entropyd.sock health" \
    "entropyctl --socket $state/entropyd.sock health"

begin an_upgrade_waits_for_a_slow_bootout_and_bootstrap
install 0
echo '# newer' >>"$programs/entropyd"
: >"$STANDIN/calls"
echo 4 >"$STANDIN/slow-bootout"
echo 10 >"$STANDIN/fail-bootstrap"
install 0
[ "$(grep -c '^sleep 0.5' "$STANDIN/calls")" = 4 ] || wrong "did not wait for bootout"
[ "$(grep -c bootstrap "$STANDIN/calls")" = 11 ] || wrong "did not try again"
[ -e "$STANDIN/loaded" ] || wrong "is not loaded"

begin a_bootout_that_never_ends_is_named
install 0
echo '# newer' >>"$programs/entropyd"
echo 9999 >"$STANDIN/slow-bootout"
install 1
says 'still has gui/501/org.entropyd.agent'

begin a_bootstrap_that_keeps_failing_is_named
echo 9999 >"$STANDIN/fail-bootstrap"
install 1
says 'Input/output error'
says 'uninstall.sh'

begin a_bootout_of_what_is_gone_is_as_good
install 0
echo '# newer' >>"$programs/entropyd"
rm "$STANDIN/loaded"
echo 2 >"$STANDIN/slow-bootout"
install 0
says_nothing_of 'No such process'
says_nothing_of 'failed'
[ -e "$STANDIN/loaded" ] || wrong "is not loaded"

begin a_bootout_in_progress_is_waited_for
install 0
echo '# newer' >>"$programs/entropyd"
echo 1 >"$STANDIN/busy-bootout"
echo 3 >"$STANDIN/slow-bootout"
install 0
says_nothing_of 'failed'
[ -e "$STANDIN/loaded" ] || wrong "is not loaded"

begin a_bootstrap_that_fails_and_loads_all_the_same_is_taken
echo 1 >"$STANDIN/late-bootstrap"
install 0
says_nothing_of 'Input/output error'
[ "$(grep -c bootstrap "$STANDIN/calls")" = 1 ] || wrong "tried again"

begin an_invalid_configuration_is_not_loaded
echo 78 >"$STANDIN/answer-check"
install 1
says 'entropyd.json:3: log.level'
says 'nothing was installed'
calls_are
[ -z "$(ls -A "$HOME")" ] || wrong "the home was touched"

begin copies_are_made_from_a_source_tree
mkdir -p "$work/run/tree/build/release"
cp -R "$root/launchd" "$work/run/tree/"
cp "$programs"/* "$work/run/tree/build/release/"
gives 0 "$work/run/tree/launchd/install.sh"
[ -x "$state/bin/entropyd" ] || wrong "no copy of entropyd"
grep -qF '/.entropyd/bin/entropyd</string>' "$plist" || wrong "plist names no copy"
uninstall 0
[ ! -e "$state" ] || wrong "$state is still there"

begin an_installed_one_runs_where_it_stands
mkdir -p "$work/run/prefix/share/entropyd" "$work/run/prefix/bin"
cp -R "$root/launchd" "$work/run/prefix/share/entropyd/"
cp "$programs"/* "$work/run/prefix/bin/"
gives 0 "$work/run/prefix/share/entropyd/launchd/install.sh"
grep -qF "<string>$work/run/prefix/bin/entropyd</string>" "$plist" ||
    wrong "the plist names another program"
[ ! -e "$state/bin" ] || wrong "copies were made"

begin a_source_tree_without_a_build_says_how_to_build
mkdir -p "$work/run/tree"
cp -R "$root/launchd" "$work/run/tree/"
gives 1 "$work/run/tree/launchd/install.sh"
says 'cmake --preset release'

begin degraded_is_installed_and_said
echo 1 >"$STANDIN/answer-health"
install 0
says 'not every source is healthy'

begin sources_that_are_still_starting_are_waited_for
# Degraded until it has been asked three times.
# shellcheck disable=SC2016
printf '%s\n' 'case $* in *health)' \
    '    echo x >>"$STANDIN/asked"' \
    '    [ "$(grep -c x "$STANDIN/asked")" -ge 4 ] || exit 1' \
    'esac' >>"$programs/entropyctl"
install 0
[ "$(grep -c x "$STANDIN/asked")" = 5 ] || wrong "asked another number of times"
says 'entropyd is running and healthy'

begin the_command_that_is_shown_asks_this_daemon
install 0
says "  $programs/entropyctl get 32"
export XDG_RUNTIME_DIR="$work/run/elsewhere"
install 0
says "  $programs/entropyctl --socket '$work/run/Zo\\é & <Co> \"q\" '\''u'\''/.entropyd/entropyd.sock' get 32"
unset XDG_RUNTIME_DIR
export ENTROPYD_SOCKET="$work/run/elsewhere/s"
echo 1 >"$STANDIN/answer-health"
install 0
says "  $programs/entropyctl --socket '$work/run/Zo\\é & <Co> \"q\" '\''u'\''/.entropyd/entropyd.sock' status"

begin failed_health_fails_and_names_the_log
echo 2 >"$STANDIN/answer-health"
install 1
says 'Library/Logs/entropyd.log'

begin a_daemon_that_is_not_ready_fails_and_shows_why
echo 3 >"$STANDIN/answer-wait"
printf 'state = not running\n\tlast exit code = 69: EX_UNAVAILABLE\n' \
    >"$STANDIN/print"
mkdir -p "$HOME/Library/Logs"
echo 'error listen-failed reason="another entropyd serves it"' \
    >"$HOME/Library/Logs/entropyd.log"
install 1
says 'Library/Logs/entropyd.log'
says 'last exit code = 69: EX_UNAVAILABLE'
says 'error listen-failed'

begin root_is_refused
echo 0 >"$STANDIN/uid"
install 1
says 'without sudo'
[ -z "$(ls -A "$HOME")" ] || wrong "the home was touched"
uninstall 1

begin no_session_is_refused
rm "$STANDIN/session"
install 1
says 'no session gui/501'
[ -z "$(ls -A "$HOME")" ] || wrong "the home was touched"

begin a_home_too_deep_for_a_socket_is_refused
HOME=$work/run/$(printf '%0100d' 0)
mkdir "$HOME"
install 1
says 'at most 103 are possible'

begin a_symbolic_link_in_place_of_the_folder_is_refused
mkdir "$work/run/elsewhere"
ln -s "$work/run/elsewhere" "$state"
install 1
says 'symbolic link'

begin no_launchctl_is_said
rm "$work/run/path/launchctl"
if command -v launchctl >/dev/null 2>&1; then
    echo "SKIP $name: this machine has a real one"
else
    install 1
    says 'launchctl not found'
fi

begin an_unknown_option_is_refused
gives 1 "$root/launchd/install.sh" --frobnicate
says "unknown option '--frobnicate'"
gives 1 "$root/launchd/uninstall.sh" --frobnicate
says "unknown option '--frobnicate'"
gives 1 "$root/launchd/install.sh" --programs "$work/nowhere"
says 'no such directory'

begin uninstall_leaves_the_home_as_it_was
install 0
: >"$state/entropyd.sock"
: >"$state/entropyd.sock.lock"
uninstall 0
[ ! -e "$STANDIN/loaded" ] || wrong "is still loaded"
[ -z "$(find "$HOME" ! -type d)" ] || wrong "left: $(find "$HOME" ! -type d)"
[ ! -e "$state" ] || wrong "$state is still there"
uninstall 0
says 'org.entropyd.agent is not installed'

begin uninstall_ends_the_agent_for_the_metrics_too
install 0
mkdir "$state/metrics"
: >"$state/metrics/entropyd.prom"
cp "$root/packaging/prometheus/org.entropyd.metrics.plist" "${plist%/*}"
: >"$STANDIN/metrics"
gives 0 "$root/launchd/uninstall.sh" --dry-run
[ -e "$STANDIN/metrics" ] || wrong "a dry run ended it"
uninstall 0
[ ! -e "$STANDIN/metrics" ] || wrong "is still loaded"
[ -z "$(find "$HOME" ! -type d)" ] || wrong "left: $(find "$HOME" ! -type d)"
[ ! -e "$state" ] || wrong "$state is still there"

begin uninstall_keeps_what_is_not_ours_and_the_configuration
install 0
echo mine >"$state/mine"
config="$HOME/Library/Application Support/entropyd/entropyd.json"
mkdir -p "${config%/*}"
echo old >"$HOME/Library/Logs/entropyd.log.old"
echo '{}' >"$config"
uninstall 0
[ -e "$state/mine" ] || wrong "removed a stranger's file"
[ -e "$config" ] || wrong "removed the configuration"
gives 0 "$root/launchd/uninstall.sh" --purge
[ ! -e "$config" ] || wrong "--purge kept the configuration"
[ ! -e "$HOME/Library/Logs/entropyd.log.old" ] || wrong "--purge kept a log"

begin a_dry_uninstall_touches_nothing
install 0
find "$HOME" | sort >"$work/run/before"
: >"$STANDIN/calls"
gives 0 "$root/launchd/uninstall.sh" --dry-run
says "would: launchctl bootout gui/501/org.entropyd.agent"
find "$HOME" | sort | cmp -s - "$work/run/before" || wrong "files were touched"
[ -e "$STANDIN/loaded" ] || wrong "was unloaded"

begin uninstall_says_when_launchd_keeps_it
install 0
echo 9999 >"$STANDIN/fail-bootout"
uninstall 1
says 'still has gui/501/org.entropyd.agent'
[ -e "$plist" ] || wrong "the plist is gone although the agent is loaded"

echo "$cases cases, $failed failures"
[ "$failed" = 0 ]
