#!/usr/bin/env bash
# bench/publish.sh [FOLDER]: the bench program with everything but libtorch, for a machine without .NET, without this checkout and
# without a network; there FOLDER/gpu.sh measures. A folder, not a single file: TorchSharp finds its native library beside its assembly.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
OUT=${1:-$ROOT/artifacts/bench/published}
. "$ROOT/scripts/common.sh"
. "$ROOT/scripts/runtime.sh"
rm -rf "$OUT"
dotnet publish "$ROOT/bench/StepDpo.Bench" -c Release -p:PublishFor=linux-x64 -o "$OUT" -v quiet \
  -p:ArtifactsPath="$OUT.build" -p:DebugType=none
rm -rf "$OUT.build" "$OUT"/*.xml
# For machines whose C++ runtime is older than TorchSharp's library (Ubuntu 22.04): the private one of 0002, if this machine has it.
if [ -x "$RUNTIME/root/usr/bin/patchelf" ]; then
  mkdir "$OUT/runtime"
  cp -L "$RUNTIME_LIB"/*.so.* "$RUNTIME/root/usr/bin/patchelf" "$OUT/runtime/"
else
  warn "Without a C++ runtime of its own: it needs one with GLIBCXX_3.4.32 where it runs."
fi
tar -C "$(dirname "$OUT")" -czf "$OUT.tar.gz" "$(basename "$OUT")"
printf '%s: %s, compressed %s MB\n' "$OUT" "$(du -sh "$OUT" | cut -f1)" "$(($(stat -c %s "$OUT.tar.gz") / 1000000))"
