"""hip-bench measures, and its NumPy baseline is dense attention."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOL = Path(os.environ.get("HIP_RUN", ROOT / "build" / "dev" / "bin" / "hip-run")).parent / "hip-bench"
FAKE_CUDA = TOOL.parents[1] / "test" / "unit" / "cuda" / "libHipFakeCuda.so"
sys.path.insert(0, str(ROOT / "benchmarks"))

import numpy_dense  # noqa: E402

ROW = re.compile(r"^ *([\d.]+) +([\d.]+)x +([\d.]+)x +([\d.]+)  (.*)$", re.M)


def bench(*words, cuda=""):
    return subprocess.run([TOOL, *words], cwd=ROOT, capture_output=True, text=True, timeout=120,
                          env={**os.environ, "HIPC_CUDA_LIBRARY": str(cuda)} if cuda else None)


def random_inputs(length):
    rng = np.random.default_rng(3)
    return [rng.standard_normal((heads, length, 64), np.float32) for heads in (8, 2, 2)]


def dense(q, k, v):
    """In float64, straight from the definition."""
    k, v = (np.repeat(array.astype(np.float64), 4, 0) for array in (k, v))
    scores = q.astype(np.float64) @ k.transpose(0, 2, 1) / 8
    scores[:, np.triu(np.ones(scores.shape[1:], bool), 1)] = -np.inf
    p = np.exp(scores - scores.max(-1, keepdims=True))
    return p / p.sum(-1, keepdims=True) @ v


def test_help_names_the_chips():
    """A text that is made at start lives as long as the flag."""
    line = re.search(r"^ *--chip=<string> +- (.*)$", bench("cuda", "--help").stdout, re.M)
    assert line and line[1].startswith("to compile for: native, sm_80") and line[1].endswith("(default: the GPU's own)")


@pytest.mark.parametrize("length", (1, 127, 128, 129, 1023, 1024, 1025, 1300))
@pytest.mark.parametrize("block_threads", (1, 2))
def test_the_baseline_is_dense_attention(length, block_threads):
    q, k, v = random_inputs(length)
    out = np.full_like(q, np.nan)
    numpy_dense.attend(q, k, v, out, range(2), range(0, length, 128), block_threads)
    np.testing.assert_allclose(out, dense(q, k, v), rtol=0, atol=1e-5)


def test_a_slice_stands_for_the_whole_work():
    every = range(0, 65536, 128)
    part = numpy_dense.keys_seen(every[8::16], 65536) * 16
    assert abs(part / numpy_dense.keys_seen(every, 65536) - 1) < 0.01


def test_cpu_prints_four_rows_and_their_ratios():
    done = bench("cpu", "--T", "256,300", "--threads", "2", "--pipeline", "reference", "--python",
                 sys.executable)
    assert done.returncode == 0, done.stderr
    assert re.findall(r"^T = (\d+), .*pipeline (\w+), median of (\d+)$", done.stdout, re.M) == \
        [("256", "reference", "3"), ("300", "reference", "3")]
    rows = ROW.findall(done.stdout)
    assert [row[4].split(",")[0].split("(")[0] for row in rows] == \
        ["numpy dense", "numpy dense", "hip dense", "hip tree"] * 2
    for table in (rows[:4], rows[4:]):
        times = [float(row[0]) for row in table]
        assert min(times) > 0
        for time, row in zip(times, table):
            assert float(row[1]) == pytest.approx(min(times[:2]) / time, abs=0.02, rel=0.02)
            assert float(row[2]) == pytest.approx(times[2] / time, abs=0.02, rel=0.02)
        assert all(float(row[3]) < 1024 for row in table)


def test_cpu_attends_over_given_lists():
    done = bench("cpu", "--T", "256", "--repeat", "1", "--python", sys.executable, "--block-q", "32",
                 "--block-k", "1,7", "--keep", "63", "--lists", "neighbours", "--heads", "kv")
    assert done.returncode == 0, done.stderr
    rows = ROW.findall(done.stdout)
    assert [row[4] for row in rows[4:]] == \
        [f"hip lists(32, {size}, keep 63), neighbours, heads kv" for size in (1, 7)]
    assert all(float(row[0]) > 0 for row in rows)


def test_cuda_prints_a_line_a_measurement():
    """Against a driver that says 1.5 ms of everything: work and names are right, and graphs run."""
    done = bench("cuda", "--T", "256,1000", "--what", "dense,sparse,window,decode:tree,hip", "--repeat",
                 "2", "--keep", "128", "--flush", cuda=FAKE_CUDA)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    names = ["dense", "sparse", "window", "decode:tree", "hip"]
    assert [(row["what"], row["T"]) for row in rows] == [(n, t) for n in names for t in (256, 1000)]
    assert {(row["ms"], row["graph_ms"], row["runs"], row["l2"]) for row in rows} == \
        {(1.5, 1.5, 2, "flushed")}
    assert {row["chip"] for row in rows} == {"sm_90a"}
    pairs = [256 * 257 / 2, 1000 * 1001 / 2,   # dense
             # 2 query blocks of no other block and one, 8 of none, one, one..., the last with 104 rows
             2 * 128 * 129 / 2 + 128**2,
             7 * 128 * 129 / 2 + 104 * 105 / 2 + 6 * 128**2 + 104 * 128,
             256 * 257 / 2, 1000 * 1001 / 2,   # the window holds all
             256, 1000,                        # one row
             256 * 257 / 2, 1000 * 1001 / 2]   # the window holds all
    for row, want in zip(rows, pairs):
        assert row["tflops"] == pytest.approx(want * 32 * 4 * 128 / 1.5e9, abs=1e-4)


def test_cuda_takes_kept_summaries():
    done = bench("cuda", "--T", "4096", "--what", "decode:boxes,decode:tree", "--repeat", "1", "--kept", cuda=FAKE_CUDA)
    assert done.returncode == 0, done.stderr
    boxes, tree = map(json.loads, done.stdout.splitlines())
    assert boxes["summaries"] == "kept"
    assert "summaries" not in tree



@pytest.mark.parametrize("words, pieces", [
    (["--what", "fast"], ["--what 'fast'", "3k-mean", "decode:POLICY"]),
    (["--what", "decode:sparse"], ["--what 'decode:sparse'"]), (["--heads", "none"], ["--heads 'none'"]),
    (["--batch", "0"], ["--batch 0"]),
    (["--block-k", "0"], ["--block-k 0", "at least 1 and at most 128"]),
    (["--block-k", "129"], ["--block-k 129", "at most 128"]),
    (["--block-q", "1025"], ["--block-q 1025", "at most 1024"]),
    (["--keep", "-1"], ["--keep -1", "at least 0"]), (["--seed", "-1"], ["--seed -1", "at least 0"]),
    (["--lists", "dense"], ["'dense'", "random, neighbours, first"]),
    (["--keep", "100", "--block-k", "1,8"], ["--keep 100", "--block-k 8", "96 and 104"]),
    (["--keep", "256"], ["--keep 256", "--T 128", "keep fewer or measure longer"]),
    (["--what", "tree,hip", "--block-k", "8"], ["--block-k is for given lists", "'tree,hip'", "add it"]),
    (["--chip", "sm_100a"], ["code for sm_100a does not run on Fake GPU"])])
def test_cuda_refuses(words, pieces):
    done = bench("cuda", "--T", "128", *words, cuda=FAKE_CUDA)
    assert done.returncode == 1 and not done.stdout
    for piece in pieces:
        assert piece in done.stderr


@pytest.mark.parametrize("heads, lists", [("query", 32), ("kv", 8), ("all", 8)])
def test_cuda_times_given_lists_alone(heads, lists):
    """Each kind of list by each size of block; work and bytes by S3."""
    done = bench("cuda", "--T", "1536", "--what", "sparse", "--repeat", "1", "--block-q", "64", "--block-k",
                 "1,8,32", "--keep", "32", "--lists", "random,neighbours,first", "--heads", heads,
                 "--seed", "3", cuda=FAKE_CUDA)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["lists"], row["block_k"]) for row in rows] == \
        [(kind, size) for kind in ("random", "neighbours", "first") for size in (1, 8, 32)]
    assert {(row["heads"], row["block_q"], row["keep"], row["causal"]) for row in rows} == \
        {(heads, 64, 32, True)}
    for row in rows:
        ends = [(first + 1) // row["block_k"] * row["block_k"] for first in range(0, 1536, 64)]  # S3
        pairs = sum(min(32, end) + 64 * m + i + 1 - end for m, end in enumerate(ends) for i in range(64))
        keys = sum(min(32, end) + 64 * m + 64 - end for m, end in enumerate(ends))
        assert row["tflops"] == pytest.approx(pairs * 32 * 4 * 128 / 1.5e9, abs=1e-4)
        assert row["kv_mib"] == pytest.approx(keys * lists * 2 * 2 * 128 / 2**20, abs=1e-4)


def test_cuda_times_lists_of_all_keys():
    done = bench("cuda", "--T", "1024", "--what", "sparse", "--repeat", "1", "--block-k", "16", "--keep",
                 "256", "--causal=false", cuda=FAKE_CUDA)
    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)
    assert (row["causal"], row["heads"]) == (False, "query")
    assert row["tflops"] == pytest.approx(1024 * 256 * 32 * 4 * 128 / 1.5e9, abs=1e-4)
    assert row["kv_mib"] == pytest.approx(8 * 256 * 32 * 512 / 2**20)


def test_cuda_refuses_lists_that_have_no_room():
    done = bench("cuda", "--T", "65536", "--what", "sparse", "--block-q", "1", "--block-k", "1", "--keep",
                 "4096", cuda=FAKE_CUDA)
    assert done.returncode == 1 and not done.stdout
    for piece in ("--keep 4096", "--block-k 1", str(65536 * 4096 * 32), str(2**30), "--heads kv"):
        assert piece in done.stderr


def test_host_prints_what_the_c_api_costs():
    done = bench("host", "--device", "cpu")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["what"] for row in rows] == [
        "cached look-up", "call, a tree's decode step", "call, 64 rows of dense attention",
        "process to its result, empty cache", "process to its result, full cache"]
    assert 0 < rows[0]["us"] < 200 and rows[1]["us"] > 0 and rows[2]["us"] > 0
    assert rows[4]["ms"] < rows[3]["ms"]


def test_host_checks_its_results():
    done = bench("host", "--device", "auto", cuda=FAKE_CUDA)  # a driver that computes nothing
    assert done.returncode == 1
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["what"] for row in rows] == [
        "cached look-up", "launch, an empty kernel by the driver", "launch, a tree's decode step"]
    assert all(row["target"] == "sm_90a" and 0 < row["us"] for row in rows)
    assert "a result has bits" in done.stderr and "mean of equal values" in done.stderr


def test_host_needs_the_library():
    done = bench("host", "--library", "/none/libhipc.so")
    assert done.returncode == 1 and not done.stdout
    assert "/none/libhipc.so" in done.stderr and "--library" in done.stderr


def test_tune_tries_schedules_around_the_compilers(tmp_path):
    """On a driver on which all take as long nothing is faster than the compiler's."""
    table = tmp_path / "sm_90a.json"
    table.write_text(json.dumps({"chip": "sm_90a", "kernels": [
        {"kernel": "another", "schedule": "threads = 128, rows = 64, columns = 64"}]}))
    done = bench("tune", "--T", "256,1000", "--what", "dense,decode:tree", "--repeat", "1", "--table", table,
                 "--persistent", "132", "--reorder", cuda=FAKE_CUDA)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    dense, tree = (line for line in lines if line.get("best"))
    assert dense["what"] == "dense" and "of many rows" in dense["kernel"] and "persistent" not in dense["model"]
    assert tree["what"] == "decode:tree" and "of few rows" in tree["kernel"] and "split_keys = 64" in tree["model"]
    for best in (dense, tree):
        tried = [line for line in lines if line["kernel"] == best["kernel"] and "best" not in line]
        assert best["tried"] == len(tried) and best["dropped"] == sum("dropped" in line for line in tried)
        assert (best["schedule"], best["gain"], best["bits"], best["T"]) == (best["model"], 1, "same", [256, 1000])
        assert best["ms"] == best["model_ms"] == {"256": 1.5, "1000": 1.5}
        assert best["model"] not in {line["schedule"] for line in tried}
        assert len({line["schedule"] for line in tried}) == len(tried)
    assert any("persistent = 132" in line["schedule"] for line in lines)
    assert any("split_keys = 128" in line["schedule"] for line in lines)
    assert [kernel["kernel"] for kernel in json.loads(table.read_text())["kernels"]] == ["another"]


@pytest.mark.parametrize("words, pieces", [
    (["--what", "sparse"], ["'sparse'", "takes policies"]), (["--rounds", "0"], ["--rounds 0"]),
    (["--persistent", "0"], ["--persistent 0"]),
    (["--what", "dense", "--table", "CMakeLists.txt"], ["CMakeLists.txt"])])
def test_tune_refuses(words, pieces):
    done = bench("tune", "--T", "128", "--repeat", "1", *words, cuda=FAKE_CUDA)
    assert done.returncode == 1
    for piece in pieces:
        assert piece in done.stderr


def serve(folder, *words):
    """The exit and what a script of the folder is given; modules that serve.py needs are empty files there."""
    for name in ("torch", "transformers", "hip_mlir"):
        (folder / f"{name}.py").touch()
    (folder / "script.py").write_text("import sys; print(*sys.argv[1:]); sys.exit('--fail' in sys.argv)")
    return subprocess.run([TOOL, "serve", "--python", sys.executable, "--serve-script", folder / "script.py", *words],
                          cwd=folder, capture_output=True, text=True, timeout=60,
                          env={**os.environ, "PYTHONPATH": str(folder)})


def test_serve_passes_flags_on_in_their_order(tmp_path):
    done = serve(tmp_path, "--requests", "24", "--prompt-tokens", "128", "256", "--seed=3", "--", "--help", "--python", "x")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["--requests", "24", "--prompt-tokens", "128", "256", "--seed=3", "--help", "--python", "x"]


def test_serve_says_that_its_script_failed(tmp_path):
    done = serve(tmp_path, "--fail")
    assert done.returncode == 1 and "script.py: ended with code 1" in done.stderr


def test_serve_says_what_is_missing(tmp_path):
    def told(*words):
        done = subprocess.run([TOOL, "serve", *words], cwd=tmp_path, capture_output=True, text=True, timeout=60,
                              env={**os.environ, "PYTHONPATH": str(tmp_path)})
        assert done.returncode == 1 and not done.stdout
        return done.stderr

    (tmp_path / "serve.py").touch()
    script = ("--serve-script", "serve.py")
    assert "no program 'none'" in told("--python", "none", *script)
    assert "no bare.py; run in a checkout" in told("--python", sys.executable, "--serve-script", "bare.py")
    isolated = tmp_path / "python"  # which has the standard library alone
    isolated.write_text(f"#!/bin/sh\nexec {sys.executable} -I -S \"$@\"\n")
    isolated.chmod(0o755)
    assert "has no numpy, torch, transformers, hip_mlir; pip install" in told("--python", str(isolated), *script)


@pytest.mark.parametrize("words, pieces", [
    ([], ["no subcommand"]), (["cpu", "--threads", "0"], ["--threads 0", "at least 1"]),
    (["cpu", "--T", "0"], ["--T 0", "at least 1"]), (["cpu", "--repeat", "-1"], ["--repeat -1"]),
    (["cpu", "--heads", "kv"], ["--heads 'kv'", "--block-k, --keep or --lists"]),
    (["cpu", "--T", "64", "--keep", "65", "--block-k", "1"], ["--keep 65", "--T 64"]),
    (["cpu", "--T", "64", "--python", "none"], ["'none'", "--python"]),
    (["cpu", "--T", "64", "--python", sys.executable, "--numpy-script", "none.py"],
     ["none.py", "code 2"]),
    (["cpu", "--T", "64", "--python", sys.executable, "--pipeline", "fast"],
     ["pipeline 'fast'", "reference"])])
def test_bad_input(words, pieces):
    done = bench(*words)
    assert done.returncode == 1
    for piece in pieces:
        assert piece in done.stderr
