"""report() against masks of all query rows, made of the lists of one whole call by rule S3."""

import numpy as np
import pytest

import hip_mlir

POLICIES = (hip_mlir.Tree(16, 2, 16), hip_mlir.Boxes(16, 4, ((16, 64),), 16), hip_mlir.Window(16), hip_mlir.Dense(),
            hip_mlir.Stages(((32, 16, 64, 2), (16, 4, 16, 1))))
SINK, WINDOW, TOP = 16, 24, 8
# Block of query rows that E is of, and coarsest chunk.
BLOCKS = {"tree": (16, 2, 2), "boxes": (16, 16, 4), "window": (16, 1, 1), "stages": (32, 16, 4)}


def kept_keys(q, k, v, policy, causal, list_heads):
    """[Hq, Tq, Tk]: which keys each row attends, and [Tq, Tk]: which it sees."""
    (heads, rows, _), keys = q.shape, k.shape[1]
    position = np.arange(rows)[:, None] + keys - rows
    key = np.arange(keys)
    visible = key <= position if causal else np.ones((rows, keys), bool)
    if policy.NAME == "dense":
        return np.broadcast_to(visible, (heads, rows, keys)), visible
    block, chunk, size = BLOCKS[policy.NAME]
    least = (np.arange(rows) // block * block + keys - rows)[:, None] if causal else keys - 1
    band = SINK + np.maximum(0, least + 1 - WINDOW - SINK) // chunk * chunk
    kept = np.broadcast_to((key < SINK) | (key >= band), (heads, rows, keys)).copy()
    if policy.makes_lists:
        _, (blocks, counts) = hip_mlir.attention(q, k, v, policy, sink=SINK, window=WINDOW, causal=causal,
                                             list_heads=list_heads, return_lists=True)
        for head in range(heads):
            of = head * len(blocks) // heads
            for row in range(rows):
                place = row // policy.list_block_q
                chosen = blocks[of, place, :counts[of, place]]
                kept[head, row] |= np.isin(key // size, chosen)
    return kept & visible, visible


def expected(q, k, v, row, head, kept, visible):
    """(mass, best, recall, error, keys) of a row by the definitions."""
    group = head * len(k) // len(q)
    scores = q[head, row].astype(np.float64) @ k[group].T.astype(np.float64)
    weights = np.where(visible, np.exp(scores / np.sqrt(q.shape[-1])), 0)
    mine = np.where(kept, weights, 0)
    out, dense = (w / w.sum() @ v[group] for w in (mine, weights))
    order = np.argsort(np.where(visible, -scores, np.inf), kind="stable")
    return (mine.sum() / weights.sum(), kept[order[0]], kept[order[:TOP]].mean(),
            np.linalg.norm(out - dense) / np.linalg.norm(dense), kept.sum())


@pytest.mark.parametrize("policy, causal, list_heads", [
    *((policy, True, "query") for policy in POLICIES), *((policy, False, "kv") for policy in POLICIES),
    (POLICIES[0], True, "kv"), (POLICIES[1], True, "all"), (POLICIES[4], False, "query")], ids=str)
def test_report(rng, policy, causal, list_heads):
    q = rng.standard_normal((4, 150, 16), np.float32)
    k, v = rng.standard_normal((2, 2, 200, 16), np.float32)
    k[:, 100] *= 4
    rows = [0, 3, 31, 70, 71, 149]
    got = hip_mlir.report(q, k, v, policy, rows=rows, top=TOP, sink=SINK, window=WINDOW, causal=causal,
                      list_heads=list_heads)
    kept, visible = kept_keys(q, k, v, policy, causal, list_heads)
    assert list(got.seen) == [visible[row].sum() for row in rows]
    for place, row in enumerate(rows):
        for head in range(4):
            want = expected(q, k, v, row, head, kept[head, row], visible[row])
            have = [array[head, place] for array in (got.mass, got.best, got.recall, got.error, got.keys)]
            np.testing.assert_allclose(np.array(have, float), np.array(want, float), rtol=1e-4, atol=1e-5)


def test_batches_and_types(rng):
    """Each entry of a batch is reported as it is alone, in float16 as in float32."""
    q, k, v = (rng.integers(-2, 3, (2, heads, 300, 16)).astype(np.float16) for heads in (4, 2, 2))
    options = {"policy": hip_mlir.Tree(16, 2, 16), "sink": 16, "window": 16, "rows": 10}
    whole = hip_mlir.report(q, k, v, **options)
    for entry in range(2):
        alone = hip_mlir.report(*(x[entry].astype(np.float32) for x in (q, k, v)), **options)
        assert alone.rows == whole.rows and len(whole.rows) == 10
        np.testing.assert_array_equal(whole.keys[entry], alone.keys)
        np.testing.assert_allclose(whole.mass[entry], alone.mass, atol=1e-5)
        np.testing.assert_allclose(whole.error[entry], alone.error, atol=5e-3)


FIELDS = ("seen", "mass", "best", "recall", "error", "keys")


def test_negative_scale_and_softcap(rng):
    """The best keys are those with the greatest scores, which a soft-cap does not order anew."""
    q, k, v = (rng.standard_normal((heads, 100, 16), np.float32) for heads in (2, 1, 1))
    options = {"policy": hip_mlir.Window(16), "sink": 0, "window": 16, "rows": 20, "softcap": 2.0}
    want = hip_mlir.report(-q, k, v, scale=0.5, **options)
    got = hip_mlir.report(q, k, v, scale=-0.5, **options)
    for name in FIELDS:
        np.testing.assert_allclose(getattr(got, name), getattr(want, name), rtol=1e-5, atol=1e-6)
    flat = hip_mlir.report(q, k, v, scale=-0.5, **{**options, "softcap": None})
    np.testing.assert_array_equal(flat.recall, got.recall)
    assert np.abs(flat.mass - got.mass).max() > 0.01


def test_many_rows_are_several_calls(rng):
    """As many lists as fit one search of all keys, and rows in whole blocks and in one that is cut."""
    q, k, v = (rng.standard_normal((heads, 90, 8), np.float32) for heads in (16, 8, 8))
    options = {"policy": hip_mlir.Tree(16, 2, 16), "sink": 16, "window": 16}
    whole = hip_mlir.report(q, k, v, rows=range(90), **options)
    for row in (0, 63, 64, 89):
        one = hip_mlir.report(q, k, v, rows=[row], **options)
        for name in FIELDS:
            np.testing.assert_allclose(getattr(one, name)[..., 0], getattr(whole, name)[..., row], rtol=1e-5, atol=1e-6)


def test_rows_are_spread(rng):
    q, k, v = rng.standard_normal((3, 1, 20000, 8), np.float32)
    got = hip_mlir.report(q, k, v, hip_mlir.Window())
    assert len(got.rows) == 4
    assert len({row // 64 for row in got.rows}) == 4 and max(got.rows) > 15000 and min(got.rows) < 5000
    assert len(hip_mlir.report(q[:, :3], k[:, :3], v[:, :3], hip_mlir.Window()).rows) == 3
    # Rows that see no key are left out.
    assert min(hip_mlir.report(q[:, :40], k[:, :8], v[:, :8], hip_mlir.Window()).rows) >= 32


def test_prints(rng):
    q, k, v = rng.standard_normal((3, 2, 400, 8), np.float32)
    text = str(hip_mlir.report(q, k, v, hip_mlir.Window(), sink=0, window=64))
    for words in ("window<block_q = 64> on 4 query rows", "mass kept", "best 64 kept", "output error", "% of those"):
        assert words in text


@pytest.mark.parametrize("options, kind, words", [
    ({"policy": 3}, TypeError, "policy is 3"), ({"rows": 0}, ValueError, "rows = 0; give 1 or more"),
    ({"rows": [8]}, ValueError, "a row = 8; give at most 7"), ({"rows": []}, ValueError, "rows is empty"),
    ({"top": 0}, ValueError, "top = 0"), ({"sink": -1}, ValueError, "sink = -1"),
])
def test_refuses(rng, options, kind, words):
    q, k, v = rng.standard_normal((3, 1, 8, 8), np.float32)
    with pytest.raises(kind, match=words):
        hip_mlir.report(q, k, v, **{"policy": hip_mlir.Tree(), **options})


def test_refuses_rows_without_keys(rng):
    q, k, v = rng.standard_normal((3, 1, 8, 8), np.float32)
    with pytest.raises(ValueError, match="no row sees a key"):
        hip_mlir.report(q, k[:, :0], v[:, :0], hip_mlir.Tree())


def test_refuses_an_empty_batch(rng):
    q, k, v = np.zeros((3, 0, 1, 8, 8), np.float32)
    with pytest.raises(ValueError, match=r"q has shape \[0, 1, 8, 8\], of which there is nothing to measure"):
        hip_mlir.report(q, k, v, hip_mlir.Tree())


def test_policy_may_be_a_text(rng):
    q, k, v = rng.standard_normal((3, 1, 64, 16), np.float32)
    assert hip_mlir.report(q, k, v, "tree").policy == hip_mlir.Tree()
