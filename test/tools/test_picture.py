"""hip-run attention --picture: cells beside masks of all keys, made of the run's own lists by rule S3."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from test_report import (BOXES, DENSE, KEYS, POLICIES, ROWS, STAGES, TREE, UNION, WINDOW, WINDOWED, attended, run, save,
                         sink)

MOST, LEVELS = 128, 8


def cells(path, shape):
    """The levels of a picture's cells, 0 where nothing is drawn."""
    levels = np.zeros(shape, int)
    for drawn in ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}path"):
        for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)", drawn.get("d")):
            run = levels[int(y), int(x):int(x) + int(length)]
            assert not run.any() and len(run) == int(length)
            run[:] = round(LEVELS * float(drawn.get("opacity")))
    return levels


def expected(mask, rows, keys):
    """Levels of cells of so many query rows and keys."""
    down, across = (np.arange(0, size, step) for size, step in zip(mask.shape, (rows, keys)))
    ones = np.add.reduceat(np.add.reduceat(np.ones(mask.shape), down, 0), across, 1)
    return np.ceil(LEVELS * np.sqrt(np.add.reduceat(np.add.reduceat(mask, down, 0, float), across, 1) / ones))


@pytest.mark.parametrize("policy, causal, heads, head", [
    (TREE, True, "kv", 1), (BOXES, True, "query", 3), (STAGES, True, "all", 0), (UNION, True, "kv", 0),
    (TREE, False, "query", 2), (UNION, False, "kv", 1), ("tree<block_q = 1, block_k = 1, keep = 8>", True, "kv", 1)])
def test_cells(tmp_path, monkeypatch, policy, causal, heads, head):
    monkeypatch.setitem(POLICIES, "tree<block_q = 1, block_k = 1, keep = 8>", (1, 1, 1, 1))
    _, files = save(tmp_path, np.random.default_rng(5), np.float32)
    run(*files, "--policy", policy, "--sink", str(sink(policy)), "--window", str(WINDOW),
        f"--causal={str(causal).lower()}", "--heads", heads, "--device", "cpu", "--blocks", tmp_path / "b.npy",
        "--counts", tmp_path / "c.npy",
        "--picture", tmp_path / "p.svg", "--picture-head", str(head))
    blocks, counts = (np.load(tmp_path / f"{name}.npy")[head] for name in "bc")
    mask = np.zeros((ROWS, KEYS), bool)
    for row in range(ROWS):
        kept = attended(policy, row, causal, blocks, counts)
        mask[row, :len(kept)] = kept
    _, _, rows, keys = POLICIES[policy]
    rows, keys = (size * -(-(-(-all // size)) // MOST) for all, size in ((ROWS, rows), (KEYS, keys)))
    want = expected(mask, rows, keys)
    np.testing.assert_array_equal(cells(tmp_path / "p.svg", want.shape), want)
    seen = sum(KEYS - ROWS + row + 1 if causal else KEYS for row in range(ROWS))
    share = re.search(r"([\d.]+)% of the keys seen", (tmp_path / "p.svg").read_text())[1]
    assert float(share) == pytest.approx(100 * mask.sum() / seen, rel=6e-3)


def test_many_keys_are_a_small_picture(tmp_path):
    rng = np.random.default_rng(5)
    for name, rows in (("q", 64), ("k", 1 << 20), ("v", 1 << 20)):
        np.save(tmp_path / f"{name}.npy", rng.standard_normal((1, rows, 16), np.float32))
    files = [word for name in "qkv" for word in (f"--{name}", tmp_path / f"{name}.npy")]
    run(*files, "--policy", "hip", "--sink", "128", "--device", "cpu", "--picture", tmp_path / "p.svg")
    assert (tmp_path / "p.svg").stat().st_size < 1 << 16
    ElementTree.parse(tmp_path / "p.svg")


@pytest.mark.parametrize("flags, words", [
    (["--policy", DENSE], "--policy 'dense' makes none; give one that searches, such as hip"),
    (["--policy", WINDOWED], "makes none"), (["--policy", "auto"], "makes none"),
    (["--policy", TREE, "--picture-head", "2"], "--picture-head 2, but there are lists 0 to 1"),
    (["--policy", TREE, "--picture-head", "-1"], "--picture-head -1, but there are lists 0 to 1"),
    (["--policy", TREE, "--heads", "all", "--picture-head", "1"], "there are lists 0 to 0"),
    (["--policy", TREE, "--out", "p.svg"], "is the file of two results"),
    (["--policy", TREE, "--picture", "nowhere/p.svg"], "there is no folder nowhere"),
    (["--policy", TREE, "--picture", ""], "--picture needs the name of a file")])
def test_refuses(tmp_path, monkeypatch, flags, words):
    _, files = save(tmp_path, np.random.default_rng(5), np.float32)
    monkeypatch.chdir(tmp_path)
    picture = [] if "--picture" in flags else ["--picture", "p.svg"]
    assert words in run(*files, *picture, *flags, "--device", "cpu", code=1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["k.npy", "q.npy", "v.npy"]


def test_refuses_a_head_without_a_picture(tmp_path):
    _, files = save(tmp_path, np.random.default_rng(5), np.float32)
    assert "--picture-head 1 is given, but no --picture" in run(*files, "--policy", TREE, "--out", tmp_path / "o.npy",
                                                                "--picture-head", "1", code=1)
