# ./stepdpo up: one command from a fresh clone to the sign-in page; Ctrl-C stops all that it started.
. "$ROOT/scripts/runtime.sh"
. "$ROOT/scripts/postgres.sh"
. "$ROOT/scripts/build.sh"

PORT=5080
while [ $# -gt 0 ]; do
  case "$1" in
    --port) PORT=${2:?--port needs a number}; shift 2 ;;
    --no-system-changes) SYSTEM_CHANGES=no; shift ;;
    *) die "up: unknown option \"$1\"; ./stepdpo help lists them" ;;
  esac
done
case "$PORT" in *[!0-9]* | '') die "--port: found \"$PORT\", wanted a number" ;; esac

RUN=$STEPDPO_DATA/up
mkdir -p "$RUN" "$STEPDPO_DATA/logs"
chmod 711 "$STEPDPO_DATA"
exec 8>"$RUN/lock"
flock -n 8 || die "StepDpo is already up: $(cat "$RUN/address" 2>/dev/null || echo 'starting'). Stop it there with Ctrl-C first."

# Processes that we started are written down as "pid start-tick": after a kill -9 of this script the next start ends them.
remember() { echo "$2 $(started "$2")" >"$RUN/$1.pid"; }
forget() {
  local file=$RUN/$1.pid pid start
  [ -s "$file" ] || return 0
  read -r pid start <"$file"
  end_process "$pid" "$start" "$2"
  rm -f "$file"
}

# Training workers outlive the site on purpose (a restarted site adopts them); `up` ends what it caused. They write a
# checkpoint first and go on at the next start.
end_workers() {
  local lock pid start
  for lock in "$STEPDPO_DATA"/runs/*/lock; do
    [ -s "$lock" ] || continue
    pid=$(sed -nE 's/.*"pid": *([0-9]+).*/\1/p' "$lock" | head -n 1)
    start=$(sed -nE 's/.*"startedAt": *([0-9]+).*/\1/p' "$lock" | head -n 1)
    [ -n "$pid" ] && [ -n "$start" ] && alive "$pid" "$start" && end_process "$pid" "$start" 120
  done
  return 0
}

stop_all() {
  trap - INT TERM EXIT
  say ""
  say "Stopping."
  forget web 40
  end_workers
  [ "$EMBEDDED" = yes ] && pg_stop
  rm -f "$RUN/address"
  say "Stopped. Everything is kept in $STEPDPO_DATA."
}

# The group's Ctrl-C must reach this script alone: the site is started in a session of its own.
start_site() {
  # setsid forks when it would be a group leader; in the background it is not, so $! is the site itself.
  setsid dotnet "$APP/Web/StepDpo.Web.dll" 8>&- &
  remember web $!
}

wait_ready() {
  local left=600 pid start
  read -r pid start <"$RUN/web.pid"
  until curl -fsS -o /dev/null --max-time 2 "http://127.0.0.1:$PORT/health/ready" 2>/dev/null; do
    alive "$pid" "$start" || die "the site ended while it started; its words are above"
    left=$((left - 1))
    [ "$left" -gt 0 ] || die "the site did not become ready within 60 s; see $STEPDPO_DATA/logs"
    sleep 0.1
  done
}

EMBEDDED=no
forget web 40
end_workers
prepare_runtime
prepare_app
if [ -z "${ConnectionStrings__StepDpo:-}" ]; then
  EMBEDDED=yes
  prepare_postgres
  pg_home "$STEPDPO_DATA/postgres"
  pg_init
fi
trap stop_all INT TERM EXIT
if [ "$EMBEDDED" = yes ]; then
  pg_start
  stage "database: roles" pg_roles
  ConnectionStrings__StepDpo=$(pg_connection app)
  ConnectionStrings__StepDpoOwner=$(pg_connection owner)
  export ConnectionStrings__StepDpo ConnectionStrings__StepDpoOwner
fi
export StepDpo__DataFolder=$STEPDPO_DATA
export ASPNETCORE_URLS=http://127.0.0.1:$PORT
start_site
wait_ready
echo "http://127.0.0.1:$PORT" >"$RUN/address"
say ""
say "StepDpo is up: http://127.0.0.1:$PORT   (Ctrl-C stops it)"
read -r web_pid web_start <"$RUN/web.pid"
wait "$web_pid" || true
alive "$web_pid" "$web_start" || warn "The site ended by itself."
