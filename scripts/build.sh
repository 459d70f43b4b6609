#!/usr/bin/env bash
# Configures and builds a preset (default: dev), or some targets of it without
# its tests. Usage: scripts/build.sh [PRESET [TARGET...]]
set -euo pipefail
PRESET=${1:-${PRESET:-dev}}
targets=("${@:2}")
source "$(dirname "$0")/env.sh"

step "building $PRESET${targets[*]:+: ${targets[*]}}"
cd "$ROOT"
if ((${#targets[@]})); then
  [[ -f $BUILD/build.ninja ]] || cmake --preset "$PRESET" -DBUILD_TESTING=OFF
elif ! grep -qs '^BUILD_TESTING:BOOL=ON' "$BUILD/CMakeCache.txt"; then
  cmake --preset "$PRESET" -DBUILD_TESTING=ON
fi
# A compile job takes up to 2 GiB.
memory_jobs=$(awk '/MemAvailable/ { print int($2 / 2097152) }' /proc/meminfo)
jobs=$(nproc)
((memory_jobs >= 1 && memory_jobs < jobs)) && jobs=$memory_jobs
ninja -C "$BUILD" -j "$jobs" "${targets[@]}"
