#!/usr/bin/env bash
# Builds with sanitizers and runs what they can find. Usage: scripts/sanitize.sh asan|tsan [EVERY]
#   asan  address and undefined behaviour: unit tests, lit, every 40th numeric case or every EVERYth
#   tsan  threads: unit tests, lit, attention on two and four threads
set -euo pipefail
PRESET=${1:?asan or tsan}
EVERY=${2:-40}
source "$(dirname "$0")/env.sh"
bash "$ROOT/scripts/setup.sh" test libclang-rt-22-dev
bash "$ROOT/scripts/build.sh" "$PRESET"
# LLVM is not instrumented: containers and arenas that cross into it look overrun, and it keeps what
# it allocates. What is freed is kept for a while, but not so much that tests of constant memory see it grow.
# Sizes that no machine has are asked for in tests: the allocator's answer is null, as elsewhere.
ASAN_OPTIONS=detect_container_overflow=0:allow_user_poisoning=0:detect_leaks=0:quarantine_size_mb=1
export ASAN_OPTIONS=$ASAN_OPTIONS:allocator_may_return_null=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export TSAN_OPTIONS="halt_on_error=1:allocator_may_return_null=1:suppressions=$ROOT/scripts/tsan.supp"
HIPC_CACHE_DIR=$(mktemp -d)
export HIPC_CACHE_DIR
trap 'rm -rf "$HIPC_CACHE_DIR"' EXIT

step "$PRESET: unit tests"
for program in "$BUILD"/bin/*Tests; do
  "$program" --gtest_brief=1
done
step "$PRESET: lit"
/usr/lib/llvm-22/bin/lit -sv "$BUILD/test"
if [[ $PRESET == asan ]]; then
  step "asan: numeric"
  HIP_RUN=$BUILD/bin/hip-run "$PYTHON" -m pytest -q -n "$(nproc)" "$ROOT/test/numeric" --every "$EVERY"
else
  step "tsan: attention"
  for threads in 2 4; do
    "$BUILD/bin/hip-run" attention --no-cache --threads $threads --out "$HIPC_CACHE_DIR/out.npy" \
      --policy 'tree<block_q = 64, block_k = 2, keep = 512>' --sink 128 --window 512 \
      --q "$ROOT/examples/data/passkey_q.npy" --k "$ROOT/examples/data/passkey_k.npy" \
      --v "$ROOT/examples/data/passkey_v.npy"
  done
fi
step "$PRESET: nothing found"
