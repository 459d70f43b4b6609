"""The wheel: a package that finds its own library."""

import base64
import csv
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile

import pytest
from conftest import ROOT

from hip_mlir import _library

sys.path.insert(0, str(ROOT / "scripts"))

import wheel  # noqa: E402


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A wheel around the library of the tests, which may need libMLIR."""
    if not shutil.which(wheel.OBJDUMP):
        pytest.skip(f"{wheel.OBJDUMP} is not installed")
    monkeypatch.setattr(wheel, "check_needed", lambda library: None)
    return wheel.write(_library.find(), tmp_path / "wheels")


def test_installs_and_runs(made, tmp_path):
    place = tmp_path / "site"
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--target", place,
                    made], check=True, capture_output=True)
    code = "import hip_mlir; from hip_mlir import _library; print(hip_mlir.version(), _library.find())"
    env = {**{k: v for k, v in os.environ.items() if k != "HIPC_LIBRARY"}, "PYTHONPATH": str(place)}
    done = subprocess.run([sys.executable, "-c", code], env=env, cwd=tmp_path, check=True, text=True,
                          capture_output=True)
    assert done.stdout.split() == [wheel.version(), str(place / "hip_mlir/lib/libhipc.so")]


def test_record(made):
    with zipfile.ZipFile(made) as file:
        names = set(file.namelist())
        record, = (name for name in names if name.endswith("/RECORD"))
        rows = list(csv.reader(file.read(record).decode().splitlines()))
        assert {name for name, *_ in rows} == names
        for name, digest, size in rows:
            if name != record:
                data = file.read(name)
                wanted = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
                assert (digest, int(size)) == (f"sha256={wanted}", len(data))
    assert {"hip_mlir/py.typed", "hip_mlir/integrations/transformers.py", "hip_mlir/lib/libhipc.so"} <= names


def test_refuses_foreign_libraries(monkeypatch):
    monkeypatch.setattr(wheel, "objdump", lambda *_: "  NEEDED       libc.so.6\n  NEEDED       libMLIR.so.22.1\n")
    with pytest.raises(SystemExit, match=r"libMLIR.so.22.1, which"):
        wheel.check_needed("libhipc.so")


def test_tag(monkeypatch):
    monkeypatch.setattr(wheel, "objdump", lambda *_: " (GLIBC_2.4) memcpy\n (GLIBC_2.34) pthread_create\n")
    assert wheel.tag("libhipc.so").startswith("py3-none-manylinux_2_34_")
