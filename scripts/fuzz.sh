#!/usr/bin/env bash
# Looks for inputs that crash, hang or give something wrong. Usage: scripts/fuzz.sh MINUTES [KIND...] [OPTION...]
#   mutate    mutated MLIR through every pass, pipeline and tool
#   generate  random programs against NumPy, by --pipelines (reference,cpu; with a GPU reference,cpu,cuda)
#   packages  damaged packages and arrays
#   calls     random calls of the C API
# MINUTES is for each kind. --help lists the options; --tools and --library take those of another build. What fails is kept,
# with the command that shows it, in fuzz-findings or --keep. It needs python3 with NumPy, and ml_dtypes for bf16.
set -euo pipefail
source "$(dirname "$0")/env.sh"
[[ -x $PYTHON ]] || PYTHON=python3
# NumPy's threads would fight with each other.
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
exec "$PYTHON" "$ROOT/test/fuzz/fuzz.py" "$@"
