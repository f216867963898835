#!/bin/sh
# SPDX-License-Identifier: MIT
# Run by check.sh in a bare Debian 12, with the packages in /packages: installs
# them, uses them as an unprivileged user, upgrades, purges, and compares what is
# left with what was there before.
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C

die() {
    echo "bare: $*" >&2
    exit 1
}

as_user() {
    HOME=/tmp/user setpriv --reuid=1234 --regid=1234 --clear-groups -- "$@"
}

# The files of dpkg and apt themselves change with every package.
paths() {
    find / -xdev \( -path /packages -o -path /proc -o -path /tmp \
        -o -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/cache \
        -o -path /var/log \) -prune -o -print | sort
}

apt-get -q update
# The libraries that entropyd depends on are not removed with it.
apt-get -q install -y --no-install-recommends libuv1 libjansson4 libsodium23 \
    libdivsufsort3 libbz2-1.0 init-system-helpers libssl3 openssl
etc=/etc/systemd/system
metrics=/var/lib/prometheus/node-exporter
mkdir -p "$etc/timers.target.wants" "$metrics"
paths >/tmp/before

apt-get -q install -y --no-install-recommends /packages/entropyd_*.deb \
    /packages/libentropy-client0_*.deb /packages/entropyd-openssl_*.deb \
    /packages/entropylab_*.deb
for program in entropyd entropyctl entropylab; do
    as_user "$program" --version || die "$program --version fails"
done
mkdir -m 0755 /tmp/user
chown 1234:1234 /tmp/user
# Not by as_user: its process would be the one that is told to stop.
HOME=/tmp/user setpriv --reuid=1234 --regid=1234 --clear-groups -- \
    entropyd --socket /tmp/user/socket 2>/tmp/user.log &
daemon=$!
tries=0
until as_user entropyctl --socket /tmp/user/socket get 32 --hex >/tmp/bytes \
    2>/dev/null; do
    tries=$((tries + 1))
    if [ "$tries" -gt 100 ] || ! kill -0 "$daemon"; then
        cat /tmp/user.log
        die "a user's entropyd gives no bytes"
    fi
    sleep 0.1
done
grep -qxE '[0-9a-f]{64}' /tmp/bytes || die "not 32 bytes: $(cat /tmp/bytes)"
cat >/tmp/openssl.cnf <<'END'
openssl_conf = init
[init]
providers = all
random = numbers
[all]
default = standard
entropyd = ours
[standard]
activate = 1
[ours]
activate = 1
socket = /tmp/user/socket
[numbers]
random = ENTROPYD
END
OPENSSL_CONF=/tmp/openssl.cnf as_user openssl rand -hex 32 >/tmp/bytes ||
    die "openssl rand fails with the provider"
kill "$daemon"
wait "$daemon" || die "entropyd ended with $?"

apt-get -q install -y /packages/next.deb
dpkg-query -W -f '${Version}\n' entropyd | grep -q '+next$' ||
    die "the upgrade did not take"
entropyd --version || die "the upgraded entropyd fails"

# As "systemctl enable" does it.
for unit in timers.target.wants/entropyd-metrics.timer \
    sockets.target.wants/entropyd-egd.socket; do
    ln -s "/usr/lib/systemd/system/${unit#*/}" "$etc/$unit"
done
# As the timer does it.
entropyctl metrics --output "$metrics/entropyd.prom" ||
    die "the metrics cannot be written"
apt-get -q purge -y entropyd libentropy-client0 \
    entropyd-openssl entropylab
paths >/tmp/after
diff /tmp/before /tmp/after || die "purging leaves that"
echo "on a bare Debian 12: installed, used by a user, upgraded, purged without a trace"
