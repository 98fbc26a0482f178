# ./stepdpo demo: the whole loop unattended, in a database and a folder of its own, which it removes at the end.
. "$ROOT/scripts/runtime.sh"
. "$ROOT/scripts/postgres.sh"
. "$ROOT/scripts/build.sh"

DEMO_HOME=
finish() {
  trap - INT TERM EXIT
  if [ -n "$DEMO_HOME" ]; then
    pg_stop
    rm -rf "$DEMO_HOME" "$PG_SOCKET"
  fi
}
trap finish EXIT
trap 'exit 130' INT TERM

prepare_runtime
prepare_app
prepare_postgres
DEMO_HOME=$(mktemp -d /tmp/stepdpo-demo-XXXXXX)
# The user that runs PostgreSQL must pass through.
chmod 711 "$DEMO_HOME"
pg_home "$DEMO_HOME/postgres"
pg_init
pg_start
stage "database: roles" pg_roles
ConnectionStrings__StepDpo=$(pg_connection app) ConnectionStrings__StepDpoOwner=$(pg_connection owner)
export ConnectionStrings__StepDpo ConnectionStrings__StepDpoOwner
export StepDpo__DataFolder=$DEMO_HOME/data
dotnet "$APP/Demo/StepDpo.Demo.dll" "$@"
