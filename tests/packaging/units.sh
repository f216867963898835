#!/bin/sh
# SPDX-License-Identifier: MIT
# Run by check.sh in a Debian 12 that systemd booted, as a unit, with the packages
# in /packages: what docs/operating.md says of the system's units. Its output is in
# the journal; at its end the machine is turned off.
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C HOME=/root

die() {
    journalctl -o short-monotonic -u 'entropyd*' | tail -n 40 >&2
    echo "units: $*" >&2
    exit 1
}

as_user() {
    HOME=/ setpriv --reuid=1234 --regid=1234 --clear-groups -- "$@"
}

gives() {
    as_user timeout 30 entropyctl get 32 | grep -qxE '[0-9a-f]{64}'
}

# is STATE UNIT
is() {
    [ "$(systemctl is-active "$2")" = "$1" ] ||
        die "$2 is $(systemctl is-active "$2"), not $1"
}

await_log() {
    tries=0
    until journalctl -u entropyd.service | grep -q "$1"; do
        tries=$((tries + 1))
        [ "$tries" -le 100 ] || die "the journal has no '$1'"
        sleep 0.1
    done
}

apt-get -q install -y --no-install-recommends /packages/entropyd_*.deb \
    /packages/libentropy-client0_*.deb
for unit in entropyd.service entropyd.socket; do
    is active "$unit"
    systemctl -q is-enabled "$unit" || die "$unit is not enabled"
done
for source in unix_ipc epoll_events; do
    await_log "source=$source from=starting to=healthy"
done

systemctl stop entropyd.service
is inactive entropyd.service
gives || die "a client does not start the service"
[ "$(systemctl show -P StatusText entropyd.service)" = seeded ] ||
    die "the status is not that it is seeded"
status=0
as_user entropyctl raw unix_ipc 1 || status=$?
[ "$status" = 5 ] || die "a user who asks for raw samples gets status $status"
# Not before the source has some to spare beside the reserve of a seed.
tries=0
until entropyctl raw unix_ipc 1; do
    tries=$((tries + 1))
    [ "$tries" -le 100 ] || die "root gets no raw samples"
    sleep 0.1
done
kill -KILL "$(systemctl show -P MainPID entropyd.service)"
gives || die "a killed service does not start again"
systemctl stop entropyd.service
[ "$(systemctl show -P ExecMainStatus entropyd.service)" = 0 ] ||
    die "a stopped service has not ended with 0"
systemctl start entropyd-egd.socket entropyd.service
[ "$(printf '\2\40' | as_user timeout 30 \
    socat -t 10 - UNIX-CONNECT:/run/entropyd/egd.sock | wc -c)" = 32 ] ||
    die "EGD does not give 32 bytes"

# A configuration: right, wrong when it is read again, wrong at the start.
mkdir /etc/entropyd
echo '{"log": {"level": "debug"}}' >/etc/entropyd/entropyd.json
systemctl reload entropyd.service || die "a reload fails"
await_log 'config-changed key=log.level applies=now'
echo '{"log": {"level": "loud"}}' >/etc/entropyd/entropyd.json
! systemctl reload entropyd.service || die "a wrong configuration is reloaded"
is active entropyd.service
gives || die "it does not serve after a refused reload"
! systemctl restart entropyd.service || die "it starts with a wrong configuration"
[ "$(systemctl show -P ExecMainStatus entropyd.service)" = 78 ] ||
    die "a wrong configuration does not end it with 78"
is failed entropyd.service # and not "activating", as before a restart
journalctl -q -p err -o cat -u entropyd.service | grep -q 'log.level: must be' ||
    die "the error is not in the journal as one"
# A client makes systemd try until it gives up; he is refused then.
! as_user timeout 30 entropyctl get 32 || die "a client is served by nobody"
for unit in entropyd.service entropyd.socket entropyd-egd.socket; do
    is failed "$unit"
done
rm -r /etc/entropyd
systemctl reset-failed 'entropyd*'
systemctl start entropyd.socket entropyd-egd.socket entropyd.service ||
    die "it does not start after reset-failed"
gives || die "it does not serve after reset-failed"

# The metrics, with and without a daemon.
metrics=/var/lib/prometheus/node-exporter
mkdir -p "$metrics"
systemctl enable --now entropyd-metrics.timer
systemctl start entropyd-metrics.service
grep -qx 'entropyd_up 1' "$metrics/entropyd.prom" || die "not up in the metrics"
systemctl stop entropyd.socket entropyd-egd.socket entropyd.service
systemctl start entropyd-metrics.service ||
    die "writing the metrics fails without a daemon"
grep -qx 'entropyd_up 0' "$metrics/entropyd.prom" || die "up in the metrics"

apt-get -q purge -y entropyd libentropy-client0
[ -z "$(systemctl list-units --all --plain --no-legend 'entropyd*')" ] ||
    die "after a purge: $(systemctl list-units --all 'entropyd*')"
! pgrep -a entropyd || die "a process is left"
echo "under systemd $(systemctl --version | sed -n '1s/.*(\(.*\))/\1/p')" \
    "the units do what operating.md says" >/packages/said
