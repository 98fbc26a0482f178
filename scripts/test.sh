# ./stepdpo test [projects]: from a fresh clone to "N passed, N failed".
. "$ROOT/scripts/runtime.sh"
. "$ROOT/scripts/postgres.sh"

PROJECTS=("$@")
WHOLE=no
if [ ${#PROJECTS[@]} = 0 ]; then WHOLE=yes; PROJECTS=(Contracts Core Web Engine EndToEnd); fi
TEST_HOME=
PASSED=0 FAILED=0

finish() {
  trap - INT TERM EXIT
  if [ -n "$TEST_HOME" ]; then
    pg_stop
    rm -rf "$TEST_HOME" "$PG_SOCKET"
  fi
}
trap finish EXIT
trap 'exit 130' INT TERM

# A cluster that lives as long as the tests: no fsync, and a socket instead of a port.
start_test_postgres() {
  prepare_postgres
  TEST_HOME=$(mktemp -d /tmp/stepdpo-test-XXXXXX)
  pg_home "$TEST_HOME"
  pg_init
  pg_start -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300
  export STEPDPO_TEST_POSTGRES="Host=$PG_SOCKET;Port=$PG_PORT;Username=stepdpo_admin;Password=$(cat "$PG_HOME/admin.secret");Database=postgres"
}

prepare_chromium() {
  if [ -n "${STEPDPO_CHROMIUM:-}" ]; then return; fi
  STEPDPO_CHROMIUM=$(command -v chromium || command -v chromium-browser || true)
  if [ -z "$STEPDPO_CHROMIUM" ]; then
    stage "Chromium" apt_install chromium fonts-dejavu-core
    STEPDPO_CHROMIUM=$(command -v chromium) || die "Chromium was installed, but is not on PATH"
  fi
  export STEPDPO_CHROMIUM
}

prepare_node() { have node || stage "Node" apt_install nodejs; }

# xunit.v3's last line: "  Name  Total: 5, Errors: 0, Failed: 0, Skipped: 0, Not Run: 0, Time: 0.182s"
run_project() {
  local name=StepDpo.$1.Tests log=$STEPDPO_CACHE/logs/tests-$1.log line total failed started
  started=$(date +%s)
  say "$name"
  set +e
  "$STEPDPO_DOTNET" exec "$ROOT/artifacts/bin/$name/$CONFIGURATION/$name.dll" -noColor >"$log" 2>&1
  local status=$?
  set -e
  line=$(grep -aE "^ *$name +Total: [0-9]+" "$log" | tail -n 1 || true)
  if [ -z "$line" ]; then
    tail -n 40 "$log"
    say "  $name ended with $status before it could count its tests"
    FAILED=$((FAILED + 1))
    return
  fi
  # Explicit tests are not run here and count for nothing.
  total=$(($(sed -E 's/.*Total: ([0-9]+).*Not Run: ([0-9]+).*/\1 - \2/' <<<"$line")))
  failed=$(sed -E 's/.*Errors: ([0-9]+), Failed: ([0-9]+), Skipped: ([0-9]+).*/\1 + \2 + \3/' <<<"$line")
  failed=$((failed))
  if [ "$status" != 0 ] || [ "$failed" != 0 ]; then
    # The failures, then the whole of it is in the log.
    grep -aE -A 25 '\[(FAIL|SKIP)\]|error|Unhandled' "$log" | head -n 300 || true
    [ "$failed" = 0 ] && failed=1
    say "  the whole log: $log"
  fi
  PASSED=$((PASSED + total - failed)) FAILED=$((FAILED + failed))
  say "  $((total - failed)) of $total passed in $(($(date +%s) - started)) s"
}

# The browser's scripts by node's own test runner: "# pass 41", "# fail 0".
run_scripts() {
  local log=$STEPDPO_CACHE/logs/tests-scripts.log passed failed started
  started=$(date +%s)
  say "scripts (node)"
  set +e
  (cd "$ROOT" && node --test --test-reporter=tap tests/js/*.test.js) >"$log" 2>&1
  local status=$?
  set -e
  passed=$(sed -nE 's/^# pass ([0-9]+)$/\1/p' "$log" | tail -n 1)
  failed=$(sed -nE 's/^# (fail|cancelled) ([0-9]+)$/\2/p' "$log" | awk '{ sum += $1 } END { print sum + 0 }')
  if [ "$status" != 0 ] || [ -z "$passed" ]; then
    grep -E -A 15 '^ *not ok|rror' "$log" | head -n 100 || true
    [ "$failed" = 0 ] && failed=1
    say "  the whole log: $log"
  fi
  passed=${passed:-0}
  PASSED=$((PASSED + passed)) FAILED=$((FAILED + failed))
  say "  $passed of $((passed + failed)) passed in $(($(date +%s) - started)) s"
}

CONFIGURATION=debug
need_dotnet
prepare_runtime
mkdir -p "$STEPDPO_CACHE/logs"
stage "packages" dotnet restore "$ROOT/StepDpo.sln" -v quiet
stage "build" dotnet build "$ROOT/StepDpo.sln" --no-restore -v quiet
if [ "$WHOLE" = yes ]; then
  stage "format" dotnet format "$ROOT/StepDpo.sln" --verify-no-changes --no-restore --severity warn
fi
start_test_postgres
prepare_chromium
if [ "$WHOLE" = yes ]; then
  prepare_node
  run_scripts
fi
for project in "${PROJECTS[@]}"; do
  [ -d "$ROOT/tests/StepDpo.$project.Tests" ] || die "no test project tests/StepDpo.$project.Tests"
  run_project "$project"
done
say ""
say "$PASSED passed, $FAILED failed"
[ "$FAILED" = 0 ]
