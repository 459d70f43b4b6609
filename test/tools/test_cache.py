"""hip-run takes a program that it compiled before from its cache."""

import os
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOL = os.environ.get("HIP_RUN", ROOT / "build" / "dev" / "bin" / "hip-run")
TREE = "tree<block_q = 64, block_k = 2, keep = 64>"
CALLABLE_MS = 30
BASE = {"q": "q.npy", "k": "k.npy", "v": "v.npy", "policy": TREE, "sink": "16", "window": "64",
        "out": "o.npy"}
# Each gives another program, so none may find the package of another.
OTHERS = {
    "policy": {"policy": TREE.replace("keep = 64", "keep = 32")}, "sink": {"sink": "32"},
    "window": {"window": "32"}, "causal": {"causal": "false"}, "heads": {"heads": "query"},
    "all heads": {"heads": "all"}, "scale": {"scale": "0.5"}, "close scale": {"scale": "0.5000001"},
    "softcap": {"softcap": "2"}, "lse": {"lse": "l.npy"},
    "list": {"blocks": "b.npy", "counts": "c.npy"}, "level": {"opt-level": "1"},
    "cpu": {"cpu": "x86-64"}, "type": {"q": "q_f16.npy", "k": "k_f16.npy", "v": "v_f16.npy"},
    "key heads": {"k": "k4.npy", "v": "k4.npy"},
}


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(7)
    q, k, v, k4 = (rng.standard_normal((heads, 256, 32), np.float32) for heads in (4, 2, 2, 4))
    for name, array in (("q", q), ("k", k), ("v", v), ("k4", k4), ("q_long", np.tile(q, (1, 2, 1))),
                        ("k_long", np.tile(k, (1, 2, 1)))):
        np.save(tmp_path / f"{name}.npy", array)
    for name, array in (("q", q), ("k", k), ("v", v)):
        np.save(tmp_path / f"{name}_f16.npy", array.astype(np.float16))
    return tmp_path


def run(folder, *words, **flags):
    """The report of --timing."""
    flags = [f"--{flag}={value}" for flag, value in {**BASE, **flags}.items()]
    done = subprocess.run([TOOL, "attention", *flags, "--timing", *words], cwd=folder, text=True,
                          capture_output=True, timeout=60,
                          env={**os.environ, "HIPC_CACHE_DIR": str(folder / "cache")})
    assert done.returncode == 0, done.stderr
    report = dict(re.findall(r"^(\w+): (\S+)", done.stderr, re.M))
    assert list(report) == ["cache", "parse", "compile", "load", "callable", "run"]
    return report


def test_the_second_run_is_callable_at_once(folder):
    assert run(folder)["cache"] == "miss"
    first = (folder / "o.npy").read_bytes()
    reports = [run(folder) for _ in range(5)]
    assert {report["cache"] for report in reports} == {"hit"}
    assert min(float(report["callable"]) for report in reports) < CALLABLE_MS
    assert {report["compile"] for report in reports} == {"0.000"}
    assert (folder / "o.npy").read_bytes() == first


@pytest.mark.parametrize("name", OTHERS)
def test_other_programs_miss(folder, name):
    run(folder)
    assert run(folder, **OTHERS[name])["cache"] == "miss"
    expected = (folder / "o.npy").read_bytes()
    assert run(folder, **OTHERS[name])["cache"] == "hit"
    assert (folder / "o.npy").read_bytes() == expected


def test_other_lengths_hit(folder):
    run(folder)
    longer = {"q": "q_long.npy", "k": "k_long.npy", "v": "k_long.npy"}
    assert run(folder, **longer)["cache"] == "hit"
    expected = np.load(folder / "o.npy")
    assert run(folder, "--no-cache", **longer)["cache"] == "off"
    np.testing.assert_array_equal(np.load(folder / "o.npy"), expected)


def test_no_cache_leaves_no_files(folder):
    assert run(folder, "--no-cache")["cache"] == "off"
    assert not (folder / "cache").exists()


def test_a_damaged_entry_is_compiled_again(folder):
    run(folder)
    entry, = (folder / "cache").iterdir()
    good = entry.read_bytes()
    entry.write_bytes(good[:-100])
    assert run(folder)["cache"] == "miss"
    assert entry.read_bytes() == good
