#!/bin/sh
# Installs entropyd as a launchd agent of the user who runs this, or brings an
# installed one up to date. Needs no root. uninstall.sh undoes it.
#
#   install.sh [--programs DIR] [--dry-run]
#
#   --programs DIR  run entropyd and entropyctl from DIR. Without it: from the
#                   bin folder that this was installed beside; or, from a source
#                   tree, copies of build/release in ~/.entropyd/bin.
#   --dry-run       says what would be done and does nothing
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=launchd/agent.sh
. "$here/agent.sh"

given=
while [ $# -gt 0 ]; do
    case $1 in
    --dry-run) dry_run=true ;;
    --programs)
        [ $# -ge 2 ] || die "--programs needs a folder"
        given=$2
        shift
        ;;
    *) die "unknown option '$1'; known: --programs DIR, --dry-run" ;;
    esac
    shift
done
find_places

# From where, and whether copies are made: an installed program stays where it
# is, a built one may be gone tomorrow.
copies=false
if [ -n "$given" ]; then
    from=$(CDPATH='' cd -- "$given" 2>/dev/null && pwd) ||
        die "--programs $given: there is no such folder"
elif [ -x "$here/../../../bin/entropyd" ]; then
    from=$(CDPATH='' cd -- "$here/../../../bin" && pwd)
else
    from=$here/../build/release
    copies=true
fi
for program in entropyd entropyctl; do
    [ -x "$from/$program" ] ||
        die "there is no program $from/$program; build it with
  cmake --preset release && cmake --build --preset release
or name a folder with --programs"
done
$copies || programs=$from

# The kernel's limit for a socket's path, its closing NUL taken off.
length=$(printf '%s' "$socket" | LC_ALL=C wc -c)
[ "$length" -le 103 ] ||
    die "the socket's path has $((length + 0)) bytes, and the system takes 103:
  $socket"
case $HOME in
*'
'*) die "HOME has a line break, which a property list cannot hold" ;;
esac
launchctl print "$domain" >/dev/null 2>&1 ||
    die "launchd has no session $domain; log in at the Mac's screen first"
for dir in "$state" "$state/bin"; do
    [ ! -L "$dir" ] || die "$dir is a symbolic link; a folder must be there"
done

changed=false

# replace NEW OLD MODE: by a rename, so that nobody sees half a file; a running
# program must not be written into, or arm64 kills it for its signature.
replace() {
    if cmp -s "$1" "$2"; then
        return 0
    fi
    changed=true
    act cp "$1" "$2.new"
    act chmod "$3" "$2.new"
    act mv -f "$2.new" "$2"
}

# make_dir MODE DIR: a mode of '' is whatever the umask gives.
make_dir() {
    [ -d "$2" ] || act mkdir -p "$2"
    [ -z "$1" ] || find "$2" -prune -perm "$1" 2>/dev/null | grep -q . ||
        act chmod "$1" "$2"
}

# The template with the words filled in, made safe for XML.
render() {
    PROGRAM=$programs/entropyd SOCKET=$socket LOG=$log LC_ALL=C awk '
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
        { fill("PROGRAM"); fill("SOCKET"); fill("LOG"); print }
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
# A program that was replaced where it stands is noticed by this.
replace "$work/loaded" "$loaded" 644

# For some seconds after a bootout, bootstrap fails with an input/output error
# although nothing is wrong; so it is tried again for as long as that can be.
load() {
    tries=0
    until act launchctl bootstrap "$domain" "$plist"; do
        tries=$((tries + 1))
        [ "$tries" -lt 15 ] || die "launchctl could not load $plist. To try again:
  launchctl bootstrap $domain $(quoted "$plist")
To undo the installation: $(quoted "$here/uninstall.sh")"
        sleep 1
    done
}

if ! is_loaded; then
    # Who once said 'launchctl disable' wants it now.
    act launchctl enable "$service"
    load
elif $changed; then
    unload
    load
else
    say "$label is installed and loaded as it should be; nothing to change"
fi
if $dry_run; then
    say "would: ask $programs/entropyctl for the health"
    exit 0
fi

"$programs/entropyctl" --socket "$socket" wait --timeout 30 ||
    die "entropyd was loaded but is not ready within 30 s; its log:
  $log"

# One source seeds it; the others may still be at their start-up tests.
tries=0
until "$programs/entropyctl" --socket "$socket" health >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ "$tries" -lt 10 ] || break
    sleep 0.5
done
# How to ask by hand. Where the environment would lead a client to another
# socket, this one is named.
ask=$(quoted "$programs/entropyctl")
[ -z "${ENTROPYD_SOCKET-}${XDG_RUNTIME_DIR-}" ] ||
    ask="$ask --socket $(quoted "$socket")"
status=0
"$programs/entropyctl" --socket "$socket" health || status=$?
case $status in
0) say "entropyd runs and is well; to ask it:" ;;
1) say "entropyd runs, but not every source is well; to see which:
  $ask status
To ask it:" ;;
*) die "entropyd runs, but entropyctl health ended with $status; its log:
  $log" ;;
esac
say "  $ask get 32"
