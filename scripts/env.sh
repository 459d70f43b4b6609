# Sourced by the other scripts: where things are, and how ccache treats the
# precompiled header.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
export PATH=/usr/lib/llvm-22/bin:$PATH
PRESET=${PRESET:-dev}
BUILD=$ROOT/build/$PRESET
PYTHON=$ROOT/.venv/bin/python

step() { printf '\n== %s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }
