"""hip_mlir.plot(): the cells that are drawn beside masks of all keys."""

import matplotlib
import numpy as np
import pytest

import hip_mlir
from hip_mlir._plot import MOST_CELLS
from test_import import python
from test_report import POLICIES, SINK, WINDOW, kept_keys

matplotlib.use("agg")


@pytest.fixture
def axes():
    import matplotlib.pyplot as plt
    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


def lists_of(q, k, v, policy, **options):
    if not policy.makes_lists:
        return None
    return hip_mlir.attention(q, k, v, policy, sink=SINK, window=WINDOW, return_lists=True, **options)[1]


def shares(mask, rows, keys):
    """Of cells of so many query rows and keys."""
    down, across = (np.arange(0, size, step) for size, step in zip(mask.shape, (rows, keys)))
    def summed(pairs):
        return np.add.reduceat(np.add.reduceat(pairs, down, 0, float), across, 1)
    return summed(mask) / summed(np.ones(mask.shape))


@pytest.mark.parametrize("policy, causal, list_heads, head", [
    *((policy, True, "query", 3) for policy in POLICIES), *((policy, False, "kv", 1) for policy in POLICIES),
    (POLICIES[0], True, "all", 0)], ids=str)
def test_cells(rng, axes, policy, causal, list_heads, head):
    q = rng.standard_normal((4, 150, 16), np.float32)
    k, v = rng.standard_normal((2, 2, 600, 16), np.float32)
    lists = lists_of(q, k, v, policy, causal=causal, list_heads=list_heads)
    drawn = hip_mlir.plot(lists, policy, 600, 150, sink=SINK, window=WINDOW, causal=causal, head=head, ax=axes)
    assert drawn is axes
    kept, visible = kept_keys(q, k, v, policy, causal, list_heads)
    mask = kept[{"query": head, "kv": 2 * head, "all": 0}[list_heads]]
    rows, size = policy.list_block_q or 64, policy.block_k
    want = shares(mask, rows, size * -(-(-(-600 // size)) // MOST_CELLS))
    np.testing.assert_allclose(axes.collections[0].get_array().reshape(want.shape) ** 2, want, atol=1e-12)
    percent = float(axes.get_title().split(": ")[1].split("%")[0])
    assert axes.get_title().startswith(policy.NAME)
    assert percent == pytest.approx(100 * mask.sum() / visible.sum(), rel=6e-3)
    assert (axes.get_xlim(), axes.get_ylim()) == ((0, 600), (150, 0))


def test_many_lists_share_cells(axes):
    """Rows of cells are whole lists, and there are at most so many."""
    policy, rows = hip_mlir.Window(2), 2 * MOST_CELLS * 3 - 1
    hip_mlir.plot(None, policy, rows, sink=3, window=50, ax=axes)
    row, key = np.arange(rows)[:, None], np.arange(rows)
    band = 3 + np.maximum(0, row // 2 * 2 + 1 - 50 - 3)
    want = shares((key <= row) & ((key < 3) | (key >= band)), 6, 6)
    np.testing.assert_allclose(axes.collections[0].get_array().reshape(want.shape) ** 2, want, atol=1e-12)


def test_rows_that_see_no_key(axes):
    hip_mlir.plot(None, hip_mlir.Dense(), 5, 8, ax=axes)
    np.testing.assert_allclose(axes.collections[0].get_array().ravel() ** 2, np.arange(5, 0, -1) / 8)


def test_repeated_blocks_and_strangers(axes):
    """A block counts once in any order, and one that is no candidate not at all (S24)."""
    policy = hip_mlir.Tree(8, 2, 16)
    lists = np.array([[[9, 6, 9, 0, 15, 3, 3]]], np.int32), np.array([[6]], np.int32)
    hip_mlir.plot(lists, policy, 32, 8, sink=4, window=8, ax=axes)
    listed = axes.collections[0].get_array().reshape(1, 16)[0]
    assert [place for place, share in enumerate(listed) if share] == [0, 1, 3, 6, *range(8, 16)]
    assert listed[9] == 1


def test_a_figure_of_its_own_and_batches(rng, integers):
    import matplotlib.pyplot as plt
    q, k, v = (integers(2, heads, 130, 16) for heads in (2, 1, 1))
    policy = hip_mlir.Tree(16, 2, 16)
    lists = lists_of(q, k, v, policy)
    axes = [hip_mlir.plot(lists, policy, 130, sink=SINK, window=WINDOW, batch=entry) for entry in range(2)]
    one = hip_mlir.plot(lists_of(q[1], k[1], v[1], policy), policy, 130, sink=SINK, window=WINDOW)
    first, second, alone = (each.collections[0].get_array() for each in (*axes, one))
    np.testing.assert_array_equal(second, alone)
    assert not np.array_equal(first, second) and axes[0].figure is not axes[1].figure
    for each in (*axes, one):
        plt.close(each.figure)


TREE = hip_mlir.Tree(8, 2, 16)
LISTS = np.zeros((2, 4, 8), np.int32), np.zeros((2, 4), np.int32)


@pytest.mark.parametrize("lists, policy, options, kind, words", [
    (None, TREE, {}, ValueError, "lists is None, but tree makes lists"),
    (None, hip_mlir.Auto(until=8), {}, ValueError, "lists is None, but union makes lists"),
    (LISTS, hip_mlir.Dense(), {}, ValueError, "dense makes none; give None"),
    (LISTS[0], TREE, {}, TypeError, "give the pair"),
    ((LISTS[0], LISTS[1][:1]), TREE, {}, ValueError, r"blocks has shape \[2, 4, 8\] and counts \[1, 4\]"),
    ((LISTS[0] * 1.0, LISTS[1]), TREE, {}, TypeError, "blocks is float32; give int32"),
    (LISTS, TREE, {"head": 2}, ValueError, "head = 2, but lists are of 2; give at most 1"),
    (LISTS, TREE, {"batch": 1}, ValueError, "batch = 1, but lists are of 1; give at most 0"),
    (LISTS, TREE, {"rows": 33}, ValueError, "rows = 33 are 5 blocks of 8 query rows, but there are 4 lists"),
    (LISTS, TREE, {"sink": -1}, ValueError, "sink = -1"), (LISTS, 3, {}, TypeError, "policy is 3")])
def test_refuses(lists, policy, options, kind, words):
    with pytest.raises(kind, match=words):
        hip_mlir.plot(lists, policy, 32, **options)


def test_without_matplotlib():
    code = ("import sys; sys.modules['matplotlib'] = None; import hip_mlir\n"
            "try:\n    hip_mlir.plot(None, hip_mlir.Window(), 8)\nexcept hip_mlir.NotFoundError as e:\n    print(e)")
    status, told, _ = python(code)
    assert status == 0 and "needs matplotlib, which is not installed; run pip install 'hip-mlir[plot]'" in told
