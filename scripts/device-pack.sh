#!/usr/bin/env bash
# Builds the self-contained tools and packs what a GPU machine needs of them, stripped, into
# build/device/tools.tar.xz. Usage: scripts/device-pack.sh [hip-opt] [hipc]
# hip-opt and hipc, which is libhipc.so, are what scripts/fuzz.sh takes besides.
set -euo pipefail
PRESET=static
source "$(dirname "$0")/env.sh"
cd "$ROOT"
[[ -f $BUILD/build.ninja ]] || cmake --preset static
TOOLS=(hip-run hip-bench hip-compile hip-device-tests "$@")
ninja -C "$BUILD" "${TOOLS[@]}"
rm -rf build/device
mkdir -p build/device/bin
for tool in "${TOOLS[@]}"; do
  file=bin/$tool
  [[ $tool != hipc ]] || file=lib/libhipc.so
  llvm-strip -o "build/device/bin/${file#*/}" "$(readlink -f "$BUILD/$file")"
done
tar -C build/device -cf build/device/tools.tar bin
xz -T0 --x86 --lzma2=preset=2,dict=192MiB build/device/tools.tar
rm -r build/device/bin
ls -l build/device/tools.tar.xz
