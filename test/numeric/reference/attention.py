"""Attention over sinks, listed blocks and band in float64 (S18-S21)."""

from dataclasses import dataclass

import numpy as np

from .bands import Band
from .numbers import dot


@dataclass
class Attention:
    """out [B, Hq, Tq, Dv] and lse [B, Hq, Tq] in float64, and what the error bounds need:
    weighted = sum_j P_j |v_j|, keys = number attended, products = max_j sum_d |q_d k_jd|,
    values = max_j |v_j|."""

    out: np.ndarray
    lse: np.ndarray
    weighted: np.ndarray
    keys: np.ndarray
    products: np.ndarray
    values: np.ndarray


def default_scale(head_size):
    """S18: 1 / sqrt(D), as the float32 that every lowering uses."""
    return np.float32(1 / np.sqrt(np.float64(head_size)))


def attention(policy, q, k, v, blocks, counts, sink, window, causal=True, position0=None,
              scale=None, softcap=None, score=None, rounded=False, starts=None):
    """S18, S20. blocks, counts: a result of prune (its Hs tells the sharing). `score` is a function
    of (s, b, h, i, j) on arrays. rounded = True applies the roundings of S19: float32 scores,
    probabilities (against the row's final maximum) in the input type, output in the input type.
    `starts`, where given, are the E [M] of every list's query block (S17), as band_start is of a batch entry.
    A row whose every score is -inf (a masking score function) counts as one that sees no key."""
    band = Band(policy.block_q, policy.chunk, sink, window, causal, position0)
    scale = default_scale(q.shape[-1]) if scale is None else np.float32(scale)
    shape = q.shape[:3]
    wide = (*shape, v.shape[-1])
    result = Attention(np.zeros(wide), np.full(shape, -np.inf), np.zeros(wide),
                       np.zeros(shape, np.int64), np.zeros(shape), np.zeros(shape))
    transform = _transform(scale, softcap, score)
    group, lists = q.shape[1] // k.shape[1], counts.shape[1]
    for b in range(shape[0]):
        for h in range(shape[1]):
            shared = h * lists // shape[1]
            _head(result, (b, h), policy, band, starts, transform, rounded, q[b, h], k[b, h // group],
                  v[b, h // group], blocks[b, shared], counts[b, shared])
    return result


def _transform(scale, softcap, score):
    """f of S18 after the scale."""
    def apply(s, *where):
        s = s * np.float64(scale)
        if softcap:
            s = np.float64(np.float32(softcap)) * np.tanh(s / np.float64(np.float32(softcap)))
        return score(s, *where) if score else s
    return apply


def attended_keys(policy, band, listed, end, last, keys):
    """S3, S4: ascending keys that rows of a block may attend; `last` is the greatest p(i)."""
    if policy.is_dense:
        return np.arange(last + 1)
    block = policy.block_k
    chosen = (listed[:, None].astype(np.int64) * block + np.arange(block)).reshape(-1)
    attended = np.concatenate([np.arange(band.sink), chosen, np.arange(end, last + 1)])
    return attended[attended <= min(last, keys - 1)]


def _head(result, where, policy, band, starts, transform, rounded, q, k, v, blocks, counts):
    last = band.last_keys(len(q), len(k))
    ends = band.ends(len(q), len(k))
    step = policy.list_block_q
    for m in range(len(counts)):
        rows = slice(m * step, min((m + 1) * step, len(q)))
        end = ends[rows.start // policy.block_q] if starts is None else int(starts[m])
        columns = attended_keys(policy, band, blocks[m, :counts[m]], end, last[rows].max(), len(k))
        if columns.size:
            seen = columns <= last[rows][:, None]
            _block(result, where, rows, columns, seen, transform, rounded, q[rows], k[columns],
                   v[columns])


def _block(result, where, rows, columns, seen, transform, rounded, q, k, v):
    wide_q, wide_k, wide_v = (x.astype(np.float64) for x in (q, k, v))
    at = (*where, rows)
    with np.errstate(all="ignore"):
        products = dot(q, k).astype(np.float64) if rounded else wide_q @ wide_k.T
        b, h = where
        scores = transform(products, b, h, np.arange(rows.start, rows.stop)[:, None], columns)
        scores = np.where(seen, scores, -np.inf)
        top = scores.max(axis=1, keepdims=True)
        weights = np.exp(scores - np.where(np.isneginf(top), 0, top))
        total = weights.sum(axis=1, keepdims=True)
        if rounded:
            weights = weights.astype(np.float32).astype(q.dtype).astype(np.float64)
        live = ~np.isneginf(top[:, 0])
        out = _weighted(weights, seen, wide_v) / total
        if rounded:
            out = out.astype(q.dtype).astype(np.float64)
        result.out[at] = np.where(live[:, None], out, 0)
        result.lse[at] = np.where(live, (top + np.log(total))[:, 0], -np.inf)
        weighted = _weighted(weights, seen, np.abs(wide_v)) / total
        result.weighted[at] = np.where(live[:, None], weighted, 0)
        result.keys[at] = seen.sum(axis=1)
        magnitude = np.abs(wide_q) @ np.abs(wide_k).T
        result.products[at] = np.where(seen, magnitude, 0).max(axis=1)
        result.values[at] = np.where(seen, np.abs(wide_v).max(axis=1), 0).max(axis=1)




def _weighted(weights, seen, v):
    """weights @ v, where a row must not meet a NaN or Inf of a key that it does not see (S20)."""
    if np.isfinite(v).all():
        return weights @ v
    return np.stack([w[s] @ v[s] for w, s in zip(weights, seen)])


def merge(parts):
    """S21: combines (out, lse) pairs in operand order."""
    outs, lses = (np.stack([np.asarray(x, np.float64) for x in xs]) for xs in zip(*parts))
    top = lses.max(axis=0)
    with np.errstate(all="ignore"):
        weights = np.exp(lses - np.where(np.isneginf(top), 0, top))
        total = weights.sum(axis=0)
        out = (np.where(weights > 0, weights, 0)[..., None] * outs).sum(axis=0) / total[..., None]
        lse = top + np.log(total)
    return np.where((total > 0)[..., None], out, 0), np.where(total > 0, lse, -np.inf)
