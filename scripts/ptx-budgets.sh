#!/usr/bin/env bash
# Writes test/ptx/budgets.txt from what ptxas says of every released configuration, and prints what
# grew: a commit that raises a budget says why.
set -euo pipefail
source "$(dirname "$0")/env.sh"
"$PYTHON" "$ROOT/.ci/checks/ptx.py" "$ROOT" "$BUILD" --update
