#!/usr/bin/env bash
# On a machine with an NVIDIA GPU: every numeric case against NumPy, twice, then compute-sanitizer over
# all kinds of kernels. Usage: scripts/device-test.sh HIP_RUN [REPORT.json]
# HIP_RUN is the self-contained tool of the preset `static`; python3 needs numpy and ml_dtypes.
set -euo pipefail
HIP_RUN=${1:?a hip-run}
REPORT=${2:-$(mktemp)}
source "$(dirname "$0")/env.sh"
export PATH=$PATH:/usr/local/cuda/bin
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

step "numeric cases on the GPU"
python3 "$ROOT/test/device/run.py" --hip-run "$HIP_RUN" --report "$REPORT"

step "compute-sanitizer"
python3 - "$folder" <<'PYTHON'
import sys
import numpy as np
rng = np.random.default_rng(1)
for name, heads in (("q", 4), ("k", 2), ("v", 2)):
    array = rng.integers(-3, 4, (2, heads, 333, 64))
    for dtype in ("float16", "float32"):
        np.save(f"{sys.argv[1]}/{name}-{dtype}.npy", array.astype(dtype))
PYTHON
for tool in memcheck racecheck initcheck synccheck; do
  for dtype in float16 float32; do
    for policy in 'tree<block_q = 64, block_k = 2, keep = 64>' \
      'stages<[(64, 32, 128, 4), (32, 8, 64, 2)], reduce = mean>' \
      'boxes<block_q = 32, block_k = 8, levels = [(32, 128)], keep = 64>' \
      'window<block_q = 128>'; do
      compute-sanitizer --tool $tool --error-exitcode 1 "$HIP_RUN" attention --device cuda \
        --q "$folder/q-$dtype.npy" --k "$folder/k-$dtype.npy" --v "$folder/v-$dtype.npy" \
        --policy "$policy" --sink 32 --window 32 --out "$folder/out.npy" >"$folder/log" 2>&1 || {
        cat "$folder/log"
        fail "$tool finds something in $policy on $dtype"
      }
    done
  done
  echo "$tool: nothing found"
done
