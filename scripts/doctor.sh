# ./stepdpo doctor: what is here, what is missing, how to get it. Changes nothing; exit code 1 when something needed is missing.
. "$ROOT/scripts/runtime.sh"
. "$ROOT/scripts/postgres.sh"
. "$ROOT/scripts/build.sh"

MISSING=0
good() { printf '  ok       %-14s %s\n' "$1" "$2"; }
note() { printf '  note     %-14s %s\n' "$1" "$2"; }
bad() { printf '  missing  %-14s %s\n' "$1" "$2"; MISSING=1; }

say "StepDpo in $ROOT"
if have dotnet && version=$(cd "$ROOT" && dotnet --version 2>/dev/null); then good ".NET SDK" "$version"; else bad ".NET SDK" "10.0.400 or later: package dotnet-sdk-10.0"; fi
if system_runtime_is_new_enough; then good "C++ runtime" "the system's libstdc++ has GLIBCXX_3.4.32"
elif "$RUNTIME/dotnet/dotnet" --list-runtimes >/dev/null 2>&1; then good "C++ runtime" "private copy in $RUNTIME"
elif have apt-get && have dpkg-deb; then note "C++ runtime" "the system's is too old; ./stepdpo up makes a private copy (4 MB, no system change)"
else bad "C++ runtime" "GLIBCXX_3.4.32: Debian 13, Ubuntu 24.04, or a Debian with apt-get and dpkg-deb"; fi
if [ -n "${ConnectionStrings__StepDpo:-}" ]; then note "PostgreSQL" "the server named by ConnectionStrings__StepDpo"
elif find_postgres; then good "PostgreSQL" "$("$PG_BIN/postgres" --version), in $PG_BIN, run as $(if is_root && ! id postgres >/dev/null 2>&1; then echo stepdpo-pg; elif is_root; then echo postgres; else id -un; fi)"
elif is_root && have apt-get; then note "PostgreSQL" "./stepdpo up installs Debian's package"
else bad "PostgreSQL" "14 or later: apt-get install --no-install-recommends postgresql, as an administrator"; fi
for tool in curl flock setsid; do have "$tool" && good "$tool" "$(command -v "$tool")" || bad "$tool" "packages curl, util-linux"; done
if have node; then good "Node" "$(node --version) (only ./stepdpo test needs it)"; else note "Node" "only ./stepdpo test needs it: apt-get install nodejs"; fi
if have chromium || have chromium-browser; then good "Chromium" "$(command -v chromium || command -v chromium-browser) (only ./stepdpo test needs it)"; else note "Chromium" "only ./stepdpo test needs it: apt-get install chromium"; fi
worker=$APP/Worker/StepDpo.Worker.dll
dotnet_of_worker=${STEPDPO_DOTNET:-$RUNTIME/dotnet/dotnet}; [ -x "$dotnet_of_worker" ] || dotnet_of_worker=dotnet
if [ ! -e "$worker" ]; then note "computing" "on what is found once the worker is built (./stepdpo up)"
elif devices=$("$dotnet_of_worker" exec "$worker" devices 2>&1); then good "computing" "$(printf '%s' "$devices" | tail -n 1)"
else bad "computing" "the worker cannot load libtorch: $(printf '%s' "$devices" | tail -n 1)"; fi
have nvidia-smi && note "GPU" "$(nvidia-smi --query-gpu=name,memory.total --format=csv,noheader 2>/dev/null | head -n 1)" || note "GPU" "none seen; training and sampling run on the CPU"
mkdir_parent=$STEPDPO_DATA; while [ ! -e "$mkdir_parent" ]; do mkdir_parent=$(dirname "$mkdir_parent"); done
note "data" "$STEPDPO_DATA ($(df -h --output=avail "$mkdir_parent" | tail -n 1 | tr -d ' ') free)"
note "cache" "$STEPDPO_CACHE"
if [ -e "$STEPDPO_DATA/up/address" ]; then note "site" "$(cat "$STEPDPO_DATA/up/address")"; fi
if [ -e "$STEPDPO_DATA/postgres/ready" ] && [ -n "${PG_MAJOR:-}" ]; then
  made=$(cat "$STEPDPO_DATA/postgres/ready")
  if find_postgres "$made"; then good "database" "made by PostgreSQL $made"; else bad "database" "made by PostgreSQL $made, which is not here; ./stepdpo up says how to move it"; fi
fi
exit "$MISSING"
