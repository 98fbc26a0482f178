# A C++ runtime new enough for TorchSharp's native library, without changing the system.
#
# libLibTorchSharp.so needs GLIBCXX_3.4.32; Debian 12 and Ubuntu 22.04 have less. Debian 13's libc6, libstdc++6 and
# libgcc-s1 are unpacked into a folder of ours, and a copy of the dotnet host is given that loader and that library path.
# Only processes started by this copy see them. Needs no root. docs/decisions/0002-private-cpp-runtime.md

RUNTIME=$STEPDPO_CACHE/runtime
RUNTIME_LIB=$RUNTIME/root/usr/lib/x86_64-linux-gnu

system_runtime_is_new_enough() {
  local library
  library=$(ldconfig -p 2>/dev/null | awk '/libstdc\+\+\.so\.6 .*x86-64/ { print $NF; exit }')
  [ -n "$library" ] || library=$(find /usr/lib /lib -name 'libstdc++.so.6' 2>/dev/null | head -n 1)
  [ -n "$library" ] && grep -q 'GLIBCXX_3\.4\.32' "$library"
}

# debian13_lists FOLDER: the URL-free way to Debian 13's packages: this machine's own Debian mirror, with lists and cache in
# a folder of ours. Sets DEBIAN13, the options of apt-get.
debian13_lists() {
  local apt=$1 mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  have apt-get && have dpkg-deb || { echo "no apt-get and dpkg-deb here"; return 1; }
  [ -r "$keyring" ] || { echo "no Debian keyring at $keyring (package debian-archive-keyring)"; return 1; }
  mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
    awk '/^URIs:/ { print $2 } /^deb / { for (i = 2; i <= NF; i++) if ($i ~ /^https?:/) { print $i; break } }' | grep -E '/debian/?$' | head -n 1)
  [ -n "$mirror" ] || { echo "no Debian mirror in /etc/apt"; return 1; }
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" || return 1
  echo "deb [signed-by=$keyring] $mirror trixie main" >"$apt/sources.list"
  DEBIAN13=(-q -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o "Dir::Etc::sourcelist=$apt/sources.list"
    -o Dir::Etc::sourceparts=/dev/null -o APT::Sandbox::User= -o Acquire::Languages=none -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false)
  apt-get "${DEBIAN13[@]}" update
}

unpack_debian_runtime() {
  local apt=$RUNTIME/apt
  rm -rf "$apt" "$RUNTIME/root" "$RUNTIME/dotnet"
  debian13_lists "$apt" || return 1
  (cd "$apt" && apt-get "${DEBIAN13[@]}" download libc6 libstdc++6 libgcc-s1 patchelf) || return 1
  local deb
  for deb in "$apt"/*.deb; do dpkg-deb -x "$deb" "$RUNTIME/root" || return 1; done
  rm -rf "$apt"
}

patch_dotnet_host() {
  local home loader=$RUNTIME_LIB/ld-linux-x86-64.so.2 part
  home=$(dirname "$(readlink -f "$(command -v dotnet)")")
  rm -rf "$RUNTIME/dotnet" && mkdir -p "$RUNTIME/dotnet" || return 1
  cp "$home/dotnet" "$RUNTIME/dotnet/dotnet" || return 1
  for part in host shared sdk; do ln -s "$home/$part" "$RUNTIME/dotnet/$part" || return 1; done
  "$loader" --library-path "$RUNTIME_LIB" "$RUNTIME/root/usr/bin/patchelf" --set-interpreter "$loader" --force-rpath --set-rpath "$RUNTIME_LIB" "$RUNTIME/dotnet/dotnet" || return 1
  "$RUNTIME/dotnet/dotnet" --list-runtimes
}

prepare_runtime() {
  if [ -n "${STEPDPO_DOTNET:-}" ]; then return; fi
  if system_runtime_is_new_enough; then STEPDPO_DOTNET=$(command -v dotnet); export STEPDPO_DOTNET; return; fi
  [ "$(uname -m)" = x86_64 ] || die "this machine's libstdc++ is older than TorchSharp needs (GLIBCXX_3.4.32), and only x86-64 is served with a private one. Debian 13 and Ubuntu 24.04 need nothing."
  [ -x "$RUNTIME_LIB/ld-linux-x86-64.so.2" ] || stage "C++ runtime for the worker (private copy)" unpack_debian_runtime
  # The symlinks lead into the installed SDK: made again when that moved.
  "$RUNTIME/dotnet/dotnet" --list-runtimes >/dev/null 2>&1 || stage "dotnet host for the worker" patch_dotnet_host
  STEPDPO_DOTNET=$RUNTIME/dotnet/dotnet
  export STEPDPO_DOTNET
}
