#!/usr/bin/env bash
# Installs what is missing, builds, and asks a language model for a number hidden in a long text,
# with each policy. Extra arguments go to scripts/demo.py.
set -euo pipefail
source "$(dirname "$0")/env.sh"
echo "The first run downloads about 500 MB and builds for about ten minutes on two cores; then it takes some minutes."
bash "$ROOT/scripts/setup.sh" build
bash "$ROOT/scripts/build.sh" "$PRESET" hip-run hipc
export HIPC_LIBRARY=$BUILD/lib/libhipc.so
exec "$PYTHON" "$ROOT/scripts/demo.py" --hip-run "$BUILD/bin/hip-run" "$@"
