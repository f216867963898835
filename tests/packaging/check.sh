#!/bin/bash
# SPDX-License-Identifier: MIT
# Builds the packages and checks them: contents, units, lintian, and that a C
# program can be built with what they install. Installs nothing on this machine.
# Root is needed for what needs a Debian of its own; the script says what it skips.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
build=$root/build/ci-package
work=$(mktemp -d "${TMPDIR:-/tmp}/entropyd-package.XXXXXX")
trap 'rm -rf "$work"' EXIT

say() { printf 'package: %s\n' "$*"; }
die() {
    printf 'package: %s\n' "$*" >&2
    exit 1
}

# quietly WHAT COMMAND...: its output is shown when it fails.
quietly() {
    local what=$1
    shift
    "$@" >"$work/log" 2>&1 </dev/null || {
        tail -n 40 "$work/log" >&2
        die "$what failed"
    }
}

quietly configuring cmake -S "$root" -B "$build" -G Ninja \
    -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF -DENTROPYD_WERROR=ON \
    -DCMAKE_INSTALL_PREFIX=/usr
quietly building cmake --build "$build"
rm -rf "$build/packages"
quietly cpack env -C "$build" cpack
packages=("$build"/packages/*.deb)
synopses=()
[ "${#packages[@]}" = 5 ] || die "${#packages[@]} .deb, not 5"
for package in "${packages[@]}"; do
    dpkg-deb -x "$package" "$work/root"
done
mkdir "$work/tar"
tar -xzf "$build"/packages/entropyd-*.tar.gz -C "$work/tar" \
    --strip-components=1

# What must be there, in the packages and, below its own prefix, the archive.
lib=lib/$(cc -print-multiarch)
for file in bin/entropy{d,ctl,lab} include/entropy_client.h \
    "$lib/libentropy_client.so" "$lib/libentropy_client.a" \
    "$lib/pkgconfig/entropy_client.pc" \
    "$lib/ossl-modules/entropyd.so" \
    share/entropyd/prometheus/entropyd.{rules,alerts}.yml \
    share/entropyd/prometheus/entropyd-dashboard.json \
    lib/systemd/system/entropyd-metrics.{service,timer} \
    lib/systemd/{system,user}/entropyd{.service,.socket,-egd.socket}; do
    [ -e "$work/root/usr/$file" ] || die "no package has /usr/$file"
    [ -e "$work/tar/$file" ] || die "the archive has no $file"
done
while read -r page; do
    section=${page##*.}
    [ -e "$work/root/usr/share/man/man$section/${page##*/}.gz" ] ||
        die "no package has the page ${page##*/}"
done < <(find "$root/docs" -name '*.[1-8]')
completion=$work/root/usr/share/bash-completion/completions/entropyctl
[ -s "$completion" ] || die "no package completes entropyctl in bash"
bash -n "$completion" || die "the completion for bash is no bash"
[ -s "$work/root/usr/share/zsh/vendor-completions/_entropyctl" ] ||
    die "no package completes entropyctl in zsh"
if grep -rlF -e "$root" -e "$work" "$work/root" "$work/tar"; then
    die "these files name the folder they were built in"
fi
for program in "$work/root/usr/bin/"*; do
    ! readelf -d "$program" | grep -E 'RPATH|RUNPATH' ||
        die "$program looks for libraries beside the system's"
    "$program" --version >/dev/null || die "$program --version fails"
done
grep -qx 'ExecStart=/usr/bin/entropyd' \
    "$work/root/usr/lib/systemd/system/entropyd.service" ||
    die "the packaged unit does not start /usr/bin/entropyd"
grep -qx 'ExecStart=/usr/local/bin/entropyd' \
    "$work/tar/lib/systemd/user/entropyd.service" ||
    die "the archive's unit does not start /usr/local/bin/entropyd"
while IFS=: read -r document link; do
    [ "$link" = https ] || [ -e "${document%/*}/$link" ] ||
        die "${document#"$work/tar/"} links to $link, which is not installed"
done < <(grep -roE --include='*.md' '\]\([^):#]+' "$work/tar/share/doc" |
    sed 's/:\](/:/')
say "${#packages[@]} packages and the archive hold what they should"

lintian --allow-root --fail-on error,warning "${packages[@]}" ||
    die "lintian finds errors or warnings"
say "lintian finds nothing"
for package in "${packages[@]}"; do
    dpkg-deb -f "$package" Homepage | grep -q . ||
        die "$package has no homepage"
    synopses+=("$(dpkg-deb -f "$package" Description | sed -n 1p)")
done
[ "$(printf '%s\n' "${synopses[@]}" | sort -u | wc -l)" = 5 ] ||
    die "the packages share a synopsis"
depends=", $(dpkg-deb -f "$build"/packages/entropyd_*.deb Depends),"
for library in libuv1 libjansson4 libsodium23 libc6; do
    [[ $depends == *", $library "* || $depends == *", $library,"* ]] ||
        die "entropyd does not depend on $library"
done
# The symbols file lists what the library exports, no more and no less.
nm -D --defined-only "$work/root/usr/$lib/libentropy_client.so.0" |
    awk '$2 == "T" { sub(/@.*/, "", $3); print $3 }' | sort >"$work/exported"
sed -n 's/^ \([a-z_]*\)@.*/\1/p' "$root/packaging/debian/"*.symbols | sort |
    diff - "$work/exported" ||
    die "packaging/debian/*.symbols is not what the library exports"
say "dependencies, synopses and symbols are as they should be"

# A program linked with the installed library, shared and static, after its
# directory was moved.
cat >"$work/program.c" <<'END'
#include <entropy_client.h>
#include <stdio.h>

int main(void)
{
    struct entropy_client *client = NULL;
    char why[ENTROPY_CLIENT_WHY_MAX];
    int rc = entropy_client_connect(&client, NULL, why, sizeof(why));
    entropy_client_close(client);
    printf("%s\n", rc == 0 ? "connected" : why);
    return rc == 0;
}
END
export PKG_CONFIG_LIBDIR="$work/root/usr/$lib/pkgconfig"
PKG_CONFIG_LIBDIR+=:$(env -u PKG_CONFIG_LIBDIR pkg-config \
    --variable=pcfiledir jansson)
export PKG_CONFIG_DISABLE_UNINSTALLED=1
shared=$(pkg-config --cflags --libs entropy_client)
static=$(pkg-config --static --cflags --libs entropy_client)
# shellcheck disable=SC2086 # lists of words
cc -Wall -Werror "$work/program.c" -o "$work/shared" $shared
# shellcheck disable=SC2086
cc -Wall -Werror "$work/program.c" -o "$work/static" \
    ${static/-lentropy_client/-l:libentropy_client.a}
for kind in shared static; do
    ENTROPYD_SOCKET=$work/none LD_LIBRARY_PATH=$work/root/usr/$lib \
        "$work/$kind" >"$work/said" || die "a $kind program does not run"
    grep -qF "$work/none" "$work/said" ||
        die "a $kind program says '$(cat "$work/said")'"
done
say "programs build with the library, shared and static"

# The units, with the programs that they start. systemd's own units are not in this
# root, and are not ours to check.
if ! systemd-analyze --version >/dev/null 2>&1; then
    die "systemd-analyze is missing; script/setup --ci installs it"
fi
for manager in system user; do
    dir=$work/root/usr/lib/systemd/$manager
    option=()
    [ "$manager" = system ] || option=(--user)
    # Only there is the program where the unit says.
    sed -i "s|=/usr/bin/entropy|=$work/root/usr/bin/entropy|" \
        "$dir"/entropyd*.service
    SYSTEMD_LOG_LEVEL=warning XDG_RUNTIME_DIR=$work \
        systemd-analyze "${option[@]}" --man=no --recursive-errors=yes \
        verify "$dir"/entropyd*.* >"$work/log" 2>&1 || {
        cat "$work/log" >&2
        die "systemd-analyze verify refuses the $manager units"
    }
    if grep -i entropyd "$work/log"; then
        die "systemd-analyze verify warns of the $manager units"
    fi
done
say "systemd-analyze verify accepts the system's and the user's units"

# The exposure of the system unit, as rated by systemd: 0 is best, 10 worst.
systemd-analyze security --offline=yes --threshold=10 --no-pager \
    "$work/root/usr/lib/systemd/system/entropyd.service" >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    die "the system unit's sandbox is wider than 1.0"
}
say "$(grep -a 'Overall exposure' "$work/log" | sed 's/[^ -~]*//g')"
# Activation: the client whose connection starts the daemon gets its bytes. The
# programs are those in the packages.
socket=$work/activated.sock
systemd-socket-activate -l "$socket" -l "$socket.egd" --fdname=Listeners:EGD \
    "$work/root/usr/bin/entropyd" >"$work/log" 2>&1 &
daemon=$!
for _ in $(seq 100); do
    [ ! -S "$socket" ] || break
    sleep 0.1
done
status=0
bytes=$("$work/root/usr/bin/entropyctl" --socket "$socket" get 32 --hex) ||
    status=$?
egd=$(printf '\2\40' | socat -t 10 - "UNIX-CONNECT:$socket.egd" | wc -c)
kill -TERM "$daemon" 2>/dev/null || true
ended=0
wait "$daemon" || ended=$?
if [ "$status" != 0 ] || ! [[ $bytes =~ ^[0-9a-f]{64}$ ]] ||
    [ "$egd" != 32 ] || [ "$ended" != 0 ] || [ ! -S "$socket" ] ||
    [ ! -S "$socket.egd" ]; then
    cat "$work/log" >&2
    die "activated: get ended with $status and gave '$bytes', EGD $egd bytes,
entropyd ended with $ended; the sockets, which are not its own, must be left"
fi
say "under systemd-socket-activate the first client got its bytes"
# On a bare Debian 12: installed, used by a user who is not root, upgraded, and
# purged without a trace.
bare() {
    local cache=${XDG_CACHE_HOME:-$HOME/.cache}/entropyd
    local base=$cache/bookworm-minbase.tar bare=$work/bare
    if [ ! -e "$base" ]; then
        mkdir -p "$cache"
        quietly debootstrap debootstrap --variant=minbase bookworm "$work/new"
        tar -C "$work/new" -cf "$base.$$" .
        mv "$base.$$" "$base"
        rm -rf "$work/new"
    fi
    mkdir "$bare"
    tar -C "$bare" -xpf "$base"
    # The package lists as this machine finds them.
    mkdir "$bare/packages"
    cp "$build"/packages/*.deb "$bare/packages"
    dpkg-deb -R "$build"/packages/entropyd_*.deb "$work/next"
    sed -i 's/^Version: .*/&+next/' "$work/next/DEBIAN/control"
    dpkg-deb -b "$work/next" "$bare/packages/next.deb" >/dev/null
    cp "$root/tests/packaging/bare.sh" "$bare/packages"
    # shellcheck disable=SC2016 # for the inner shell
    quietly "the bare Debian 12" unshare --mount --fork sh -c '
        mount -t proc proc "$1/proc" &&
            exec chroot "$1" sh /packages/bare.sh' sh "$bare"
    say "$(tail -n 1 "$work/log")"
}
# The same Debian, booted by its systemd in namespaces of its own.
live() {
    local bare=$work/bare
    # shellcheck disable=SC2016 # for the inner shell
    quietly "installing systemd" unshare --mount --fork sh -c '
        mount -t proc proc "$1/proc" && chroot "$1" apt-get -q install -y \
            --no-install-recommends systemd-sysv dbus procps socat' sh "$bare"
    local nspawn=(systemd-nspawn --quiet --register=no --keep-unit
        --system-call-filter=@memlock --directory="$bare")
    if ! "${nspawn[@]}" true </dev/null >"$work/log" 2>&1; then
        say "skipped: starting the units: $(tail -n 1 "$work/log")"
        return
    fi
    cp "$root/tests/packaging/units.sh" "$bare/packages"
    cat >"$bare/etc/systemd/system/units.service" <<'END'
[Unit]
After=multi-user.target
SuccessAction=poweroff-force
FailureAction=poweroff-force
[Service]
Type=oneshot
ExecStart=/bin/sh /packages/units.sh
StandardOutput=append:/packages/log
StandardError=append:/packages/log
TimeoutStartSec=300
[Install]
WantedBy=multi-user.target
END
    mkdir -p "$bare/etc/systemd/system/multi-user.target.wants"
    ln -s ../units.service "$bare/etc/systemd/system/multi-user.target.wants"
    timeout 400 "${nspawn[@]}" --boot </dev/null >"$work/log" 2>&1 || true
    [ -s "$bare/packages/said" ] || {
        tail -n 20 "$work/log" "$bare/packages/log" >&2 || true
        die "the units fail under systemd"
    }
    say "$(cat "$bare/packages/said")"
}
if [ "$(id -u)" != 0 ]; then
    say "skipped: installing on a bare Debian 12, which needs root: sudo $0"
elif ! command -v debootstrap >/dev/null; then
    die "debootstrap is missing; script/setup --ci installs it"
else
    bare
    command -v systemd-nspawn >/dev/null ||
        die "systemd-nspawn is missing; script/setup --ci installs it"
    live
fi
