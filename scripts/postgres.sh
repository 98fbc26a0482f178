# Embedded PostgreSQL: any binaries found, Debian's package otherwise. Sockets only, scram, two roles.
# docs/decisions/0003-embedded-postgresql.md

PG_PORT=5432

# find_postgres [MAJOR]: the newest installed PostgreSQL (of that major version) with all its programs; sets PG_BIN and PG_MAJOR.
find_postgres() {
  local candidate wanted=${1:-}
  for candidate in ${STEPDPO_POSTGRES_BIN:-} $(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/postgresql/*/bin 2>/dev/null | sort -Vr) $(dirname "$(command -v initdb 2>/dev/null || echo /nowhere/x)"); do
    if [ -x "$candidate/initdb" ] && [ -x "$candidate/pg_ctl" ] && [ -x "$candidate/postgres" ]; then
      PG_BIN=$candidate
      PG_MAJOR=$("$candidate/postgres" --version | sed -E 's/[^0-9]*([0-9]+).*/\1/')
      [ "$PG_MAJOR" -ge 14 ] && [ "${wanted:-$PG_MAJOR}" = "$PG_MAJOR" ] && return 0
    fi
  done
  return 1
}

install_postgres() {
  # Without this, Debian's package makes and starts a cluster of its own, on the network.
  mkdir -p /etc/postgresql-common &&
    { [ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf; } &&
    apt_install postgresql
}

prepare_postgres() {
  find_postgres && return
  if ! is_root || [ "$SYSTEM_CHANGES" != yes ]; then
    die "PostgreSQL 14 or later is missing. Either of these helps:
  an administrator runs: apt-get install --no-install-recommends postgresql
  STEPDPO_POSTGRES_BIN=/folder/with/initdb ./stepdpo up
  ConnectionStrings__StepDpo and ConnectionStrings__StepDpoOwner name a server that you have"
  fi
  say "PostgreSQL is missing: Debian's package is installed now (no cluster of its own is made)."
  stage "PostgreSQL" install_postgres
  find_postgres || die "PostgreSQL was installed, but no initdb of version 14 or later was found"
}

# initdb refuses root: a dedicated user runs it then.
pg_user() {
  if ! is_root; then id -un; elif id postgres >/dev/null 2>&1; then echo postgres; else
    id stepdpo-pg >/dev/null 2>&1 || useradd --system --no-create-home --shell /usr/sbin/nologin stepdpo-pg
    echo stepdpo-pg
  fi
}

as_pg() {
  if is_root; then (cd / && runuser -u "$(pg_user)" -- env LC_ALL=C TZ=UTC "$@"); else (cd / && env LC_ALL=C TZ=UTC "$@"); fi
}

# random_secret: 32 hex characters.
random_secret() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

# pg_home FOLDER: sets where one cluster lives. The socket's path may hold 107 bytes at most, so a long one moves to /tmp.
pg_home() {
  PG_HOME=$1
  PG_DATA=$PG_HOME/data
  PG_SOCKET=$PG_HOME/socket
  if [ ${#PG_SOCKET} -gt 85 ]; then PG_SOCKET=/tmp/stepdpo-$(id -u)-$(printf '%s' "$PG_HOME" | cksum | cut -d' ' -f1); fi
}

# pg_init: makes the cluster once. A half-made one (no "ready" file) is made again: nothing of people's was ever in it.
pg_init() {
  if [ -e "$PG_HOME/ready" ]; then
    local found newest=$PG_MAJOR
    found=$(cat "$PG_HOME/ready")
    find_postgres "$found" && return
    die "the database was made by PostgreSQL $found, and only $newest was found here. Nothing was changed. Move it over:
  with PostgreSQL $found:  STEPDPO_POSTGRES_BIN=/usr/lib/postgresql/$found/bin ./stepdpo up, and beside it
    pg_dump -h $PG_SOCKET -U stepdpo_owner -Fc stepdpo > stepdpo.dump
  then move $PG_HOME away, run ./stepdpo up once, and
    pg_restore -h $PG_SOCKET -U stepdpo_owner -d stepdpo --clean --if-exists stepdpo.dump"
  fi
  rm -rf "$PG_DATA"
  mkdir -p "$PG_HOME" "$PG_SOCKET"
  chmod 711 "$PG_HOME"
  if is_root; then chown "$(pg_user)" "$PG_HOME" "$PG_SOCKET"; reachable_by_pg_user; fi
  chmod 700 "$PG_SOCKET"
  (umask 077; for role in admin owner app; do [ -s "$PG_HOME/$role.secret" ] || random_secret >"$PG_HOME/$role.secret"; done)
  stage "database: new cluster (PostgreSQL $PG_MAJOR)" pg_initdb
}

reachable_by_pg_user() {
  as_pg test -w "$PG_HOME" || die "the user $(pg_user) runs PostgreSQL and cannot reach $PG_HOME. Choose a folder that it can: STEPDPO_DATA=/var/lib/stepdpo"
}

pg_initdb() {
  local password=$PG_HOME/initdb.secret
  (umask 077; cp "$PG_HOME/admin.secret" "$password") || return 1
  if is_root; then chown "$(pg_user)" "$password"; fi
  as_pg "$PG_BIN/initdb" -D "$PG_DATA" -U stepdpo_admin --pwfile="$password" -A scram-sha-256 -E UTF8 --locale=C
  local status=$?
  rm -f "$password"
  return $status
}

# pg_start [postgres options]: starts, or takes over one that a killed ./stepdpo left (it is stopped first).
pg_start() {
  mkdir -p "$PG_SOCKET"
  if is_root; then chown "$(pg_user)" "$PG_SOCKET"; fi
  chmod 700 "$PG_SOCKET"
  if as_pg "$PG_BIN/pg_ctl" -D "$PG_DATA" status >/dev/null 2>&1; then
    stage "database: ending one that was left running" pg_end
  fi
  stage "database: start" as_pg "$PG_BIN/pg_ctl" -D "$PG_DATA" -l "$PG_DATA/server.log" -w -t 60 \
    -o "-c listen_addresses='' -c port=$PG_PORT -c unix_socket_directories='$PG_SOCKET' -c unix_socket_permissions=0700 -c max_connections=200 -c timezone=UTC $*" start
}

# A server that dies while it is asked to stop leaves its pid file, which pg_ctl calls a failure: what counts is that none runs.
pg_end() {
  as_pg "$PG_BIN/pg_ctl" -D "$PG_DATA" -m fast -w -t 60 stop || ! as_pg "$PG_BIN/pg_ctl" -D "$PG_DATA" status
}

pg_stop() { as_pg "$PG_BIN/pg_ctl" -D "$PG_DATA" -m fast -w -t 60 stop >/dev/null 2>&1 || true; }

# The two roles: the owner migrates, the site's role can neither change tables nor what is append-only.
pg_roles() {
  local owner app
  owner=$(cat "$PG_HOME/owner.secret") app=$(cat "$PG_HOME/app.secret")
  pg_psql postgres <<SQL || return 1
SELECT format('CREATE ROLE %I LOGIN', r) FROM unnest(ARRAY['stepdpo_owner', 'stepdpo_app']) r WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) \gexec
ALTER ROLE stepdpo_owner PASSWORD '$owner';
ALTER ROLE stepdpo_app PASSWORD '$app';
SELECT 'CREATE DATABASE stepdpo OWNER stepdpo_owner' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'stepdpo') \gexec
SQL
  echo "$PG_MAJOR" >"$PG_HOME/ready"
}

pg_psql() {
  PGPASSWORD=$(cat "$PG_HOME/admin.secret") "$(pg_psql_path)" -X -q -v ON_ERROR_STOP=1 -h "$PG_SOCKET" -p "$PG_PORT" -U stepdpo_admin -d "$1"
}

pg_psql_path() { if [ -x "$PG_BIN/psql" ]; then echo "$PG_BIN/psql"; else command -v psql; fi; }

# pg_connection ROLE: the connection string for .NET.
pg_connection() {
  echo "Host=$PG_SOCKET;Port=$PG_PORT;Database=stepdpo;Username=stepdpo_$1;Password=$(cat "$PG_HOME/$1.secret")"
}
