#!/usr/bin/env bash
# A CA and the certificate of the one node, made once.
set -euo pipefail
if [ ! -f /certs/ca/ca.crt ]; then
  cd /usr/share/elasticsearch
  bin/elasticsearch-certutil ca --silent --pem -out /tmp/ca.zip
  unzip -q /tmp/ca.zip -d /certs
  bin/elasticsearch-certutil cert --silent --pem --name node --dns elasticsearch,localhost --ip 127.0.0.1 \
    --ca-cert /certs/ca/ca.crt --ca-key /certs/ca/ca.key -out /tmp/node.zip
  unzip -q /tmp/node.zip -d /certs
fi
# The CA's key stays with root; the servers read the rest.
chown -R root:0 /certs
find /certs -type d -exec chmod 755 {} \;
find /certs -type f -exec chmod 640 {} \;
chmod 644 /certs/ca/ca.crt
chmod 600 /certs/ca/ca.key
