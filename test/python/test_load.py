"""Packages made ahead of time."""

import subprocess
from pathlib import Path

import hip_run
import numpy as np
import pytest

import hip_mlir

FLAGS = ["attention", "--dtype", "f32", "--query-heads", "4", "--kv-heads", "2", "--head-size", "32", "--policy",
         "tree<keep = 32>", "--sink", "32", "--window", "32"]


def compiled(folder, *flags):
    path = folder / "program.hipc"
    subprocess.run([Path(hip_run.find()).with_name("hip-compile"), *FLAGS, *flags, "-o", path], check=True)
    return path


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return compiled(tmp_path_factory.mktemp("cpu"), "--chip", "cpu")


def test_runs_as_what_is_compiled_here(package, integers):
    q, k, v = integers(1, 4, 200, 32), integers(1, 2, 300, 32), integers(1, 2, 300, 32)
    wanted = hip_mlir.attention(q, k, v, hip_mlir.Tree(keep=32), sink=32, window=32)
    for source in (package, str(package), package.read_bytes(), bytearray(package.read_bytes())):
        program = hip_mlir.load(source)
        assert (program.inputs, program.outputs) == (3, 1)
        assert np.array_equal(program(q, k, v), wanted)
    assert "hip.prune" in program.explain()
    assert np.array_equal(hip_mlir.Engine("cpu").load(package)(q, k, v), wanted)


@pytest.mark.parametrize("kind, error, text", [
    ("gone", hip_mlir.NotFoundError, "gone.hipc"), ("number", TypeError, "package is a int; give a path, or the bytes"),
    ("text", hip_mlir.CorruptError, "."), ("cut", hip_mlir.CorruptError, "."), ("changed", hip_mlir.CorruptError, "."),
    ("empty", hip_mlir.CorruptError, ".")])
def test_refuses(package, tmp_path, kind, error, text):
    good = package.read_bytes()
    source = {"gone": tmp_path / "gone.hipc", "number": 7, "text": b"func.func @f() { return }", "cut": good[:-9],
              "changed": good[:-9] + bytes([good[-9] ^ 1]) + good[-8:], "empty": b""}[kind]
    with pytest.raises(error, match=text):
        hip_mlir.load(source)


def test_refuses_code_for_a_gpu(tmp_path):
    with pytest.raises(hip_mlir.InvalidError,
                       match="code for sm_90a, but the engine is for .*; create one for a GPU, or compile"):
        hip_mlir.Engine("cpu").load(compiled(tmp_path, "--chip", "sm_90a"))
