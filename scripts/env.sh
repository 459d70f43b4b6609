# Sourced by the other scripts: where things are, and how ccache treats the
# precompiled header.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
export PATH=/usr/lib/llvm-22/bin:$PATH
PRESET=${PRESET:-dev}
BUILD=$ROOT/build/$PRESET
PYTHON=$ROOT/.venv/bin/python
# The assembler that budgets are for comes with .venv; tools look for one on the PATH.
for folder in "$ROOT"/.venv/lib/python3*/site-packages/nvidia/cu13/bin; do
  [[ -x $folder/ptxas ]] && export PTXAS=$folder/ptxas PATH=$PATH:$folder
done

step() { printf '\n== %s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }
