#!/usr/bin/env bash
# On a machine with an NVIDIA GPU: everything that only a GPU can show. Writes test/device/ledger.json,
# and into $OUT if that is set, only if all of it passed. Usage: scripts/device-test.sh [TOOLS]
# TOOLS is a folder with the static hip-run, hip-compile and hip-device-tests, by default what
# scripts/device-pack.sh left in build/device. python3 needs numpy, ml_dtypes, pytest and pytest-xdist.
# Steps and released configurations that pass are listed in passed.txt, in $OUT or build/device; what the file RESUME
# lists of the same tools and tests is not run again.
set -uo pipefail
source "$(dirname "$0")/env.sh"
export PATH=$PATH:/usr/local/cuda/bin PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
cd "$ROOT" || exit 1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
TOOLS=${1:-$folder/bin}
if (($# == 0)); then
  python3 -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])' \
    build/device/tools.tar.xz "$folder" || fail "no tools; run scripts/device-pack.sh first"
fi
# Before OMP_NUM_THREADS is set, which nproc takes for its answer.
CORES=$(nproc)
# NumPy's threads would fight with each other.
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 HIPC_CACHE_DIR=$folder/cache
export HIP_RUN=$TOOLS/hip-run
# Of the numeric cases every EVERYth, of the other programs every third: each is a program of its own, which takes a
# processor some seconds. Released configurations are run on many shapes instead.
EVERY=${EVERY:-8}
RESUME=${RESUME:-/dev/null}
failed=0

PASSED=${OUT:-build/device}/passed.txt
same=$({
  (cd "$TOOLS" && sha256sum *)
  find test/device test/numeric test/ptx -name '*.py' -exec sha256sum {} + | sort
} | sha256sum | cut -c1-16)
earlier=$(grep "^$same " "$RESUME")
[[ -z $earlier ]] || echo "$earlier" >"$PASSED.new"
: >>"$PASSED.new" && mv "$PASSED.new" "$PASSED"
has_passed() { grep -qxF "$same $1" "$PASSED"; }

# run NAME COMMAND...: goes on after a failure.
run() {
  if has_passed "$1"; then
    step "$1: passed before"
    return
  fi
  step "$1"
  local begin=$SECONDS
  if "${@:2}"; then
    echo "$same $1" >>"$PASSED"
  else
    echo "FAIL $1"
    failed=1
  fi
  echo "$1: $((SECONDS - begin)) s"
}

# First what matrix units and the driver do with registers and shared memory: nothing else is worth its time where that
# is not what kernels take for granted. A failure says which unit, layout and driver, and how to go without.
witnesses() {
  "$TOOLS/hip-device-tests" --gtest_brief=1 --gtest_filter='Witness.*'
}
run "witnesses of matrix units" witnesses
if ((failed)); then
  step "a matrix unit fails; nothing else was run"
  exit 1
fi

# The programs of test/device, alone and under each sanitizer, while the CPU is busy with NumPy. Sanitizers see
# every kind of kernel once, in two halves side by side.
KINDS=(alone memcheck racecheck initcheck synccheck)
EVERY_KIND='*_f16_333:*_f16_1:*_f32_333:*_paged:Lists*:Places*:Unions*'
device_tests() { # KIND HALF
  local prefix=() filter='*:-Witness.*' shards=1
  if [[ $1 != alone ]]; then
    prefix=(compute-sanitizer --tool "$1" --error-exitcode 1)
    filter=$EVERY_KIND
    shards=2
  fi
  local begin=$SECONDS status=0
  GTEST_TOTAL_SHARDS=$shards GTEST_SHARD_INDEX=$2 HIPC_CACHE_DIR=$folder/cache-$1-$2 \
    "${prefix[@]}" "$TOOLS/hip-device-tests" --gtest_brief=1 --gtest_filter="$filter" \
    >"$folder/$1-$2.log" 2>&1 || status=$?
  echo "after $((SECONDS - begin)) s" >>"$folder/$1-$2.log"
  return $status
}
declare -A started
judge_device_tests() { # KIND
  local half status=0
  for half in 0 1; do
    [[ -n ${started[$1-$half]:-} ]] || continue
    if wait "${started[$1-$half]}"; then
      grep -h 'PASSED\|\(ERROR\|RACECHECK\) SUMMARY\|^after' "$folder/$1-$half.log"
    else
      status=1
      tail -n 40 "$folder/$1-$half.log"
    fi
  done
  return $status
}

for kind in "${KINDS[@]}"; do
  has_passed "device tests, $kind" && continue
  for half in 0 1; do
    [[ $kind$half == alone1 ]] && continue
    device_tests "$kind" "$half" &
    started[$kind-$half]=$!
  done
done
jobs=$((CORES > 5 ? CORES - 4 : 1))
run "numeric cases, code for sm_80" env HIP_RUN_CUDA_FLAGS=--chip=sm_80 \
  python3 test/device/run.py --hip-run "$HIP_RUN" --jobs "$jobs" --every $((EVERY * 3))
run "programs, lists, batches, properties" python3 -m pytest -q -n "$jobs" -p no:cacheprovider \
  --rootdir "$ROOT" --pipelines cuda --every 3 test/numeric/test_{attention,auto,band_at_run,batch,lists,magnitudes,masks,operands,paged_summaries,places,programs,ragged,real,refresh,score_units,selection,union}.py \
  --deselect test/numeric/test_attention.py::test_output \
  --deselect test/numeric/test_selection.py::test_lists
run "long prompts" python3 test/device/large.py --hip-run "$HIP_RUN" --jobs "$jobs"
run "numeric cases, twice" python3 test/device/run.py --hip-run "$HIP_RUN" --jobs "$jobs" \
  --every "$EVERY"
for kind in "${KINDS[@]}"; do
  run "device tests, $kind" judge_device_tests "$kind"
done
if ((!failed)); then
  run "released configurations" python3 test/device/released.py --tools "$TOOLS" \
    --jobs "$CORES" --journal "$PASSED" --key "$same" --ledger "${OUT:-test/device}/ledger.json"
  ((failed)) || [[ -z ${OUT:-} ]] || cp "$OUT/ledger.json" test/device/
fi
step "$( ((failed)) && echo "something failed; no ledger" || echo "all passed")"
exit $failed
