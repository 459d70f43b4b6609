#!/usr/bin/env bash
# Installs what is missing, builds, and runs HiP attention on the real queries,
# keys and values of examples/data. Extra arguments go to scripts/demo.py.
set -euo pipefail
source "$(dirname "$0")/env.sh"
bash "$ROOT/scripts/setup.sh"
bash "$ROOT/scripts/build.sh" "$PRESET"
exec "$PYTHON" "$ROOT/scripts/demo.py" --hip-run "$BUILD/bin/hip-run" "$@"
