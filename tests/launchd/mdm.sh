#!/bin/sh
# SPDX-License-Identifier: MIT
# mdm.sh ROOT: packaging/macos/mdm-agent.sh with stand-ins for launchctl, sudo,
# stat and id. The name of a case is its claim.
set -eu

root=$1
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/entropyd-mdm.XXXXXX")
trap 'rm -rf "$work"' EXIT
original_path=$PATH
failed=0
cases=0

# A package below $prefix, an organisation's folder below $work, and zoe at the
# console.
begin() {
    name=$1
    cases=$((cases + 1))
    rm -rf "$work/run"
    export STANDIN="$work/run/standin"
    export PATH="$work/run/path:$original_path"
    prefix=$work/run/prefix
    mkdir -p "$STANDIN/home" "$work/run/path" "$prefix/bin" \
        "$prefix/share/entropyd/launchd"
    cp "$root"/launchd/* "$prefix/share/entropyd/launchd"
    cp "$here"/standin/* "$work/run/path"
    # The library's folder cannot be written here; the rest is the script's own.
    sed "s|'/Library/|'$work/run/Library/|" \
        "$root/packaging/macos/mdm-agent.sh" >"$work/run/mdm-agent.sh"
    managed="$work/run/Library/Application Support/entropyd/entropyd.json"
    echo zoe >"$STANDIN/console"
    : >"$STANDIN/session"
    : >"$STANDIN/calls"
    # shellcheck disable=SC2016 # for the stand-ins
    {
        printf '#!/bin/sh\ncat "$STANDIN/console"\n' >"$work/run/path/stat"
        printf '%s\n' '#!/bin/sh' '[ $# = 1 ] || { echo 501; exit; }' \
            '[ -n "${AS_USER-}" ] && echo 501 || cat "$STANDIN/uid"' \
            >"$work/run/path/id"
        printf '%s\n' '#!/bin/sh' '[ "$1 $2 $3" = "-u zoe -H" ] || exit 1' \
            'shift 3' 'AS_USER=yes HOME=$STANDIN/home exec "$@"' \
            >"$work/run/path/sudo"
        printf '%s\n' '#!/bin/sh' 'case $1 in' \
            'asuser) printf "launchctl asuser %s\n" "$2" >>"$STANDIN/calls"' \
            '    shift 2; exec "$@" ;;' \
            'kill) printf "launchctl %s\n" "$*" >>"$STANDIN/calls"; exit ;;' \
            'esac' 'exec "$STANDIN/launchctl" "$@"' >"$STANDIN/wrapper"
        printf '%s\n' '#!/bin/sh' \
            '[ "$1 $2" != "--check-config --config" ] || ! grep -q bad "$3"' \
            >"$prefix/bin/entropyd"
        printf '#!/bin/sh\n' >"$prefix/bin/entropyctl"
    }
    mv "$work/run/path/launchctl" "$STANDIN/launchctl"
    mv "$STANDIN/wrapper" "$work/run/path/launchctl"
    echo 0 >"$STANDIN/uid"
    chmod +x "$work/run/path"/* "$prefix/bin"/* "$STANDIN/launchctl"
}
wrong() {
    echo "FAILED $name: $*"
    sed 's/^/    /' "$work/run/out"
    failed=$((failed + 1))
}
gives() {
    want=$1
    shift
    got=0
    sh "$work/run/mdm-agent.sh" --prefix "$prefix" "$@" >"$work/run/out" 2>&1 \
        </dev/null || got=$?
    [ "$got" = "$want" ] || wrong "ended with $got, not $want"
}
says() { grep -qF -- "$1" "$work/run/out" || wrong "does not say '$1'"; }
calls() { grep -c "$1" "$STANDIN/calls" || true; }

begin the_agent_is_installed_in_the_session_of_who_is_logged_in
gives 0
says 'the agent of zoe (uid 501) runs'
[ "$(calls '^launchctl asuser 501$')" = 1 ] || wrong "no asuser"
[ -e "$STANDIN/home/Library/LaunchAgents/org.entropyd.agent.plist" ] ||
    wrong "no property list in the user's home"
grep -q "<string>$prefix/bin/entropyd</string>" \
    "$STANDIN/home/Library/LaunchAgents/org.entropyd.agent.plist" ||
    wrong "not the package's program"

begin a_second_run_changes_nothing
gives 0
gives 0
says 'nothing to change'
[ "$(calls '^launchctl bootstrap')" = 1 ] || wrong "loaded twice"

begin without_a_user_at_the_console_it_waits_for_the_next_run
for user in root loginwindow _mbsetupuser ''; do
    echo "$user" >"$STANDIN/console"
    gives 0
    says 'no one is logged in'
done
[ "$(calls bootstrap)" = 0 ] || wrong "something was loaded"

begin the_configuration_is_replaced_and_read_again
echo '{}' >"$work/run/new.json"
gives 0 --config "$work/run/new.json"
cmp -s "$work/run/new.json" "$managed" || wrong "not replaced"
[ "$(calls '^launchctl kill SIGHUP gui/501/org.entropyd.agent$')" = 1 ] ||
    wrong "not read again"
gives 0 --config "$work/run/new.json"
[ "$(calls '^launchctl kill')" = 1 ] || wrong "read again for nothing"

begin an_invalid_configuration_changes_nothing
echo bad >"$work/run/bad.json"
gives 1 --config "$work/run/bad.json"
says 'is invalid'
[ ! -e "$managed" ] || wrong "it was installed"
[ "$(calls bootstrap)" = 0 ] || wrong "something was loaded"

begin a_user_is_refused
echo 501 >"$STANDIN/uid"
gives 1
says 'this is for root'

begin without_the_package_it_says_what_is_missing
rm "$prefix/bin/entropyctl"
gives 1
says "$prefix/bin/entropyctl does not exist"

begin a_failed_installation_is_reported
echo 99 >"$STANDIN/fail-bootstrap"
gives 1
says 'was not installed'

begin unknown_options_are_refused
gives 1 --user zoe
says "unknown option '--user'"

echo "mdm: $cases cases, $failed failures"
[ "$failed" = 0 ]
