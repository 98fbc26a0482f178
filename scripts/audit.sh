# ./stepdpo audit: the signed digests of what people said. Uses the running database, or starts the embedded one for as long as it takes.
. "$ROOT/scripts/runtime.sh"
. "$ROOT/scripts/postgres.sh"
. "$ROOT/scripts/build.sh"

STARTED=no
finish() {
  trap - INT TERM EXIT
  [ "$STARTED" = yes ] && pg_stop
  return 0
}

prepare_runtime >&2
prepare_app >&2
if [ -z "${ConnectionStrings__StepDpo:-}" ]; then
  [ -e "$STEPDPO_DATA/postgres/ready" ] || die "audit: there is no database in $STEPDPO_DATA yet; ./stepdpo up makes one"
  prepare_postgres >&2
  pg_home "$STEPDPO_DATA/postgres"
  pg_init >&2
  if ! as_pg "$PG_BIN/pg_ctl" -D "$PG_DATA" status >/dev/null 2>&1; then
    trap finish EXIT
    trap 'exit 130' INT TERM
    STARTED=yes
    pg_start >&2
  fi
  ConnectionStrings__StepDpo=$(pg_connection app)
  export ConnectionStrings__StepDpo
fi
export StepDpo__DataFolder=$STEPDPO_DATA
export Logging__LogLevel__Default=Warning
code=0
dotnet "$APP/Web/StepDpo.Web.dll" audit "$@" || code=$?
exit "$code"
