#!/usr/bin/env bash
# The three users of deploy/roles.yml, with the passwords of .env. Run again, it sets them anew.
set -euo pipefail
put() {
  printf '{"password":"%s","roles":["%s"]}' "$2" "$1" |
    curl -sSf --cacert /certs/ca/ca.crt -u "elastic:$ELASTIC_PASSWORD" -H 'Content-Type: application/json' \
      -X PUT "https://elasticsearch:9200/_security/user/$1" --data-binary @- >/dev/null
  echo "user $1 is ready"
}
put tocsin_reader "$TOCSIN_READER_PASSWORD"
put tocsin_writer "$TOCSIN_WRITER_PASSWORD"
put tocsin_migrator "$TOCSIN_MIGRATOR_PASSWORD"
