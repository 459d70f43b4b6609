#!/usr/bin/env bash
# Installs what hip-mlir needs on Debian 12 (MLIR 22 is in its security
# archive): packages that are missing, and a Python environment in .venv.
# Usage: scripts/setup.sh [PACKAGE...], for packages beyond what every build needs.
set -euo pipefail
source "$(dirname "$0")/env.sh"

PACKAGES=(libmlir-22-dev mlir-22-tools llvm-22-dev llvm-22-tools clang-22
          clang-format-22 clang-tidy-22 lld-22 libzstd-dev zlib1g-dev cmake
          ninja-build ccache git ca-certificates libgtest-dev python3
          python3-venv pkg-config make binutils "$@")

missing=()
for package in "${PACKAGES[@]}"; do
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
  DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -q \
    --no-install-recommends "${missing[@]}"
fi

stamp=$ROOT/.venv/requirements.txt
if ! cmp -s "$ROOT/requirements.txt" "$stamp"; then
  step "making the Python environment .venv"
  rm -rf "$ROOT/.venv"
  python3 -m venv "$ROOT/.venv"
  "$ROOT/.venv/bin/pip" install --quiet --disable-pip-version-check \
    --no-deps -r "$ROOT/requirements.txt"
  cp "$ROOT/requirements.txt" "$stamp"
fi
