"""The reference's attention worked by hand, rounded as S19 says, and merged."""

import ml_dtypes
import numpy as np

from bounds import bounds
from reference import Dense, Window, attention, merge, prune
from reference.attention import default_scale


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
