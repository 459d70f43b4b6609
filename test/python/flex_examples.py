"""The score functions and masks that FlexAttention documents, for NumPy and for PyTorch: `xp` is which, `given` makes
an array of its kind."""

import numpy as np

BATCH, HEADS, ROWS, SIZE = 2, 4, 80, 32


def causal(xp, given):
    return None, lambda b, h, q_idx, kv_idx: q_idx >= kv_idx


def relative(xp, given):
    return lambda score, b, h, q_idx, kv_idx: score + (q_idx - kv_idx), None


def alibi(xp, given):
    slopes = given(np.exp2(-np.arange(1, HEADS + 1) * 8.0 / HEADS).astype(np.float32))
    return lambda score, b, h, q_idx, kv_idx: score + slopes[h] * (kv_idx - q_idx), causal(xp, given)[1]


def soft_cap(xp, given):
    cap = given(np.array(0.5, np.float32))
    return lambda score, b, h, q_idx, kv_idx: xp.tanh(score / cap) * cap, causal(xp, given)[1]


def sliding_window(xp, given):
    return None, lambda b, h, q_idx, kv_idx: (q_idx >= kv_idx) & (q_idx - kv_idx <= 16)


def document(xp, given):
    ids = given(np.repeat(np.arange(4), [10, 30, 1, ROWS - 41]))
    before = causal(xp, given)[1]
    return None, lambda b, h, q_idx, kv_idx: (ids[q_idx] == ids[kv_idx]) & before(b, h, q_idx, kv_idx)


def document_positions(xp, given):
    """A mask of another number in each document, by where the document begins."""
    lengths = [10, 30, 1, ROWS - 41]
    ids, starts = given(np.repeat(np.arange(4), lengths)), given(np.cumsum([0, *lengths[:-1]]))

    def mask(b, h, q_idx, kv_idx):
        here, there = q_idx - starts[ids[q_idx]], kv_idx - starts[ids[kv_idx]]
        return (ids[q_idx] == ids[kv_idx]) & (here - there <= 5) & (here >= there)
    return None, mask


def prefix_lm(xp, given):
    lengths = given(np.array([7, 50]))
    return None, lambda b, h, q_idx, kv_idx: (kv_idx < lengths[b]) | (q_idx >= kv_idx)


def relative_bias(xp, given):
    bias = given(np.random.default_rng(5).standard_normal((HEADS, 2 * ROWS - 1)).astype(np.float32))
    return lambda score, b, h, q_idx, kv_idx: score + bias[h, q_idx - kv_idx + ROWS - 1], None


def whole_bias(xp, given):
    bias = given(np.random.default_rng(5).standard_normal((BATCH, HEADS, ROWS, ROWS)).astype(np.float32))
    shown = given(np.random.default_rng(6).random((ROWS, ROWS)) < 0.5)
    return (lambda score, b, h, q_idx, kv_idx: xp.where(shown[q_idx, kv_idx], score + bias[b, h, q_idx, kv_idx], score),
            None)


def neighbours(xp, given):
    """Of an image of 8 columns (NATTEN)."""
    def mask(b, h, q_idx, kv_idx):
        x, y = q_idx // 8 - kv_idx // 8, q_idx % 8 - kv_idx % 8
        return (abs(x) <= 2) & (abs(y) <= 2)
    return None, mask


EXAMPLES = (causal, relative, alibi, soft_cap, sliding_window, document, document_positions, prefix_lm, relative_bias,
            whole_bias, neighbours)


def make_arrays(rng, dtype=np.float32):
    return [rng.standard_normal((BATCH, heads, ROWS, SIZE)).astype(dtype) for heads in (HEADS, 2, 2)]
