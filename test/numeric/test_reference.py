"""The steps of the reference against examples worked by hand and their unfused forms."""

from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest

from reference import Band
from reference import numbers, ranges, scores


def present(start, length):
    return [(int(s), int(n)) for s, n in zip(np.ravel(start), np.ravel(length)) if n]


# Float32 arithmetic and the order of scores.

def rounded(exact):
    """The float32 nearest to a Fraction, ties to even."""
    guess = np.float32(float(exact))
    near = {np.nextafter(guess, np.float32(s * np.inf)) for s in (-1, 1)} | {guess}
    return min(near, key=lambda x: (abs(Fraction(float(x)) - exact), int(x.view(np.uint32)) & 1))


def test_fma_rounds_once():
    rng = np.random.default_rng(1)
    x, y = (rng.standard_normal(4000).astype(np.float32) for _ in range(2))
    z = (-x * y * (1 + rng.integers(-2, 3, 4000) * 2.0**-23)).astype(np.float32)
    z[::2] = rng.standard_normal(2000) * 2.0 ** rng.integers(-30, 30, 2000)
    got = numbers.fma(x, y, z)
    for a, b, c, value in zip(x, y, z, got):
        assert value == rounded(Fraction(float(a)) * Fraction(float(b)) + Fraction(float(c)))


def test_fma_double_rounding():
    """x * y = 2^-24 - 2^-56 is just below half a step above the odd 1 + 2^-23: float64 drops the
    2^-56, and a second rounding would go up to the even neighbour."""
    x, y = np.float32(2.0**-12 * (1 + 2.0**-16)), np.float32(2.0**-12 * (1 - 2.0**-16))
    z = np.float32(1 + 2.0**-23)
    assert np.float32(np.float64(x) * np.float64(y) + np.float64(z)) == np.float32(1 + 2.0**-22)
    assert numbers.fma(x, y, z) == z


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float32])
def test_dot_is_sequential_fma(dtype):
    rng = np.random.default_rng(2)
    a, b = (rng.standard_normal((5, 40)).astype(dtype).astype(np.float32) for _ in range(2))
    acc = np.zeros((5, 5), np.float32)
    for d in range(40):
        acc = numbers.fma(a[:, None, d], b[None, :, d], acc)
    assert numbers.dot(a, b).tobytes() == acc.tobytes()


def test_order_of_scores():
    """S10, S12."""
    ascending = np.array([np.nan, -np.inf, -1, -1e-40, 0, 1e-40, 1, np.inf], np.float32)
    keys = numbers.order(ascending).tolist()
    assert keys == sorted(set(keys))
    zeros = numbers.order(np.array([0.0, -0.0], np.float32))
    assert zeros[0] == zeros[1]


# Geometry and ranges.

def test_band():
    """S1, S3: Tq = 6, Tk = 20, so p = 14..19; S = 4, W = 3, c = 4."""
    band = Band(block_q=4, chunk=4, sink=4, window=3)
    assert band.positions(6, 20).tolist() == [14, 15, 16, 17, 18, 19]
    assert band.ends(6, 20).tolist() == [4 + 2 * 4, 4 + 3 * 4]  # rooms 14 + 1 - 3 - 4 and 18 + ...
    assert Band(4, 4, 4, 3, causal=False).ends(6, 20).tolist() == [16, 16]
    assert band.ends(6, 5).tolist() == [4, 4]
    assert Band(4, 4, 32, 3).ends(2, 10).tolist() == [32]


def test_partition():
    """S6: ten granules from 3 in four chunks: edges 0, 2, 5, 7, 10."""
    got = ranges.partition_chunks(3, np.array([10]), 4)
    assert present(*got) == [(3, 2), (5, 3), (8, 2), (10, 3)]
    few = ranges.partition_chunks(0, np.array([2]), 4)
    assert present(*few) == [(0, 1), (1, 1)]
    assert present(*ranges.partition_size(2, np.array([8, 4]), 4)) == [(2, 4), (6, 4), (2, 4)]


def test_split():
    """S7."""
    start, length = np.array([[3, 9]]), np.array([[5, 1]])
    assert present(*ranges.split_two(start, length)) == [(3, 3), (6, 2), (9, 1)]
    assert present(*ranges.split_equal(np.array([4]), np.array([6]), 3)) == [(4, 2), (6, 2), (8, 2)]


def test_representative():
    """S8: granules 10..14."""
    for which, granule in (("first", 10), ("center", 12), ("last", 14)):
        assert ranges.representative(np.int64(10), np.int64(5), which) == granule


def test_select_breaks_ties_by_start():
    """S12."""
    start, length = np.array([0, 2, 4, 6, 0]), np.array([2, 2, 2, 2, 0])
    score = np.array([1, 5, 1, np.nan, 9], np.float32)
    assert present(*ranges.select(start, length, score, 2)) == [(0, 2), (2, 2)]
    assert present(*ranges.select(start, length, score, 3)) == [(0, 2), (2, 2), (4, 2)]
    assert len(present(*ranges.select(start, length, score, 9))) == 4


def test_descend_by_hand():
    """S11: a leaf is where the search ends; a path remembers a better representative."""
    table = np.array([0, 1, 2, 3, 7, 5, 8, 0], np.float32)[None, None]
    start, length = np.array([[[0]]]), np.array([[[8]]])
    score_of = lambda s, n: scores.token_scores(table, s, n, "first", 1, 1)
    assert ranges.descend(start, length, 3, score_of, False)[0, 0, 0] == 8
    center = lambda s, n: scores.token_scores(table, s, n, "center", 1, 1)
    # [0,4), [4,8): granules 2 (2), 6 (8); [4,6), [6,8): 5 (5), 7 (0); then 4 (7) and 5 (5).
    assert ranges.descend(start, length, 3, center, False)[0, 0, 0] == 7
    assert ranges.descend(start, length, 3, center, True)[0, 0, 0] == 8


@pytest.mark.parametrize("which", ["first", "center", "last"])
@pytest.mark.parametrize("path", [False, True])
def test_descend_equals_unfused(which, path):
    """S11: split, score, keep the best of the two, one range at a time."""
    rng = np.random.default_rng(3)
    table = rng.integers(-3, 4, (1, 1, 96)).astype(np.float32)
    table[0, 0, ::11] = np.nan
    score_of = lambda s, n: scores.token_scores(table, s, n, which, 2, 1)
    for start, length in ((0, 7), (5, 16), (21, 1), (24, 24)):
        s, n = np.array([[[start]]]), np.array([[[length]]])
        got = ranges.descend(s, n, ranges.ceil_log2(length), score_of, path)[0, 0, 0]
        kept = []
        for _ in range(ranges.ceil_log2(length)):
            halves = [x.reshape(1, 1, -1) for x in ranges.split_two(s, n)]
            best = ranges.select(*halves, score_of(*halves), 1)
            s, n = best
            kept.append(score_of(s, n)[0, 0, 0])
        kept = kept or [score_of(s, n)[0, 0, 0]]
        expected = np.fmax.reduce(kept) if path else kept[-1]
        assert np.array_equal(got, expected, equal_nan=True)


# Rows and scores.

def test_sampled_rows():
    """S9: five rows in blocks of four."""
    q = np.array([[1], [2], [4], [8], [16]], np.float16)
    rows, starts = scores.sample_rows(q, 4, 2, "max")
    assert rows[:, 0].tolist() == [1, 4, 16] and starts.tolist() == [0, 2]
    rows, starts = scores.sample_rows(q, 4, 4, "mean")
    assert rows[:, 0].tolist() == [3.75, 16] and starts.tolist() == [0, 1]
    q = np.array([[256], [258], [258], [258]], ml_dtypes.bfloat16)
    rows, _ = scores.sample_rows(q, 4, 4, "mean")
    assert rows[0, 0] == 258  # 257.5, between 256 and 258


def test_box_bounds_every_key():
    """S10b: boxes of four keys; the trailing two keys make none."""
    rng = np.random.default_rng(4)
    q, k = (rng.integers(-8, 9, (1, n, 8)).astype(np.float32) for n in (6, 14))
    sharing = np.array([[0]])
    boxes = scores.box_table(q, k, sharing, 3, 1, 4, np.array([12, 12]))
    tokens = scores.token_table(q, k, sharing, 3, 1, "max", np.array([14, 14]))
    assert boxes.shape == (1, 2, 3)
    low, high = k[0, :12].reshape(3, 4, 8).min(1), k[0, :12].reshape(3, 4, 8).max(1)
    expected = np.maximum(q[0][:, None] * low, q[0][:, None] * high).sum(-1).reshape(2, 3, 3).max(1)
    assert np.array_equal(boxes[0], expected)
    assert (boxes[0] >= tokens[0, :, :12].reshape(2, 3, 4).max(-1)).all()


def test_shared_heads_score_together():
    """S10: the list that two heads share scores the greater of theirs."""
    q = np.array([[[1, 0]], [[0, 1]]], np.float32)
    k = np.array([[[1, 5], [4, 2]]], np.float32)
    table = scores.token_table(q, k, np.array([[0, 1]]), 1, 1, "max", np.array([2]))
    assert table[0, 0].tolist() == [5, 4]
