# Shared by all verbs: places, words, waiting. Sourced with ROOT set.

if [ "$(id -u)" = 0 ]; then
  STEPDPO_DATA=${STEPDPO_DATA:-/var/lib/stepdpo}
  STEPDPO_CACHE=${STEPDPO_CACHE:-/var/cache/stepdpo}
else
  STEPDPO_DATA=${STEPDPO_DATA:-${XDG_DATA_HOME:-$HOME/.local/share}/stepdpo}
  STEPDPO_CACHE=${STEPDPO_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/stepdpo}
fi
export STEPDPO_DATA STEPDPO_CACHE
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
SYSTEM_CHANGES=yes

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
die() { printf 'stepdpo: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" = 0 ]; }

# stage "words" command...: runs it with its output in a log, says the seconds; on failure shows the log's end.
stage() {
  local words=$1 log started seconds
  shift
  mkdir -p "$STEPDPO_CACHE/logs"
  log=$STEPDPO_CACHE/logs/$(printf '%s' "$words" | tr -cs 'A-Za-z0-9' '-').log
  started=$(date +%s)
  printf '%-44s' "$words"
  # Under `if` errexit is off, so each step is chained or returns its own status. Descriptor 8 is the lock of `up`: a server
  # that is started here must not hold it on after a kill -9 of the script.
  if "$@" >"$log" 2>&1 8>&-; then
    seconds=$(($(date +%s) - started))
    say "${seconds} s"
  else
    say "failed"
    tail -n 25 "$log" >&2
    die "$words failed; the whole log is $log"
  fi
}

# alive PID START: is the process that started at that clock tick still running (and not a zombie)?
alive() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  stat=${stat##*) }
  # shellcheck disable=SC2086
  set -- "$1" "$2" $stat
  [ "$3" != Z ] && [ "${22}" = "$2" ]
}

# started PID: the clock tick at which it started (field 22 of /proc/PID/stat), which tells a reused pid.
started() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  stat=${stat##*) }
  # shellcheck disable=SC2086
  set -- $stat
  printf '%s' "${20}"
}

# end_process PID START SECONDS: SIGTERM, wait, then SIGKILL.
end_process() {
  local pid=$1 start=$2 left=$(($3 * 10))
  alive "$pid" "$start" || return 0
  kill -TERM "$pid" 2>/dev/null || return 0
  while alive "$pid" "$start"; do
    left=$((left - 1))
    if [ "$left" -le 0 ]; then kill -KILL "$pid" 2>/dev/null; return 0; fi
    sleep 0.1
  done
}

need_dotnet() {
  have dotnet || die ".NET SDK 10 is not on PATH. Install it (package dotnet-sdk-10.0 of your distribution, or Microsoft's script), then run this again."
  local version
  version=$(cd "$ROOT" && dotnet --version 2>/dev/null) || die "no .NET SDK satisfies global.json ($(tr -d '\n ' <"$ROOT/global.json")). Found: $(cd / && dotnet --list-sdks | tr '\n' ';')"
  case "$version" in 10.*) ;; *) die "found .NET SDK $version, wanted 10.0.400 or a later 10.0" ;; esac
}

# apt_install PACKAGES...: as root on Debian or Ubuntu, unless system changes are refused.
apt_install() {
  is_root || die "missing: $*. Ask an administrator: apt-get install --no-install-recommends $*"
  have apt-get || die "missing: $*, and this system has no apt-get. Install them with its own package manager."
  [ "$SYSTEM_CHANGES" = yes ] || die "missing: $*, and --no-system-changes was given. Run: apt-get install --no-install-recommends $*"
  apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$@"
}
