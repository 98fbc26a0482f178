# ./stepdpo bench [name] [options]: measures against named baselines; results in artifacts/bench and a table on the console.
. "$ROOT/scripts/runtime.sh"

TORCH=$STEPDPO_CACHE/torch
TORCH_LIB=$TORCH/root/usr/lib/x86_64-linux-gnu

# The baselines are plain PyTorch 2.6 or later: a Python that has it, or Debian 13's packages in a folder of ours.
python_has_torch() { "$1" -c 'import torch, sys; sys.exit(tuple(map(int, torch.__version__.split(".")[:2])) < (2, 6))' >/dev/null 2>&1; }

unpack_debian_torch() {
  # Everything from the loader up: the system's own libraries may be older.
  debian13_lists "$TORCH/apt" && : >"$TORCH/apt/status" || return 1
  apt-get "${DEBIAN13[@]}" -o "Dir::State::status=$TORCH/apt/status" -o APT::Install-Recommends=false install --download-only -y python3-torch python3-safetensors python3-numpy libopenblas0-pthread || return 1
  local deb
  for deb in "$TORCH"/apt/cache/archives/*.deb; do dpkg-deb -x "$deb" "$TORCH/root" || return 1; done
  rm -rf "$TORCH/apt"
  cat >"$TORCH/python" <<PYTHON
#!/bin/sh
PYTHONHOME=$TORCH/root/usr PYTHONPATH=$TORCH/root/usr/lib/python3/dist-packages exec $TORCH_LIB/ld-linux-x86-64.so.2 \
  --library-path $TORCH_LIB:$TORCH/root/usr/lib:$TORCH_LIB/openblas-pthread $TORCH/root/usr/bin/python3 "\$@"
PYTHON
  chmod +x "$TORCH/python" && python_has_torch "$TORCH/python"
}

prepare_python() {
  local candidate
  for candidate in ${STEPDPO_PYTHON:-} "$TORCH/python" python3; do
    if python_has_torch "$candidate"; then PYTHON=$candidate; return; fi
  done
  if have apt-get && have dpkg-deb && [ "$(uname -m)" = x86_64 ]; then
    stage "PyTorch for the baselines (210 MB, private copy)" unpack_debian_torch
    PYTHON=$TORCH/python
  else
    warn "No Python with PyTorch 2.6 or later: STEPDPO_PYTHON=/path/to/python names one. The figures come without the baselines that need it."
  fi
}

need_dotnet
prepare_runtime
PYTHON=
case "${1:-all}" in all | step | sample | -*) prepare_python ;; esac
stage "build" dotnet build "$ROOT/bench/StepDpo.Bench" -c Release -v quiet
if [ "${1:-}" = demo ]; then
  # Its stages with their seconds are what the demo prints.
  shift
  . "$ROOT/scripts/demo.sh"
else
  cd "$ROOT" && "$STEPDPO_DOTNET" exec "$ROOT/artifacts/bin/StepDpo.Bench/release/StepDpo.Bench.dll" "$@" ${PYTHON:+--python "$PYTHON"}
fi
