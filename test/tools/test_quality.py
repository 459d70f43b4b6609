"""hip-bench quality: what it says of recorded arrays is what hip-run reports of each, and what it recommends."""

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
NEEDLE = 700
TREE, BOXES = "tree<keep = 64>", "boxes<levels = [(64, 128)], keep = 64>"
BAND = ["--sink", "64", "--window", "128"]


def bench(*words, code=0, cuda=None):
    done = subprocess.run([TOOL.parent / "hip-bench", "quality", *words], capture_output=True, text=True, timeout=240,
                          env={**os.environ, "HIPC_CUDA_LIBRARY": str(cuda)} if cuda else None)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def objects(*words, **more):
    return [json.loads(line) for line in bench(*words, "--json", **more).splitlines()]


def record(folder, seed=0, heads=2, dtype=np.float32):
    """Rows that all look for one key, which is alike no other; and the paths."""
    rng = np.random.default_rng(seed)
    folder.mkdir(exist_ok=True)
    q, k, v = (rng.standard_normal((count, rows, 32)) for count, rows in ((heads, 192), (1, 1536), (1, 1536)))
    q[..., :8] = 4
    k[..., :8] *= 0.1
    k[:, NEEDLE, :8] = 4
    for name, array in zip("qkv", (q, k, v)):
        np.save(folder / f"{name}.npy", array.astype(dtype))
    return [folder / f"{name}.npy" for name in "qkv"]


def test_says_what_hip_run_reports(tmp_path):
    paths = [record(tmp_path / "a"), record(tmp_path / "b", seed=1, heads=4)]
    rows = objects(*paths[0], *paths[1], "--device", "cpu", "--policies", f"{TREE}; {BOXES};window", "--rows", "12", "--top",
                   "16", "--repeat", "1", *BAND)
    assert [row["policy"] for row in rows[:3]] == [TREE, BOXES, "window"]
    for row in rows[:3]:
        reports = []
        for q, k, v in paths:
            done = subprocess.run([TOOL, "attention", "--q", q, "--k", k, "--v", v, "--policy", row["policy"], "--device",
                                   "cpu", "--report=json", "--report-rows", "12", "--report-top", "16", *BAND],
                                  capture_output=True, text=True, check=True)
            reports.append(json.loads(done.stdout.splitlines()[-1]))
        for name in ("mass", "best", "recall", "error", "keys"):
            assert row[name] == pytest.approx(np.mean([report[name]["mean"] for report in reports]))
        assert row["share"] == pytest.approx(np.mean([report["share"] for report in reports]))
        assert row["least_recall"] == pytest.approx(min(min(report["recall"]["heads"]) for report in reports))
        assert row["ms"] > 0 and row["window"] == 128


def test_recommends_the_fastest_that_finds_the_needle(tmp_path):
    """Boxes bound the needle's score; a window of its size never sees it."""
    paths = record(tmp_path)
    words = [*paths, "--device", "cpu", "--top", "1", "--repeat", "1", *BAND]
    *rows, said = objects(*words, "--policies", f"dense; window; {BOXES}", "--recall", "1")
    assert [row["recall"] for row in rows] == [1, 0, 1] and rows[2]["mass"] > 0.9 > 0.1 > rows[1]["mass"]
    assert said == {"wanted_recall": 1, "recommended": {"policy": BOXES, "window": 128},
                    "best": {"policy": BOXES, "window": 128}}
    text = bench(*words, "--policies", f"dense; window; {BOXES}", "--recall", "1")
    assert re.search(r"^fastest with a recall of 1: boxes<.*>, recall 1.0000, [\d.]+ ms", text, re.M)
    text = bench(*words, "--policies", "dense; window")
    assert re.search(r"^no policy has a recall of 0.99; the best is window, recall 0.0000", text, re.M)
    *_, said = objects(*words, "--policies", "dense; window")
    assert said["recommended"] is None and said["best"]["policy"] == "window"
    assert "no policy that leaves keys out was compared" in bench(*words, "--policies", "dense")


def test_compares_policies_at_equal_budgets(tmp_path):
    paths = record(tmp_path)
    text = bench(*paths, "--device", "cpu", "--keep", "64,256", "--repeat", "1", "--sink", "128", "--window", "128")
    lines = text.splitlines()
    assert lines[0] == "recordings: 1, query rows: 64, sink: 128, window: 128, device: cpu"
    rows = lines[3:-1]
    names = [row.split("  ")[-1] for row in rows]
    assert [re.split(r"<| with", name)[0] for name in names] == ["dense"] + 2 * ["window", "tree", "stages", "boxes", "union"]
    assert names[1] == "window with --window 192" and names[6] == "window with --window 384"
    assert names[5] == "union<[tree<keep = 56>, boxes<levels = [(64, 512)], keep = 8>]>"
    keys = [float(row.split()[5]) for row in rows]
    assert max(keys[1:6]) - min(keys[1:6]) <= 64 and max(keys[6:]) - min(keys[6:]) <= 64
    assert keys[0] > min(keys[6:]) > max(keys[1:6])
    assert rows[0].split()[6:8] == ["100.0%", rows[0].split()[7]] and rows[0].split()[8] == "1.00x"


@pytest.mark.skipif(not FAKE_CUDA.exists(), reason="no fake driver was built")
def test_runs_on_a_gpu(tmp_path):
    """Against a driver that says 1.5 ms of everything and computes nothing."""
    paths = record(tmp_path, dtype=np.float16)
    *rows, _ = objects(*paths, "--policies", f"dense; {TREE}", "--repeat", "2", *BAND, cuda=FAKE_CUDA)
    assert [row["ms"] for row in rows] == [1.5, 1.5] and rows[0]["recall"] == 1
    assert "device: Fake GPU" in bench(*paths, "--policies", "dense", "--device", "cuda", *BAND, cuda=FAKE_CUDA)


@pytest.mark.parametrize("words, pieces", [
    (["--recall", "1.5"], ["--recall 1.5", "at most 1"]), (["--rows", "0"], ["--rows 0"]), (["--top", "0"], ["--top 0"]),
    (["--repeat", "0"], ["--repeat 0"]), (["--threads", "0"], ["--threads 0"]),
    (["--keep", "100"], ["--keep 100", "multiple of 64"]), (["--keep", "64", "--policies", TREE], ["--keep", "--policies"]),
    (["--policies", ";"], ["--policies ';' names none"]), (["--policies", f"{TREE}; bush"], ["policy 'bush'", "tree"]),
    (["--policy", TREE], ["--policy", "--policies"]), (["--device", "tpu"], ["--device 'tpu'", "cuda"]),
    (["--policies", BOXES, "--sink", "3"], [BOXES, "3"]), (["more.npy"], ["4 files", "v.npy"])])
def test_refuses(tmp_path, words, pieces):
    device = [] if "--device" in words else ["--device", "cpu"]
    said = bench(*record(tmp_path), *words, *device, code=1)
    for piece in pieces:
        assert piece in said


def test_refuses_no_and_wrong_files(tmp_path):
    assert "got 0 files" in bench(code=1)
    q, k, v = record(tmp_path)
    assert f"{tmp_path}/none.npy" in bench(q, k, tmp_path / "none.npy", "--device", "cpu", code=1)
    assert "not a multiple" in bench(k, q, v, "--device", "cpu", code=1)
