#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs entropyd as a launchd agent of the user who runs this script, or
# updates an installed one. Does not need root. uninstall.sh undoes it.
#
#   install.sh [--programs DIR] [--egd] [--dry-run]
#
#   --programs DIR  run entropyd and entropyctl from DIR. The default is the bin
#                   directory of the installation that this script belongs to; in
#                   a source tree, copies of build/release in ~/.entropyd/bin.
#   --egd           a second socket, ~/.entropyd/egd.sock, for programs that speak
#                   EGD; without it, the next run removes that socket again
#   --dry-run       prints what would be done and changes nothing
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=launchd/agent.sh
. "$here/agent.sh"

given=
wants_egd=false
while [ $# -gt 0 ]; do
    case $1 in
    --dry-run) dry_run=true ;;
    --egd) wants_egd=true ;;
    --programs)
        [ $# -ge 2 ] || die "--programs needs a directory"
        given=$2
        shift
        ;;
    *) die "unknown option '$1'; known: --programs DIR, --egd, --dry-run" ;;
    esac
    shift
done
find_places

# Installed programs are run from where they are. Built ones are copied, because
# the build directory may be deleted.
copies=false
if [ -n "$given" ]; then
    from=$(CDPATH='' cd -- "$given" 2>/dev/null && pwd) ||
        die "--programs $given: no such directory"
elif [ -x "$here/../../../bin/entropyd" ]; then
    from=$(CDPATH='' cd -- "$here/../../../bin" && pwd)
else
    from=$here/../build/release
    copies=true
fi
for program in entropyd entropyctl; do
    [ -x "$from/$program" ] ||
        die "$from/$program does not exist; build it with
  cmake --preset release && cmake --build --preset release
or name a directory with --programs"
done
$copies || programs=$from

# The kernel's limit for a socket's path, without the terminating NUL.
length=$(printf '%s' "$socket" | LC_ALL=C wc -c)
[ "$length" -le 103 ] ||
    die "the socket's path is $((length + 0)) bytes long; at most 103 are possible:
  $socket"
case $HOME in
*'
'*) die "HOME contains a line break, which a property list cannot represent" ;;
esac
# launchd would start it once a minute, in vain.
"$from/entropyd" --check-config >/dev/null ||
    die "the configuration is invalid, so nothing was installed; correct it and
run this script again"
launchctl print "$domain" >/dev/null 2>&1 ||
    die "launchd has no session $domain; log in on the Mac's screen first"
for dir in "$state" "$state/bin"; do
    [ ! -L "$dir" ] || die "$dir is a symbolic link; it must be a directory"
done

changed=false

# replace NEW OLD MODE: by renaming, so that no process sees half a file. Writing
# into a running program would invalidate its signature, and arm64 would kill it.
replace() {
    if cmp -s "$1" "$2"; then
        return 0
    fi
    changed=true
    act cp "$1" "$2.new"
    act chmod "$3" "$2.new"
    act mv -f "$2.new" "$2"
}

# make_dir MODE DIR: with '' as the mode, the umask decides.
make_dir() {
    [ -d "$2" ] || act mkdir -p "$2"
    [ -z "$1" ] || find "$2" -prune -perm "$1" 2>/dev/null | grep -q . ||
        act chmod "$1" "$2"
}

# Prints the template with its words filled in, escaped for XML.
render() {
    PROGRAM=$programs/entropyd SOCKET=$socket EGD=$egd LOG=$log \
        WANTS_EGD=$wants_egd LC_ALL=C awk '
        function escaped(text,    out, i, c) {
            for (i = 1; i <= length(text); i++) {
                c = substr(text, i, 1)
                out = out (c == "&" ? "&amp;" : c == "<" ? "&lt;" : \
                           c == ">" ? "&gt;" : c)
            }
            return out
        }
        function fill(word,    at) {
            at = index($0, "@" word "@")
            if (at > 0)
                $0 = substr($0, 1, at - 1) escaped(ENVIRON[word]) \
                    substr($0, at + length(word) + 2)
        }
        /<!-- Only with the option egd/ { is_egd = 1 }
        is_egd && ENVIRON["WANTS_EGD"] != "true" {
            is_egd = !/<!-- The end of it/
            next
        }
        { fill("PROGRAM"); fill("SOCKET"); fill("EGD"); fill("LOG"); print }
    ' "$here/$label.plist.in"
}

work=$(mktemp -d "${TMPDIR:-/tmp}/entropyd-install.XXXXXX")
trap 'rm -rf "$work"' EXIT
render >"$work/plist"
cksum <"$from/entropyd" >"$work/loaded"
if command -v plutil >/dev/null 2>&1; then
    plutil -lint -s "$work/plist" || die "plutil refuses the property list"
fi

make_dir 700 "$state"
make_dir '' "$HOME/Library/LaunchAgents"
make_dir '' "$HOME/Library/Logs"
if $copies; then
    make_dir 700 "$programs"
    for program in entropyd entropyctl; do
        replace "$from/$program" "$programs/$program" 755
    done
fi
replace "$work/plist" "$plist" 644
# Detects a program that was replaced without changing its path.
replace "$work/loaded" "$loaded" 644

# For some seconds after a bootout, bootstrap fails with an input/output error
# although nothing is wrong; so it is repeated for as long as that can last. It
# may also fail and load the agent all the same.
load() {
    if $dry_run; then
        act launchctl bootstrap "$domain" "$plist"
        return 0
    fi
    say "launchctl bootstrap $domain $plist"
    tries=0
    until launchctl_quiet bootstrap "$domain" "$plist" || is_loaded; do
        tries=$((tries + 1))
        [ "$tries" -lt 15 ] || die "launchctl could not load $plist:
  $said
To try again:
  launchctl bootstrap $domain $(quoted "$plist")
To undo the installation: $(quoted "$here/uninstall.sh")"
        sleep 1
    done
}

# fail TEXT: and what launchd and the log say about it.
fail() {
    printf '%s: %s\n' "${0##*/}" "$1" >&2
    launchctl print "$service" 2>/dev/null |
        sed -n 's/^[[:space:]]*\(last exit code = .*\)/  launchd: \1/p' >&2
    printf '  the end of its log, %s:\n' "$log" >&2
    tail -n 5 "$log" 2>/dev/null | sed 's/^/    /' >&2
    exit 1
}

if ! is_loaded; then
    # The user may have disabled it with 'launchctl disable' before.
    act launchctl enable "$service"
    load
elif $changed; then
    unload
    load
else
    say "$label is installed and loaded; nothing to change"
fi
if $dry_run; then
    say "would: ask $programs/entropyctl for the health"
    exit 0
fi

"$programs/entropyctl" --socket "$socket" wait --timeout 30 ||
    fail "entropyd was loaded but was not ready within 30 s"

# The first source seeds it; the others may still be in their start-up tests.
tries=0
until "$programs/entropyctl" --socket "$socket" health >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ "$tries" -lt 10 ] || break
    sleep 0.5
done
# How to use it by hand. If the environment would lead a client to another
# socket, name this one.
ask=$(quoted "$programs/entropyctl")
[ -z "${ENTROPYD_SOCKET-}${XDG_RUNTIME_DIR-}" ] ||
    ask="$ask --socket $(quoted "$socket")"
status=0
"$programs/entropyctl" --socket "$socket" health || status=$?
case $status in
0) say "entropyd is running and healthy. To get random bytes:" ;;
1) say "entropyd is running, but not every source is healthy. To see which:
  $ask status
To get random bytes:" ;;
*) fail "entropyd is running, but entropyctl health exited with $status" ;;
esac
say "  $ask get 32"
