#!/usr/bin/env bash
# Builds libhipc.so by itself, stripped, and a wheel of the package `hip_mlir` with it, in build/wheel.
# Usage: scripts/wheel.sh [LIBRARY]; a libhipc.so that is given is packed instead of a new one.
set -euo pipefail
PRESET=static
source "$(dirname "$0")/env.sh"
cd "$ROOT"
library=${1:-}
if [[ -z $library ]]; then
  [[ -f $BUILD/build.ninja ]] || cmake --preset static
  ninja -C "$BUILD" hipc
  library=$BUILD/lib/libhipc.so
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
llvm-strip -o "$folder/libhipc.so" "$library"
rm -rf build/wheel
python3 scripts/wheel.py "$folder/libhipc.so" build/wheel
ls -l build/wheel
