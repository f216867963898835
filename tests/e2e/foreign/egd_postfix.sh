#!/bin/sh
# SPDX-License-Identifier: MIT
# Postfix: its tlsmgr seeds itself from the daemon (tls_random_source) and passes
# the seed on to an smtpd, to which openssl then speaks TLS. Both run below a
# master of their own, with a configuration and a queue of their own.
set -eu

here=$(dirname -- "$0")
# shellcheck source=tests/e2e/foreign/egd.sh
. "$here/egd.sh"
programs=/usr/lib/postfix/sbin
PATH=$PATH:/usr/sbin:/sbin
needs postconf openssl python3 socat jq
[ -x "$programs/master" ] ||
    skip "there is no $programs/master; script/setup --ci installs it"
[ "$(id -u)" = 0 ] || skip "Postfix's master needs root; sudo script/test"

# The master's log and queue must be in a directory that its user may enter.
dir=$(mktemp -d "${TMPDIR:-/tmp}/entropyd-postfix.XXXXXX")
master=
# shellcheck disable=SC2317 # the trap calls it
clean_up() {
    [ -z "$master" ] || kill -TERM "$master" 2>/dev/null || true
    [ -z "$master" ] || wait "$master" || true
    rm -rf "$dir"
}
trap clean_up EXIT
trap 'exit 130' INT TERM
chmod 755 "$dir"

port=$(python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
mkdir "$dir/etc" "$dir/queue" "$dir/data"
for part in pid public private; do
    mkdir "$dir/queue/$part"
done
chown postfix "$dir/data" "$dir/queue/private" "$dir/queue/public"
chmod 700 "$dir/data" "$dir/queue/private"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -subj /CN=test.invalid -days 1 -keyout "$dir/etc/key.pem" \
    -out "$dir/etc/cert.pem" 2>/dev/null
cat >"$dir/etc/main.cf" <<END
compatibility_level = 3.6
queue_directory = $dir/queue
data_directory = $dir/data
daemon_directory = $programs
maillog_file = $dir/log
maillog_file_prefixes = $dir
tls_random_source = egd:$egd
smtpd_tls_security_level = may
smtpd_tls_loglevel = 1
smtpd_tls_cert_file = $dir/etc/cert.pem
smtpd_tls_key_file = $dir/etc/key.pem
myhostname = test.invalid
mydestination =
local_recipient_maps =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
END
cat >"$dir/etc/master.cf" <<END
127.0.0.1:$port inet n - n - - smtpd
tlsmgr unix - - n 1000? 1 tlsmgr -v
postlog unix-dgram n - n - 1 postlogd
anvil unix - - n - 1 anvil
END

requests=$(count requests_total)
bytes=$(count bytes_total)
postconf -c "$dir/etc" mail_version
"$programs/master" -c "$dir/etc" -d -e 100 >"$dir/out" 2>&1 &
master=$!
tries=0
until handshake=$(printf 'QUIT\r\n' | timeout 20 openssl s_client -starttls smtp \
    -connect "127.0.0.1:$port" -brief 2>&1); do
    tries=$((tries + 1))
    if [ "$tries" -gt 100 ] || ! kill -0 "$master" 2>/dev/null; then
        cat "$dir/out" "$dir/log" >&2
        fail "no TLS with smtpd: $handshake"
    fi
    sleep 0.1
done
printf '%s\n' "$handshake" | grep -E '^(Protocol|Ciphersuite)'
tries=0
until grep -q 'postfix/smtpd.*disconnect' "$dir/log"; do
    tries=$((tries + 1))
    [ "$tries" -le 100 ] || fail "smtpd did not end the connection"
    sleep 0.1
done
grep -iE 'egd|TLS connection established' "$dir/log" | sed 's/^.*postfix/postfix/'
! grep -E 'postfix/tlsmgr.*(warning|error|fatal)' "$dir/log" >&2 ||
    fail "tlsmgr complains"
moved requests_total 1 "$requests"
moved bytes_total 32 "$bytes" # tls_random_bytes
