#!/usr/bin/env bash
# Installs what hip-mlir needs on Debian 12 (MLIR 22 is in its security
# archive): packages that are missing, and a Python environment in .venv.
# Usage: scripts/setup.sh build|test [PACKAGE...]: to build and run, or to run
# the tests as well; and packages beyond those.
set -euo pipefail
source "$(dirname "$0")/env.sh"
purpose=${1:-test}

packages=(libmlir-22-dev mlir-22-tools llvm-22-dev clang-22 lld-22 libzstd-dev
          zlib1g-dev cmake ninja-build git ca-certificates python3 python3-venv "${@:2}")
requirements=(requirements.txt)
case $purpose in
  build) ;;
  test)
    packages+=(llvm-22-tools clang-format-22 clang-tidy-22 ccache libgtest-dev
               pkg-config make binutils)
    requirements+=(requirements-test.txt)
    ;;
  *) fail "purpose '$purpose' is not one of build and test" ;;
esac

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' ||
    missing+=("$package")
done
if ((${#missing[@]})); then
  step "installing ${missing[*]}"
  command -v apt-get >/dev/null ||
    fail "this script installs Debian 12 packages with apt-get, which is not here; install ${missing[*]} by hand"
  sudo=()
  ((EUID == 0)) || sudo=(sudo)
  "${sudo[@]}" apt-get update -q
  apt-get install --no-install-recommends --print-uris -qq "${missing[@]}" |
    awk '{ bytes += $3 } END { printf "downloads %d MB\n", bytes / 1e6 }'
  DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -q \
    --no-install-recommends "${missing[@]}"
fi

# It holds what the files list and no more: one that has changed makes it anew.
for file in requirements.txt requirements-test.txt; do
  [[ ! -f $ROOT/.venv/$file ]] || cmp -s "$ROOT/$file" "$ROOT/.venv/$file" ||
    rm -rf "$ROOT/.venv"
done
[[ -x $PYTHON ]] || python3 -m venv "$ROOT/.venv"
for file in "${requirements[@]}"; do
  cmp -s "$ROOT/$file" "$ROOT/.venv/$file" && continue
  step "installing the Python packages of $file in .venv"
  "$ROOT/.venv/bin/pip" install --quiet --disable-pip-version-check \
    --no-deps -r "$ROOT/$file"
  cp "$ROOT/$file" "$ROOT/.venv/$file"
done
