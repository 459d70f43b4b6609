#!/usr/bin/env bash
# On a machine with an NVIDIA GPU: everything that only a GPU can show. Writes test/device/ledger.json,
# and into $OUT if that is set, only if all of it passed. Usage: scripts/device-test.sh [TOOLS]
# TOOLS is a folder with the static hip-run, hip-compile and hip-device-tests, by default what
# scripts/device-pack.sh left in build/device. python3 needs numpy, ml_dtypes, pytest and pytest-xdist.
set -uo pipefail
source "$(dirname "$0")/env.sh"
export PATH=$PATH:/usr/local/cuda/bin PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
TOOLS=${1:-$folder/bin}
if (($# == 0)); then
  python3 -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])' \
    "$ROOT/build/device/tools.tar.xz" "$folder" || fail "no tools; run scripts/device-pack.sh first"
fi
# NumPy's threads would fight with each other.
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 HIPC_CACHE_DIR=$folder/cache
export HIP_RUN=$TOOLS/hip-run
jobs=$(($(nproc) > 2 ? $(nproc) - 2 : 1))
failed=0
# Of the numeric cases every EVERYth: all of them take 16 processors more than ten minutes.
EVERY=${EVERY:-2}

# run NAME COMMAND...: goes on after a failure.
run() {
  step "$1"
  local begin=$SECONDS
  "${@:2}"
  local status=$?
  ((status == 0)) || { echo "FAIL $1"; failed=1; }
  echo "$1: $((SECONDS - begin)) s"
}
# The programs of test/device, alone and under each sanitizer, while the CPU is busy with NumPy.
KINDS=(alone memcheck racecheck initcheck synccheck)
device_tests() {
  local prefix=() filter='*'
  if [[ $1 != alone ]]; then
    prefix=(compute-sanitizer --tool "$1" --error-exitcode 1)
    filter='*Kernels*:Lists*'
  fi
  HIPC_CACHE_DIR=$folder/cache-$1 "${prefix[@]}" "$TOOLS/hip-device-tests" --gtest_brief=1 \
    --gtest_filter="$filter" >"$folder/$1.log" 2>&1 && touch "$folder/$1.passed"
}
judge_device_tests() {
  wait
  local kind status=0
  for kind in "${KINDS[@]}"; do
    if [[ -f $folder/$kind.passed ]]; then
      echo "$kind: nothing found; $(grep -c . "$folder/$kind.log") lines"
      grep -h 'PASSED\|ERROR SUMMARY' "$folder/$kind.log"
    else
      echo "$kind:"
      tail -n 40 "$folder/$kind.log"
      status=1
    fi
  done
  return $status
}

for kind in "${KINDS[@]}"; do
  device_tests "$kind" &
done
run "numeric cases, twice" python3 "$ROOT/test/device/run.py" --hip-run "$HIP_RUN" --jobs "$jobs" \
  --every "$EVERY"
run "numeric cases, code for sm_80" env HIP_RUN_CUDA_FLAGS=--chip=sm_80 \
  python3 "$ROOT/test/device/run.py" --hip-run "$HIP_RUN" --jobs "$jobs" --every $((EVERY * 8))
cd "$ROOT" || exit 1
run "programs, lists, batches, properties" python3 -m pytest -q -n "$jobs" -p no:cacheprovider \
  --rootdir "$ROOT" --pipelines cuda test/numeric/test_{attention,batch,lists,programs,real,selection}.py \
  --deselect test/numeric/test_attention.py::test_output \
  --deselect test/numeric/test_selection.py::test_lists
run "long prompts" python3 "$ROOT/test/device/large.py" --hip-run "$HIP_RUN" --jobs "$jobs"
run "graphs, lists, kernels, alone and under sanitizers" judge_device_tests
ledger=()
((failed)) || ledger=(--ledger "${OUT:-$ROOT/test/device}/ledger.json")
run "released configurations" python3 "$ROOT/test/device/released.py" --tools "$TOOLS" \
  --jobs "$jobs" "${ledger[@]}"
((failed)) || [[ -z ${OUT:-} ]] || cp "$OUT/ledger.json" "$ROOT/test/device/"
step "$( ((failed)) && echo "something failed; no ledger" || echo "all passed")"
exit $failed
