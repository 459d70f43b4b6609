#!/usr/bin/env bash
# Installs what is missing, builds, and runs HiP attention on the real queries,
# keys and values of examples/data. Extra arguments go to scripts/demo.py.
set -euo pipefail
source "$(dirname "$0")/env.sh"
echo "The first run downloads about 500 MB and builds for about ten minutes on two cores; then it takes a minute."
bash "$ROOT/scripts/setup.sh" build
bash "$ROOT/scripts/build.sh" "$PRESET" hip-run
exec "$PYTHON" "$ROOT/scripts/demo.py" --hip-run "$BUILD/bin/hip-run" "$@"
