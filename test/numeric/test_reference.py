"""The reference against examples worked by hand, plain loops, and the properties of section 8."""

from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest

from cases import integer_cases
from conftest import expected_lists
from reference import (Band, Boxes, Dense, Stages, Tree, Window, attention, merge, parse_policy,
                       prune)
from reference import numbers, ranges, scores
from test_attention import covering

CASES = integer_cases()


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
    got = [int(ranges.representative(np.int64(10), np.int64(5), w)) for w in ("first", "center", "last")]
    assert got == [10, 12, 14]


def test_select_breaks_ties_by_start():
    """S12."""
    start, length = np.array([0, 2, 4, 6, 0]), np.array([2, 2, 2, 2, 0])
    score = np.array([1, 5, 1, np.nan, 9], np.float32)
    assert present(*ranges.select(start, length, score, 2)) == [(0, 2), (2, 2)]
    assert present(*ranges.select(start, length, score, 3)) == [(0, 2), (2, 2), (4, 2)]
    assert len(present(*ranges.select(start, length, score, 9))) == 4


def test_descend_by_hand():
    """S11: leaf follows 7 -> granule 4; path remembers a better representative on the way."""
    table = np.array([0, 1, 2, 3, 7, 5, 8, 0], np.float32)[None, None]
    start, length = np.array([[[0]]]), np.array([[[8]]])
    score_of = lambda s, n: scores.token_scores(table, s, n, "first", 1, 1)
    assert ranges.descend(start, length, 3, score_of, False)[0, 0, 0] == 8
    center = lambda s, n: scores.token_scores(table, s, n, "center", 1, 1)
    # Halves [0,4) and [4,8): granules 2 (2) and 6 (8); then [4,6), [6,8): 5 (5) and 7 (0); then 4, 5.
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
    wide, _ = scores.sample_rows(np.array([[256], [257], [257], [257]], ml_dtypes.bfloat16), 4, 4, "mean")
    assert wide[0, 0] == np.float32(ml_dtypes.bfloat16(256))


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


# Policies by plain loops, one list at a time.

def peak_table(values):
    """q, k of one row and keys whose scores are `values`."""
    keys = np.zeros((1, 1, len(values), 4), np.float32)
    keys[..., 0] = values
    return np.array([1, 0, 0, 0], np.float32).reshape(1, 1, 1, 4), keys


def test_tree_by_hand():
    """S13: eight candidates, keep 2: chunks [0,4) and [4,8). Step one: representatives (center)
    1, 3, 5, 7; the best two are 3 and 5: [2,4), [4,6). Step two: granules 2, 3, 4, 5."""
    q, k = peak_table([9, 0, 2, 5, 1, 6, 8, 3, 0])
    blocks, counts = prune(Tree(1, 1, 2), q, k, sink=0, window=1)
    assert (blocks[0, 0, 0].tolist(), counts.ravel().tolist()) == ([3, 5], [2])


def test_stages_by_hand():
    """S14: chunks of 4, keep one by its first-representative leaf, split in two chunks of 2.
    Descents: [0,4): 0 (1) or 2 (7) -> 2; then 2 (7) or 3 (0) -> 7. [4,8): 4 (3) or 6 (2) -> 3, then
    4 (3) or 5 (9) -> 9. The second wins; of its halves [4,6) leads to 9, [6,8) to 8."""
    q, k = peak_table([1, 0, 7, 0, 3, 9, 2, 8, 0])
    blocks, _ = prune(Stages(((1, 4, 4, 1), (1, 2, 2, 1))), q, k, sink=0, window=1)
    assert blocks[0, 0, 0].tolist() == [2]


def test_boxes_by_hand():
    """S14b: a peak that no representative shows is kept."""
    q, k = peak_table([5, 5, 5, 5, 0, 0, 9, 0, 0])
    blocks, _ = prune(Boxes(1, 2, ((4, 4),), 2), q, k, sink=0, window=1)
    assert blocks[0, 0, 0].tolist() == [3]


def tree_by_loops(policy, table, first, granules):
    """S13 for one list, on Python lists."""
    keep, g = policy.keep // policy.block_k, policy.block_k
    edges = [x * granules // keep for x in range(keep + 1)]
    chunks = [(first + a, b - a) for a, b in zip(edges, edges[1:]) if b > a]

    def score(s, n):
        r = s + {"first": 0, "center": n // 2, "last": n - 1}[policy.representative]
        return max(table[r * g + o] for o in range(0, g, policy.k_stride))

    while any(n > 1 for _, n in chunks):
        halves = [half for s, n in chunks for half in ((s, (n + 1) // 2), (s + (n + 1) // 2, n // 2))]
        halves = [half for half in halves if half[1]]
        chunks = sorted(sorted(halves, key=lambda half: (-score(*half), half[0]))[:keep])
    return [s for s, _ in chunks]


def test_tree_equals_loops():
    for case in [c for c in CASES if c.policy.NAME == "tree" and c.policy.reduce == "max"
                 and c.heads == "query" and c.candidates and c.keys < 200][::4]:
        q, k, _ = (x.astype(np.float64) for x in case.arrays)
        policy, (blocks, counts) = case.policy, expected_lists(case)
        ends = Band(policy.block_q, policy.chunk, case.sink, case.window, case.causal).ends(
            case.rows, case.keys)
        for b, h, m in np.ndindex(counts.shape):
            rows = q[b, h, m * policy.block_q:(m + 1) * policy.block_q:policy.q_stride]
            table = (rows @ k[b, h * case.kv_heads // case.query_heads].T).max(axis=0)
            expected = tree_by_loops(policy, table, case.sink // policy.block_k,
                                     (ends[m] - case.sink) // policy.block_k)
            assert blocks[b, h, m, :counts[b, h, m]].tolist() == expected, case.id


# Properties of section 8.

def test_lists_are_well_formed():
    """S5: ascending, unique, inside the candidates, so causal; no more than N; all when they fit."""
    for case in CASES:
        policy, (blocks, counts) = case.policy, expected_lists(case)
        if not blocks.shape[-1]:
            continue
        band = Band(policy.block_q, policy.chunk, case.sink, case.window, case.causal)
        ratio = policy.block_q // policy.list_block_q
        ends = np.repeat(band.ends(case.rows, case.keys), ratio)[:counts.shape[-1]]
        for where in np.ndindex(counts.shape):
            chosen = blocks[where][:counts[where]].astype(np.int64) * policy.block_k
            assert counts[where] <= blocks.shape[-1]
            assert (np.diff(chosen) > 0).all()
            assert ((chosen >= case.sink) & (chosen + policy.block_k <= ends[where[-1]])).all()


def test_budget_of_all_candidates_keeps_all():
    """S4."""
    for case in [c for c in CASES if c.candidates and c.policy.NAME in ("tree", "stages", "boxes")]:
        policy = covering(case)
        q, k, _ = case.arrays
        _, counts = prune(policy, q, k, case.sink, case.window, case.causal, case.heads)
        band = Band(policy.block_q, policy.chunk, case.sink, case.window, case.causal)
        ratio = policy.block_q // policy.list_block_q
        ends = np.repeat(band.ends(case.rows, case.keys), ratio)[:counts.shape[-1]]
        assert (counts == (ends - case.sink) // policy.block_k).all(), case.id


def test_appended_keys_change_nothing():
    """Section 8, with the positions of S1 given."""
    for case in [c for c in CASES if c.causal and c.candidates and c.rows <= c.keys][::10]:
        q, k, _ = case.arrays
        longer = np.concatenate([k, k[:, :, ::-1][:, :, :40] * 2], axis=2)
        blocks, counts = prune(case.policy, q, longer, case.sink, case.window, True, case.heads,
                               position0=case.keys - case.rows)
        expected_blocks, expected_counts = expected_lists(case)
        width = expected_blocks.shape[-1]
        assert np.array_equal(counts, expected_counts), case.id
        assert np.array_equal(blocks[..., :width], expected_blocks), case.id


def test_permuted_heads():
    for case in [c for c in CASES if c.kv_heads == 2 and c.heads == "query"][::6]:
        q, k, _ = case.arrays
        shift = case.query_heads // 2
        got = prune(case.policy, np.roll(q, shift, 1), np.roll(k, 1, 1), case.sink, case.window,
                    case.causal)
        for one, two in zip(got, expected_lists(case)):
            assert np.array_equal(one, np.roll(two, shift, 1)), case.id


# Attention.

def test_dense_is_softmax():
    """S18: two keys with scores 0 and ln 3."""
    q = np.ones((1, 1, 1, 1))
    k, v = np.array([0, np.log(3)]).reshape(1, 1, 2, 1), np.array([4.0, 8.0]).reshape(1, 1, 2, 1)
    lists = prune(Dense(1), q.astype(np.float32), k.astype(np.float32), 0, 0)
    got = attention(Dense(1), q, k, v, *lists, 0, 0)
    assert np.isclose(got.out[0, 0, 0, 0], 7) and np.isclose(got.lse[0, 0, 0], np.log(4))


def test_window_attends_sinks_and_band():
    """S15: Tk = 8, S = 1, W = 2, block of 1: the last row sees keys 0, 6 and 7."""
    q, k = np.zeros((1, 1, 1, 2), np.float32), np.zeros((1, 1, 8, 2), np.float32)
    v = np.eye(8, dtype=np.float32)[None, None]
    lists = prune(Window(1), q, k, 1, 2)
    got = attention(Window(1), q, k, v, *lists, 1, 2).out[0, 0, 0]
    assert np.allclose(got * 3, [1, 0, 0, 0, 0, 0, 1, 1])


def test_softcap_and_score_function():
    """S18: a cap of 2 on a score of 3, and a score function that masks every key."""
    q, k = np.full((1, 1, 1, 1), 3.0), np.ones((1, 1, 1, 1))
    lists = prune(Dense(1), q.astype(np.float32), k.astype(np.float32), 0, 0)
    got = attention(Dense(1), q, k, k, *lists, 0, 0, softcap=2.0)
    assert np.isclose(got.lse[0, 0, 0], 2 * np.tanh(1.5))
    masked = attention(Dense(1), q, k, k, *lists, 0, 0, score=lambda s, *_: s * 0 - np.inf)
    assert masked.out.ravel().tolist() == [0] and masked.lse.ravel().tolist() == [-np.inf]


def test_rounded_attention_is_near():
    """S19: within the bounds that hip-run must keep."""
    from bounds import bounds
    from reference.attention import default_scale
    rng = np.random.default_rng(5)
    for dtype in (np.float32, np.float16, ml_dtypes.bfloat16):
        q, k, v = (rng.standard_normal((1, 1, 60, 32)).astype(dtype) for _ in range(3))
        lists = prune(Dense(16), q, k, 0, 0)
        exact = attention(Dense(16), q, k, v, *lists, 0, 0)
        got = attention(Dense(16), q, k, v, *lists, 0, 0, rounded=True)
        out, lse = bounds(exact, dtype, 32, default_scale(32))
        assert (np.abs(got.out - exact.out) <= out).all()
        assert (np.abs(got.lse - exact.lse) <= lse).all()


def test_merge():
    """S21: halves of the keys merge to the whole; empty parts give zero, never NaN (S20)."""
    rng = np.random.default_rng(6)
    q, k, v = (rng.standard_normal((1, 1, n, 8)) for n in (3, 10, 10))
    whole = attention(Dense(8), q, k, v, *prune(Dense(8), q, k, 0, 0, False), 0, 0, False)
    halves = []
    for part in (slice(0, 4), slice(4, 10)):
        lists = prune(Dense(8), q, k[:, :, part], 0, 0, False)
        half = attention(Dense(8), q, k[:, :, part], v[:, :, part], *lists, 0, 0, False)
        halves.append((half.out, half.lse))
    empty = (np.zeros_like(whole.out), np.full_like(whole.lse, -np.inf))
    out, lse = merge([*halves, empty])
    assert np.allclose(out, whole.out) and np.allclose(lse, whole.lse)
    out, lse = merge([empty, empty])
    assert (out == 0).all() and np.isneginf(lse).all()


@pytest.mark.parametrize("text", [
    "tree<block_q = 64, block_k = 2, keep = 512>", "#hip.window<block_q = 64>",
    "stages<[(64, 64, 8192, 4), (64, 4, all, 1)], granule = 2, score = path>",
    "boxes<block_q=64, block_k=8, levels=[(64,2048)], keep=512>", "dense<>"])
def test_policy_text(text):
    policy = parse_policy(text)
    assert parse_policy(str(policy)) == policy


@pytest.mark.parametrize("text,reason", [
    ("bush<block_q = 64>", "names none of"), ("tree<block_q = 64, block_k = 3, keep = 8>", "S13"),
    ("boxes<block_q = 64, block_k = 8, levels = [(60, 120)], keep = 64>", "S14b"),
    ("stages<[(64, 32, 64, 1), (48, 8, 16, 1)]>", "S14"),
    ("tree<block_q = 8, block_k = 2, keep = 8, q_stride = 3, reduce = mean>", "S9")])
def test_refused_policies(text, reason):
    with pytest.raises(ValueError, match=reason):
        parse_policy(text)
