"""Scores of keys and boxes (S9, S10, S10b).

Maxima over rows, keys and sharing heads commute, so the reference first takes, for every list and
every key, the greatest dot product over rows and heads; a range's score is then a maximum over
entries of that table. fmax skips NaN unless nothing else is there: NaN is below every number.
"""

import numpy as np

from .numbers import dot
from .ranges import representative

# Query blocks scored together: keys past the last one's candidates are not computed.
BLOCKS_AT_ONCE = 8


def sample_rows(q, block_q, q_stride, reduce):
    """S9: the rows of q [T, D] to score, float32 [n, D], and the first of each block [M].

    max: rows 0, q_stride, ... of the block. mean: groups of q_stride rows from the block's first;
    the last group of a block or of the prompt may be short. Its live rows are added in float32 in
    ascending order from +0, divided by their number, rounded to the input type."""
    block = np.arange(len(q)) // block_q
    offset = np.arange(len(q)) % block_q
    firsts = np.flatnonzero(offset % q_stride == 0)
    starts = np.searchsorted(block[firsts], np.arange(block[-1] + 1))
    if reduce == "max":
        return q[firsts].astype(np.float32), starts
    ends = np.append(firsts[1:], len(q))
    total = np.zeros((len(firsts), q.shape[1]), np.float32)
    for step in range(q_stride):
        live = firsts + step < ends
        total[live] += q[(firsts + step)[live]].astype(np.float32)
    mean = total / (ends - firsts).astype(np.float32)[:, None]
    return mean.astype(q.dtype).astype(np.float32), starts


def summarize(k, granule, there=None):
    """S10b: elementwise minimum and maximum [floor(T / g), D] of each full granule of k [T, D].
    NaN propagates: such a box scores NaN, below every number, as does one of keys that are not
    `there` [T], which are skipped where the box has others (S24)."""
    full = len(k) // granule
    boxes = k[:full * granule].astype(np.float32).reshape(full, granule, k.shape[1])
    low, high = boxes.min(axis=1), boxes.max(axis=1)
    if there is not None:
        there = there[:full * granule].reshape(full, granule)
        for x in np.flatnonzero(there.any(axis=1) & ~there.all(axis=1)):
            low[x], high[x] = boxes[x, there[x]].min(axis=0), boxes[x, there[x]].max(axis=0)
    return low, high


def box_rows(rows):
    """S10b: [max(q, 0), min(q, 0)]; the products with the maxima come first, d ascending."""
    zero = np.float32(0)
    return np.concatenate([np.maximum(rows, zero), np.minimum(rows, zero)], axis=-1)


def greatest(rows, starts, columns, ends):
    """The greatest dot product of each block's rows (S10) with each column: float32 [M, n].

    columns [n, D] are keys or boxes; block m may use the first ends[m] (ends ascend). Entries that
    no block of its group may use are NaN."""
    blocks = len(starts)
    table = np.full((blocks, len(columns)), np.nan, np.float32)
    edges = np.append(starts, len(rows))
    for m in range(0, blocks, BLOCKS_AT_ONCE):
        last = min(m + BLOCKS_AT_ONCE, blocks)
        end = int(ends[m:last].max())
        if end:
            products = dot(rows[edges[m]:edges[last]], columns[:end])
            local = (starts[m:last] - starts[m]).astype(np.int64)
            table[m:last, :end] = np.fmax.reduceat(products, local, axis=0)
    return table


def token_table(q, k, sharing, block_q, q_stride, reduce, ends):
    """S10: [Hs, M, Tk] of q [Hq, Tq, D], k [Hkv, Tk, D]. sharing: the query heads of each list;
    ends [M]: keys that block m may use."""
    return _table(q, k, sharing, block_q, q_stride, reduce, ends,
                  rows_of=lambda rows: rows, columns_of=lambda keys: keys.astype(np.float32))


def box_table(q, k, sharing, block_q, q_stride, box, ends, there=None):
    """S10b: [Hs, M, floor(Tk / box)]; ends [M] in keys."""
    def columns_of(keys):
        low, high = summarize(keys, box, there)
        return np.concatenate([high, low], axis=-1)
    return _table(q, k, sharing, block_q, q_stride, "max", ends // box, box_rows, columns_of)


def _table(q, k, sharing, block_q, q_stride, reduce, ends, rows_of, columns_of):
    group = len(q) // len(k)
    columns = [columns_of(keys) for keys in k]
    lists = []
    for heads in sharing:
        table = None
        for head in heads:
            rows, starts = sample_rows(q[head], block_q, q_stride, reduce)
            one = greatest(rows_of(rows), starts, columns[head // group], ends)
            table = one if table is None else np.fmax(table, one)
        lists.append(table)
    return np.stack(lists)


def token_scores(table, start, length, which, granule, k_stride):
    """S8, S10: scores of ranges [Hs, M, ...]: the greatest of the keys at offsets 0, k_stride, ...
    of the representative granule. Absent ranges read entry 0; their score means nothing."""
    first = representative(start, length, which)[..., None] * granule
    keys = first + np.arange(0, granule, k_stride)
    keys = np.where((length > 0)[..., None], keys, 0)
    return np.fmax.reduce(take(table, keys), axis=-1)


def take(table, index):
    """table [Hs, M, T] at index [Hs, M, ...]."""
    flat = index.reshape(*index.shape[:2], -1)
    if not flat.size:
        return np.zeros(index.shape, np.float32)
    return np.take_along_axis(table, flat, -1).reshape(index.shape)
