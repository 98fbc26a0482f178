#!/usr/bin/env bash
# gpu.sh [--device cuda] [--small]: what only a GPU can show, in less than 10 minutes: libtorch with CUDA loads; goldens in fp32 and
# bf16; an optimiser step at Qwen2.5-0.5B's shape against baseline.py on the same device; the sampler's tokens a second.
# Runs in the folder that bench/publish.sh makes, on a machine with PyTorch 2.10 or 2.11; needs no network and no .NET.
# --device cpu --small tries the same on a CPU. Everything stands in results/ beside it. Exit code 1 when something failed.
set -uo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
BENCH=${STEPDPO_BENCH:-$HERE/StepDpo.Bench}
PYTHON=${STEPDPO_PYTHON:-python3}
DEVICE=cuda SMALL=no FAILED=0 STARTED=$SECONDS
while [ $# -gt 0 ]; do
  case "$1" in
    --device) DEVICE=$2; shift 2 ;;
    --small) SMALL=yes; shift ;;
    *) echo "gpu.sh: unknown argument $1" >&2; exit 2 ;;
  esac
done
OUT=${OUT:-$HERE/results}
mkdir -p "$OUT"
chmod +x "$BENCH" 2>/dev/null

# TorchSharp's library needs GLIBCXX_3.4.32. Where the system has less, the program gets the loader and the libraries that lie beside it.
runtime=$HERE/runtime
system_library=$(ldconfig -p 2>/dev/null | awk '/libstdc\+\+\.so\.6 .*x86-64/ { print $NF; exit }')
if ! grep -q 'GLIBCXX_3\.4\.32' "${system_library:-/usr/lib/x86_64-linux-gnu/libstdc++.so.6}" 2>/dev/null && [ -d "$runtime" ]; then
  echo "the C++ runtime of this machine is too old: the one beside this script is taken"
  chmod +x "$runtime"/*
  "$runtime/ld-linux-x86-64.so.2" --library-path "$runtime" "$runtime/patchelf" --set-interpreter "$runtime/ld-linux-x86-64.so.2" --force-rpath --set-rpath "$runtime" "$BENCH"
fi

# Normally PyTorch's libtorch is found by itself; where it lies in an unusual place its own Python is asked.
if ! "$BENCH" goldens --device "$DEVICE" >"$OUT/found.txt" 2>&1 && [ -z "${STEPDPO_LIBTORCH:-}" ]; then
  tail -n 1 "$OUT/found.txt"
  STEPDPO_LIBTORCH=$("$PYTHON" -c 'import os, torch; print(os.path.join(os.path.dirname(torch.__file__), "lib"))' 2>/dev/null) && export STEPDPO_LIBTORCH && echo "asked $PYTHON: $STEPDPO_LIBTORCH"
fi

# part SECONDS NAME COMMAND...: runs it within a limit, and within the 10 minutes of all; its output on the console and in results/NAME.txt.
part() {
  local limit=$1 name=$2 code left=$((590 - SECONDS + STARTED))
  shift 2
  [ "$left" -ge 5 ] || { echo "== $name LEFT OUT: the 10 minutes are over"; FAILED=1; return; }
  [ "$limit" -le "$left" ] || limit=$left
  printf '\n== %s (%s s since the start)\n' "$name" "$((SECONDS - STARTED))"
  timeout "$limit" "$@" 2>&1 | tee "$OUT/$name.txt"
  code=${PIPESTATUS[0]}
  [ "$code" = 0 ] || { echo "== $name FAILED with $code"; FAILED=1; }
}

have_baseline() { "$PYTHON" -c 'import torch' >/dev/null 2>&1; }

nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader 2>/dev/null | tee "$OUT/gpu.txt"
BASELINE=(); if have_baseline; then BASELINE=(--python "$PYTHON"); else echo "$PYTHON has no torch: the figures come without baselines"; fi

part 60 goldens-fp32 "$BENCH" goldens --device "$DEVICE" --precision Float32
part 60 goldens-bf16 "$BENCH" goldens --device "$DEVICE" --precision BFloat16

if [ "$SMALL" = yes ]; then
  STEP=(--layers 1 --pairs 2 --micro-batch 2 --rounds 1) AGAIN=(--layers 1 --pairs 2 --micro-batch 1 --rounds 1)
  SAMPLE=(--layers 1 --prompts 2 --samples 2 --new-tokens 4 --rounds 1)
else
  # 64 pairs; the baseline in TRL's default batch of 8 and in larger ones, of which the best counts. 989: H100 and H200, bf16, dense.
  STEP=(--layers 24 --pairs 64 --micro-batch 32 --baseline-micro-batch 8 16 32 --peak-tflops 989 --rounds 1)
  AGAIN=(--layers 24 --pairs 64 --micro-batch 64 --peak-tflops 989 --rounds 1)
  SAMPLE=(--layers 24 --prompts 8 --samples 20 --new-tokens 64 --rounds 1)
fi
part 300 step "$BENCH" step --device "$DEVICE" --precision BFloat16 --output "$OUT/step" "${STEP[@]}" ${BASELINE[@]+"${BASELINE[@]}"}
mkdir -p "$OUT/parts"; ln -sfn "$OUT"/step/qwen* "$OUT/parts/" 2>/dev/null
part 240 parts "$BENCH" step --ablation --device "$DEVICE" --precision BFloat16 --output "$OUT/parts" "${AGAIN[@]}"
part 120 sample "$BENCH" sample --device "$DEVICE" --precision BFloat16 --output "$OUT/step" "${SAMPLE[@]}" ${BASELINE[@]+"${BASELINE[@]}"}
rm -rf "$OUT"/parts/qwen* "$OUT"/step/qwen*
printf '\n== done in %s s%s\n' "$((SECONDS - STARTED))" "$([ "$FAILED" = 0 ] || echo ", with failures")"
exit "$FAILED"
