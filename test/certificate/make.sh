#!/bin/sh
# Makes the certificates beside it, all for only-for-tests.key, from an authority whose key is lost.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
touch "$work/index"
cat > "$work/ca.cnf" <<CONFIG
[ca]
default_ca = tests
[tests]
database = $work/index
new_certs_dir = $work
serial = $work/serial
certificate = authority.crt
private_key = $work/authority.key
default_md = sha256
policy = names
[names]
commonName = supplied
CONFIG

openssl ecparam -genkey -name prime256v1 -noout -out "$work/authority.key"
openssl req -x509 -new -key "$work/authority.key" -days 36500 -out authority.crt \
  -subj '/CN=authority only for the tests of helpscout-sidebar' \
  -addext keyUsage=critical,keyCertSign,cRLSign

# sign NAME COMMON_NAME EXTENSION FROM UNTIL
sign() {
  openssl req -new -key only-for-tests.key -subj "/CN=$2" -out "$work/$1.csr"
  printf 'basicConstraints = CA:FALSE\n%s\n' "$3" > "$work/$1.ext"
  openssl ca -batch -notext -config "$work/ca.cnf" -rand_serial -in "$work/$1.csr" \
    -out "$1.crt" -extfile "$work/$1.ext" -startdate "$4" -enddate "$5"
}
here='subjectAltName = DNS:localhost, IP:127.0.0.1'
sign server 'a server' "$here" 20261101000000Z 21260101000000Z
sign expired 'an expired server' "$here" 20200101000000Z 20210101000000Z
sign other-host 'another server' 'subjectAltName = DNS:db.example.com' 20261101000000Z 21260101000000Z
sign client 'with_certificate' 'extendedKeyUsage = clientAuth' 20261101000000Z 21260101000000Z
