"""hip-run attention --report: beside masks of all keys, made of the run's own lists by rule S3."""

import json
import os
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOL = Path(os.environ.get("HIP_RUN", ROOT / "build" / "dev" / "bin" / "hip-run"))
FAKE_CUDA = TOOL.parents[1] / "test" / "unit" / "cuda" / "libHipFakeCuda.so"
SINK, WINDOW, TOP, ROWS, KEYS = 32, 24, 8, 150, 200
# Text -> (query rows of a band, coarsest chunk, query rows of a list, keys of a block).
POLICIES = {
    "tree<block_q = 16, block_k = 2, keep = 16>": (16, 2, 16, 2),
    "boxes<block_q = 16, block_k = 4, levels = [(16, 64)], keep = 16>": (16, 16, 16, 4),
    "stages<[(32, 16, 64, 2), (16, 4, 16, 1)]>": (32, 16, 16, 4),
    "union<[tree<block_q = 16, block_k = 6, keep = 12>, boxes<block_q = 16, block_k = 8, levels = [(32, 64)],"
    " keep = 16>]>": (16, 96, 16, 2),
    "window<block_q = 16>": (16, 1, None, None),
    "dense": None,
}
TREE, BOXES, STAGES, UNION, WINDOWED, DENSE = POLICIES


def save(folder, rng, dtype, batch=()):
    """Arrays of 4 heads over 2, and the flags that name them."""
    arrays = [rng.standard_normal((*batch, heads, rows, 16)).astype(dtype)
              for heads, rows in ((4, ROWS), (2, KEYS), (2, KEYS))]
    arrays[1][..., 100, :] *= 4
    for name, array in zip("qkv", arrays):
        np.save(folder / f"{name}.npy", array)
    return arrays, [word for name in "qkv" for word in (f"--{name}", folder / f"{name}.npy")]


def run(*words, code=0, cuda=None):
    done = subprocess.run([TOOL, "attention", *words], capture_output=True, text=True, timeout=120,
                          env={**os.environ, "HIPC_CUDA_LIBRARY": str(cuda)} if cuda else None)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def sink(policy):
    """A multiple of what the policy needs."""
    return 96 if policy == UNION else SINK


def attended(policy, row, causal, blocks, counts):
    """Which keys a row attends, of those it sees."""
    key = np.arange(KEYS - ROWS + row + 1 if causal else KEYS)
    if policy == DENSE:
        return key >= 0
    band_rows, chunk, list_rows, size = POLICIES[policy]
    visible = KEYS - ROWS + row // band_rows * band_rows + 1 if causal else KEYS
    band = sink(policy) + max(0, visible - WINDOW - sink(policy)) // chunk * chunk
    kept = (key < sink(policy)) | (key >= band)
    if blocks is not None:
        place = row // list_rows
        kept |= np.isin(key // size, blocks[place, :counts[place]])
    return kept


def expected(q, key, value, out, kept, scale, cap):
    """(mass, best, recall, error, keys) of a row of a head by the definitions."""
    raw = key[:len(kept)].astype(np.float64) @ q.astype(np.float64)
    scores = scale * raw
    scores = cap * np.tanh(scores / cap) if cap else scores
    weights = np.exp(scores - scores.max())
    dense = weights / weights.sum() @ value[:len(kept)]
    order = np.argsort(-raw * np.sign(scale), kind="stable")
    return (weights[kept].sum() / weights.sum(), kept[order[0]], kept[order[:TOP]].mean(),
            np.linalg.norm(out - dense) / np.linalg.norm(dense), kept.sum())


@pytest.mark.parametrize("policy, causal, heads, dtype, scale, cap", [
    *((policy, True, "query", np.float32, 0.25, None) for policy in POLICIES),
    *((policy, False, "kv", np.float16, 0.25, None) for policy in POLICIES),
    (TREE, True, "all", np.float16, 0.5, 2.0), (BOXES, True, "kv", np.float32, -0.25, None)])
def test_report(tmp_path, policy, causal, heads, dtype, scale, cap):
    (q, k, v), files = save(tmp_path, np.random.default_rng(5), dtype)
    lists = [] if policy in (WINDOWED, DENSE) else ["--blocks", tmp_path / "b.npy", "--counts", tmp_path / "c.npy"]
    options = ["--policy", policy, "--sink", str(sink(policy)), "--window", str(WINDOW), f"--causal={str(causal).lower()}",
               "--heads", heads, "--scale", str(scale), *(["--softcap", str(cap)] if cap else [])]
    printed = run(*files, *options, *lists, "--device", "cpu", "--out", tmp_path / "o.npy", "--report=json",
                  "--report-rows", "9", "--report-top", str(TOP))
    got = json.loads(printed.splitlines()[-1])
    out = np.load(tmp_path / "o.npy").astype(np.float64)
    blocks, counts = (np.load(tmp_path / f"{name}.npy") if lists else [None] * 4 for name in "bc")
    assert (got["policy"], got["top"]) == (policy, TOP)
    assert got["seen"] == [KEYS - ROWS + row + 1 if causal else KEYS for row in got["rows"]]
    def want_of(head, row):
        of = head * len(blocks) // 4
        kept = attended(policy, row, causal, blocks[of], counts[of])
        return expected(q[head, row], k[head // 2], v[head // 2], out[head, row], kept, scale, cap)

    want = np.array([[want_of(head, row) for row in got["rows"]] for head in range(4)], float)
    for place, name in enumerate(("mass", "best", "recall", "error", "keys")):
        # Both outputs that an error is of are rounded to the type.
        rounded = name == "error" and dtype == np.float16
        np.testing.assert_allclose(got[name]["heads"], want[..., place].mean(1), rtol=1e-4, atol=1e-3 if rounded else 1e-5)
        assert got[name]["mean"] == pytest.approx(np.mean(got[name]["heads"]))
    assert got["share"] == pytest.approx((want[..., 4] / got["seen"]).mean())


def test_table_needs_no_file_for_the_result(tmp_path):
    _, files = save(tmp_path, np.random.default_rng(5), np.float32)
    printed = run(*files, "--policy", TREE, "--sink", "32", "--device", "cpu", "--report")
    assert printed.splitlines()[4] == f"{TREE} on 4 query rows"
    for words in ("report: ", "  mass kept        0.", "  best key kept    ", "  best 64 kept     ", "  output error     ",
                  "  keys attended    "):
        assert f"\n{words}" in printed
    assert sorted(path.name for path in tmp_path.iterdir()) == ["k.npy", "q.npy", "v.npy"]


def test_says_what_it_cost(tmp_path):
    _, files = save(tmp_path, np.random.default_rng(5), np.float32)
    done = subprocess.run([TOOL, "attention", *files, "--policy", TREE, "--sink", "32", "--device", "cpu", "--report",
                           "--timing"], capture_output=True, text=True, timeout=120, check=True)
    total, compiled = map(float, re.search(r"^report: ([\d.]+) ms, compile: ([\d.]+) ms$", done.stdout, re.M).groups())
    phases = {name: float(ms) for name, ms in re.findall(r"^(exact rows|comparison): ([\d.]+) ms$", done.stderr, re.M)}
    assert total == pytest.approx(sum(phases.values()), abs=2e-3) and min(*phases.values(), compiled) > 0


def test_batches_are_all_measured(tmp_path):
    """What is told of a batch is the mean of what is told of each entry."""
    (q, k, v), files = save(tmp_path, np.random.default_rng(5), np.float32, batch=(2,))
    results = []
    for entries in (slice(0, 1), slice(1, 2), slice(0, 2)):
        for name, array in zip("qkv", (q, k, v)):
            np.save(tmp_path / f"{name}.npy", array[entries])
        printed = run(*files, "--policy", TREE, "--sink", "32", "--window", "24", "--device", "cpu", "--report=json")
        results.append(json.loads(printed.splitlines()[-1]))
    first, second, both = results
    assert first["mass"] != second["mass"]
    for name in ("mass", "best", "recall", "error", "keys"):
        np.testing.assert_allclose(both[name]["heads"], np.mean([first[name]["heads"], second[name]["heads"]], 0), rtol=1e-6)


@pytest.mark.parametrize("causal, heads", [(True, "query"), (False, "kv")])
@pytest.mark.parametrize("policy", POLICIES)
def test_python_reports_the_same(tmp_path, monkeypatch, policy, causal, heads):
    """As hip_mlir.report(), whose defaults say which rows are measured and how many best keys are looked for."""
    monkeypatch.setenv("HIPC_LIBRARY", str(TOOL.parents[1] / "lib" / "libhipc.so"))
    monkeypatch.syspath_prepend(str(ROOT / "python"))
    import hip_mlir
    arrays, files = save(tmp_path, np.random.default_rng(7), np.float32)
    want = hip_mlir.report(*arrays, hip_mlir.parse_policy(policy), sink=sink(policy), window=WINDOW, causal=causal,
                       list_heads=heads)
    words = ["--policy", policy, "--sink", str(sink(policy)), "--window", str(WINDOW), f"--causal={str(causal).lower()}",
             "--heads", heads, "--device", "cpu"]
    got = json.loads(run(*files, *words, "--report=json").splitlines()[-1])
    assert (got["rows"], got["top"], got["seen"]) == (list(want.rows), want.top, list(want.seen))
    for name in ("mass", "best", "recall", "error", "keys"):
        np.testing.assert_allclose(got[name]["heads"], getattr(want, name).mean(-1), rtol=1e-4, atol=1e-5)
    lines = run(*files, *words, "--report").splitlines()[4:]
    assert lines[0] == f"{policy} on {len(want.rows)} query rows"
    assert [line.split()[:2] for line in lines[1:]] == [line.split()[:2] for line in str(want).splitlines()[1:]]


@pytest.mark.skipif(not FAKE_CUDA.exists(), reason="no fake driver was built")
def test_a_run_on_a_gpu_is_measured(tmp_path):
    """Against a driver that computes nothing, so that what is kept is what its memory happened to hold."""
    _, files = save(tmp_path, np.random.default_rng(5), np.float16)
    printed = run(*files, "--policy", TREE, "--sink", "32", "--window", "24", "--device", "cuda", "--report=json",
                  cuda=FAKE_CUDA)
    got = json.loads(printed.splitlines()[-1])
    assert "device: Fake GPU" in printed
    least = [attended(TREE, row, True, None, None).sum() for row in got["rows"]]
    for keys in got["keys"]["heads"]:
        assert np.mean(least) <= keys <= np.mean(least) + 16


@pytest.mark.parametrize("words, pieces", [
    (["--report=yaml"], ["--report 'yaml'", "table and json"]),
    (["--report", "--report-rows", "0"], ["--report-rows 0", "at least 1"]),
    (["--report", "--report-top", "-3"], ["--report-top -3", "at least 1"]),
    (["--report-rows", "two"], ["report-rows", "'two'"]), (["--report", "--policy", "bush"], ["'bush'", "tree"]),
    ([], ["--out"])])
def test_refuses(tmp_path, words, pieces):
    _, files = save(tmp_path, np.random.default_rng(5), np.float32)
    policy = [] if "--policy" in words else ["--policy", TREE]
    said = run(*files, *policy, "--device", "cpu", *words, code=1)
    for piece in pieces:
        assert piece in said


def test_refuses_rows_without_keys(tmp_path):
    for name, shape in (("q", (1, 8, 16)), ("k", (1, 0, 16)), ("v", (1, 0, 16))):
        np.save(tmp_path / f"{name}.npy", np.zeros(shape, np.float32))
    files = [word for name in "qkv" for word in (f"--{name}", tmp_path / f"{name}.npy")]
    assert "no row sees a key" in run(*files, "--policy", TREE, "--device", "cpu", "--report", code=1)
