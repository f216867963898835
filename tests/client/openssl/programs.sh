#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs that read openssl.cnf run with the provider, unmodified: openssl,
# Python's ssl, and nginx with curl.
#   programs.sh MODULE NM SOCKET SOURCE
set -eu

module=$1
nm=$2
socket=$3
for tool in openssl nginx curl; do
    command -v $tool >/dev/null || {
        echo "SKIP e2e_foreign_openssl: $tool is missing; script/setup --tests installs it"
        exit 77
    }
done
dir=$(mktemp -d "${TMPDIR:-/tmp}/entropyd-openssl.XXXXXX")
nginx=
# shellcheck disable=SC2317 # the trap calls it
clean_up() {
    [ -z "$nginx" ] || kill "$nginx" 2>/dev/null || true
    rm -rf "$dir"
}
trap clean_up EXIT
die() {
    echo "programs: $*" >&2
    exit 1
}

for use in seed random; do
    cat >"$dir/$use.cnf" <<END
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
module = $module
activate = 1
socket = $socket
[numbers]
$use = ENTROPYD
[req]
distinguished_name = name
[name]
END
done

# How many requests for bytes the daemon has served.
served() {
    echo '{"jsonrpc":"2.0","id":1,"method":"status"}' |
        socat -t 5 - "UNIX-CONNECT:$socket" | jq .result.generator.requests
}

# asks USE COMMAND...: the command succeeds, and the daemon was asked for bytes.
asks() {
    use=$1
    shift
    before=$(served)
    OPENSSL_CONF=$dir/$use.cnf "$@" >"$dir/said" 2>&1 || {
        cat "$dir/said" >&2
        die "$* failed"
    }
    [ "$(served)" -gt "$before" ] || die "$* did not ask the daemon"
}

defined=$("$nm" -D --defined-only "$module" | awk '{ print $3 }')
[ "$defined" = OSSL_provider_init ] || die "the module defines $defined"

for use in seed random; do
    asks "$use" openssl rand -hex 32
    grep -qxE '[0-9a-f]{64}' "$dir/said" || die "openssl rand: $(cat "$dir/said")"
    asks "$use" openssl genpkey -algorithm RSA \
        -pkeyopt rsa_keygen_bits:2048 -out "$dir/$use.pem"
    openssl rsa -in "$dir/$use.pem" -check -noout >/dev/null 2>&1 ||
        die "openssl genpkey made no key"
    asks "$use" /usr/bin/python3 -c 'import ssl
assert len(set(ssl.RAND_bytes(16) for _ in range(64))) == 64'
done

# A handshake: the server's randoms and keys, and the client's.
asks seed openssl req -x509 -newkey rsa:2048 -nodes -keyout "$dir/key.pem" \
    -out "$dir/cert.pem" -days 1 -subj /CN=localhost
mkdir "$dir/temp"
cat >"$dir/nginx.conf" <<END
daemon off;
master_process off;
pid $dir/nginx.pid;
error_log stderr;
events {}
http {
    access_log off;
    client_body_temp_path $dir/temp;
    proxy_temp_path $dir/temp;
    fastcgi_temp_path $dir/temp;
    uwsgi_temp_path $dir/temp;
    scgi_temp_path $dir/temp;
    server {
        listen unix:$dir/https.sock ssl;
        ssl_certificate $dir/cert.pem;
        ssl_certificate_key $dir/key.pem;
        return 200 "served\n";
    }
}
END
before=$(served)
OPENSSL_CONF=$dir/random.cnf nginx -e stderr -p "$dir" -c "$dir/nginx.conf" \
    2>"$dir/nginx.log" &
nginx=$!
tries=0
until [ -S "$dir/https.sock" ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt 100 ] || ! kill -0 "$nginx" 2>/dev/null; then
        cat "$dir/nginx.log" >&2
        die "nginx did not start"
    fi
    sleep 0.1
done
asks random curl -sS --cacert "$dir/cert.pem" \
    --unix-socket "$dir/https.sock" https://localhost/
grep -qx served "$dir/said" || die "curl got $(cat "$dir/said")"
kill "$nginx"
wait "$nginx" || true
nginx=
echo "openssl rand, genpkey and req, Python's ssl, nginx and curl: \
$(($(served) - before)) requests for the handshake"
openssl version
curl --version | head -n 1
