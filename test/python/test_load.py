"""Packages made ahead of time."""

import subprocess
from pathlib import Path

import hip_run
import numpy as np
import pytest

import hip_mlir

FLAGS = ["attention", "--dtype", "f32", "--query-heads", "4", "--kv-heads", "2", "--head-size", "32", "--sink", "32",
         "--window", "32"]
TREE = "--policy", "tree<keep = 32>"


def compiled(folder, *flags):
    path = folder / "program.hipc"
    subprocess.run([Path(hip_run.find()).with_name("hip-compile"), *FLAGS, *flags, "-o", path], check=True)
    return path


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return compiled(tmp_path_factory.mktemp("cpu"), *TREE, "--chip", "cpu")


def test_runs_as_what_is_compiled_here(package, integers):
    q, k, v = integers(1, 4, 200, 32), integers(1, 2, 300, 32), integers(1, 2, 300, 32)
    wanted = hip_mlir.attention(q, k, v, hip_mlir.Tree(keep=32), sink=32, window=32)
    for source in (package, str(package), package.read_bytes(), bytearray(package.read_bytes())):
        program = hip_mlir.load(source)
        assert (program.inputs, program.outputs) == (3, 1)
        assert np.array_equal(program(q, k, v), wanted)
    assert "hip.prune" in program.explain()
    assert np.array_equal(hip_mlir.Engine("cpu").load(package)(q, k, v), wanted)


def test_a_decode_of_summaries_and_kept_lists(tmp_path, integers):
    """Two packages that share what the caller keeps give what Python's own calls do."""
    policy = hip_mlir.Union(hip_mlir.Tree(keep=32), hip_mlir.Boxes(levels=((16, 64),), keep=16))
    flags = ["--policy", str(policy), "--chip", "cpu"]
    summarize = hip_mlir.load(compiled(tmp_path, *flags, "--summarize"))
    step = hip_mlir.load(compiled(tmp_path, *flags, "--refresh", "3,1", "--inputs", "summaries"))
    assert (step.inputs, step.outputs) == (7, 3)
    k, v = integers(1, 2, 300, 32), integers(1, 2, 300, 32)
    counter, lists = np.zeros(1, np.int32), [np.zeros((1, 2, 1, 16), np.int32), np.zeros((1, 2, 1), np.int32)]
    refresh = hip_mlir.Refresh(counter, (3, 1))
    for keys in range(290, 296):
        q, here = integers(1, 4, 1, 32), (k[:, :, :keys], v[:, :, :keys])
        out, *lists = step(q, *here, counter, *lists, summarize(here[0]))
        wanted = hip_mlir.attention(q, *here, policy, sink=32, window=32, refresh=refresh)
        np.testing.assert_array_equal(out, wanted)
        counter += 1


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
        hip_mlir.Engine("cpu").load(compiled(tmp_path, *TREE, "--chip", "sm_90a"))
