#!/usr/bin/env bash
# Stands in for `stepdpo-worker train RUN --attempt N` where a test is about supervision: it keeps the run folder's contract
# (lock, status, metrics, checkpoints every 10 steps, stop file and SIGTERM) and computes nothing.
# fake-worker.sh STEPS CRASH_AT train RUN --attempt N   (CRASH_AT: the step at which each process exits with code 9; 0 never)
set -euo pipefail
steps=$1 crash_at=$2 run=$4 attempt=$6
cd "$run"
mkdir -p checkpoints
read -r stat </proc/$$/stat
started=$(echo "${stat##*) }" | cut -d' ' -f20)
echo "{\"pid\": $$, \"startedAt\": $started, \"attempt\": $attempt}" >lock
echo "$$" >>started.txt

status() {
  echo "{\"state\": \"$1\", \"attempt\": $attempt, \"pid\": $$, \"step\": $step, \"totalSteps\": $steps, \"at\": \"2026-01-01T00:00:00Z\"}" >status.tmp
  mv status.tmp status.json
}
checkpoint() {
  local folder
  folder=checkpoints/step-$(printf %06d "$step")
  mkdir -p "$folder"
  echo "{\"step\": $step, \"files\": {}, \"weightsSha256\": \"$(printf %064d "$step")\"}" >"$folder/manifest.json"
}
stop=no
trap 'stop=yes' TERM

newest=$(find checkpoints -name manifest.json | sort | tail -n 1)
step=0
[ -z "$newest" ] || step=$((10#$(echo "$newest" | sed -E 's/.*step-([0-9]+).*/\1/')))
touch metrics.jsonl
head -n "$step" metrics.jsonl >metrics.tmp && mv metrics.tmp metrics.jsonl
status Running
while [ "$step" -lt "$steps" ]; do
  if [ "$stop" = yes ] || [ -e stop ]; then
    checkpoint
    status Stopped
    exit 0
  fi
  step=$((step + 1))
  if [ "$step" = "$crash_at" ]; then
    echo "step $step: out of memory"
    exit 9
  fi
  echo "{\"step\": $step, \"loss\": 0.5}" >>metrics.jsonl
  [ $((step % 10)) -ne 0 ] || checkpoint
  status Running
  sleep 0.02
done
checkpoint
status Succeeded
