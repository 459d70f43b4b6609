"""The wheel, as scripts/wheel.sh makes it: a package with the library inside, for every Linux of its tag."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Runs in an environment that has the wheel and NumPy, in an empty folder.
USER = """
import hip_mlir, numpy as np
q, k, v = (np.random.default_rng(0).standard_normal((1, heads, 2048, 64), dtype=np.float32) for heads in (4, 2, 2))
dense = hip_mlir.attention(q, k, v)
close = hip_mlir.attention(q, k, v, hip_mlir.Boxes(keep=2048), sink=64, window=64)
assert np.abs(dense - close).max() < 1e-5
print(hip_mlir.__version__, hip_mlir.version(), hip_mlir.__file__)
"""


@pytest.fixture(scope="session")
def wheel():
    """Fails where the library needs what not every Linux has, or is too large."""
    subprocess.run([ROOT / "scripts/wheel.sh"], check=True)
    made, = (ROOT / "build/wheels").glob("*.whl")
    return made


def test_is_of_all_pythons_and_a_known_linux(wheel):
    assert re.fullmatch(r"hip_mlir-[\d.]+-py3-none-manylinux_2_\d+_\w+", wheel.stem)


def test_holds_the_package_and_one_library(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    sources = {path.relative_to(ROOT / "python").as_posix() for path in (ROOT / "python/hip_mlir").rglob("*.py")}
    assert sources | {"hip_mlir/py.typed"} <= names
    assert [name for name in names if ".so" in name] == ["hip_mlir/lib/libhipc.so"]


def test_installs_and_runs_without_the_tree(wheel, tmp_path):
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target",
                    tmp_path / "site", wheel], check=True)
    done = subprocess.run([sys.executable, "-c", USER], cwd=tmp_path, check=True, text=True, capture_output=True,
                          env={"PYTHONPATH": str(tmp_path / "site"), "HIPC_CACHE_DIR": str(tmp_path / "cache")})
    package, library, file = done.stdout.split()
    assert package == library and file == str(tmp_path / "site/hip_mlir/__init__.py")
