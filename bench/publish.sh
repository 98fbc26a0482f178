#!/usr/bin/env bash
# bench/publish.sh [FOLDER]: the bench program with everything but libtorch, for a machine without .NET, without this checkout and
# without a network; there FOLDER/gpu.sh measures. A folder, not a single file: TorchSharp finds its native library beside its assembly.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
OUT=${1:-$ROOT/artifacts/bench/published}
rm -rf "$OUT"
dotnet publish "$ROOT/bench/StepDpo.Bench" -c Release -p:PublishFor=linux-x64 -o "$OUT" -v quiet \
  -p:ArtifactsPath="$OUT.build" -p:DebugType=none
rm -rf "$OUT.build" "$OUT"/*.xml
tar -C "$(dirname "$OUT")" -czf "$OUT.tar.gz" "$(basename "$OUT")"
printf '%s: %s, compressed %s MB\n' "$OUT" "$(du -sh "$OUT" | cut -f1)" "$(($(stat -c %s "$OUT.tar.gz") / 1000000))"
