#!/usr/bin/env bash
# Configures and builds a preset (default: dev). Usage: scripts/build.sh [PRESET]
set -euo pipefail
PRESET=${1:-${PRESET:-dev}}
source "$(dirname "$0")/env.sh"

step "building $PRESET"
cd "$ROOT"
[[ -f $BUILD/build.ninja ]] || cmake --preset "$PRESET"
# A compile job takes up to 2 GiB.
memory_jobs=$(awk '/MemAvailable/ { print int($2 / 2097152) }' /proc/meminfo)
jobs=$(nproc)
((memory_jobs >= 1 && memory_jobs < jobs)) && jobs=$memory_jobs
ninja -C "$BUILD" -j "$jobs"
