#!/bin/sh
# An authority of one's own, and a certificate and key that it signed, for machines that are to trust
# each other and nobody else:   sh certificates.sh FOLDER DNS:gpu-box,IP:192.168.1.20
# Whoever holds key.pem is let in: copy ca.pem, cert.pem and key.pem to those machines only. ca.key
# makes more certificates; keep it elsewhere.
set -eu
umask 077
mkdir -p "$1"
cd "$1"
new="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
cat >settings <<END
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[machine]
subjectAltName = $2
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
END
openssl req -config settings -x509 -extensions authority $new -keyout ca.key -out ca.pem \
  -days 365 -subj "/CN=petwidgets authority"
openssl req -config settings $new -keyout key.pem -out request.pem -subj "/CN=petwidgets"
openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -extfile settings \
  -extensions machine -days 365 -out cert.pem
rm settings request.pem
