"""hip-run --batch: one process, many command lines."""

import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test" / "numeric"))

import hip_run  # noqa: E402


@pytest.fixture
def batch():
    batch = hip_run.Batch(hip_run.find())
    yield batch
    batch.process.kill()


def flags(folder, out, *more):
    rng = np.random.default_rng(0)
    words = ["attention", "--device", "cpu", "--policy", "dense<block_q = 64>", *more]
    for name, heads in (("q", 2), ("k", 1), ("v", 1)):
        np.save(folder / f"{name}.npy", rng.standard_normal((heads, 70, 64)).astype(np.float32))
        words += [f"--{name}", str(folder / f"{name}.npy")]
    return [*words, "--out", str(folder / out)]


def test_a_line_has_no_flags_of_the_one_before(batch, tmp_path):
    assert "time:" in batch.run(flags(tmp_path, "a.npy"))
    batch.run(flags(tmp_path, "b.npy", "--causal=false"))
    batch.run(flags(tmp_path, "c.npy"))
    a, b, c = (np.load(tmp_path / f"{name}.npy") for name in "abc")
    assert np.array_equal(a, c)
    assert not np.array_equal(a, b)


def test_a_failed_line_ends_it_with_the_reason(batch, tmp_path):
    with pytest.raises(AssertionError, match="nothing.npy: cannot open"):
        batch.run([*flags(tmp_path, "a.npy"), "--q", str(tmp_path / "nothing.npy")])
    assert batch.process.poll() == 1


def test_a_line_that_cannot_be_read_ends_it_with_the_reason(batch):
    with pytest.raises(AssertionError, match="--bread"):
        batch.run(["attention", "--bread"])
