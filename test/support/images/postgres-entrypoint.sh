#!/bin/sh
# Starts PostgreSQL by the conventions of the official image (hub.docker.com/_/postgres): as root it
# makes the data folder its own and goes on as user postgres; an empty data folder becomes a cluster
# with the user, password and database named in the environment.
set -eu

if [ "$PROTO_BROKEN" = true ]; then
  echo 'postgres is built to never listen'
  exec tail -f /dev/null
fi

[ "${1:-}" = postgres ] || exec "$@"

# Read while still root: the file may be readable by root alone.
if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then
  POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
  export POSTGRES_PASSWORD
  unset POSTGRES_PASSWORD_FILE
fi

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" /var/run/postgresql
  chown -R postgres:postgres "$PGDATA" /var/run/postgresql
  chmod 700 "$PGDATA"
  # shellcheck disable=SC2016 # for the shell that su starts
  exec su -s /bin/sh postgres -c 'exec "$0" "$@"' -- "$0" "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  if [ -z "${POSTGRES_PASSWORD:-}" ]; then
    echo 'Error: Database is uninitialized and superuser password is not specified.' >&2
    exit 1
  fi
  user=${POSTGRES_USER:-postgres}
  database=${POSTGRES_DB:-$user}
  # Not synced: a test's cluster need not outlive a power cut in its first second.
  # shellcheck disable=SC2086 # several arguments in one variable, as in the official image
  printf '%s\n' "$POSTGRES_PASSWORD" |
    initdb --username="$user" --pwfile=/dev/stdin --encoding=UTF8 --no-sync ${POSTGRES_INITDB_ARGS:-}
  echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  if [ "$database" != postgres ]; then
    echo "CREATE DATABASE \"$database\"" | postgres --single -D "$PGDATA" postgres
  fi
fi
unset POSTGRES_PASSWORD

exec "$@"
