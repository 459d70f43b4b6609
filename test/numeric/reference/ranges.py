"""Range lists and the steps on them (S5-S8, S11, S12).

A list is a pair of int64 arrays (start, length) [..., N] in granules, absolute from key 0; length
0 marks an absent entry. Counts are the numbers of present entries; `select` puts those first.
"""

import numpy as np

from .numbers import order


def partition_chunks(first, granules, chunks):
    """S6 {chunks = n}: chunk x is [x*N/n, (x+1)*N/n) of the N candidate granules [...]."""
    chunks = min(chunks, max(1, int(np.max(granules, initial=0))))  # of more, some are empty
    edges = np.arange(chunks + 1) * granules[..., None] // chunks
    return first + edges[..., :-1], np.diff(edges, axis=-1)


def partition_size(first, granules, size):
    """S6 {size = c}: consecutive chunks of `size` granules; N is a multiple of it (S3)."""
    count = granules // size
    x = np.arange(int(count.max(initial=0)))
    present = x < count[..., None]
    return first + np.where(present, x * size, 0), np.where(present, size, 0)


def split_two(start, length):
    """S7 {ways = 2}: children [..., N, 2]; the first gets ceil(n/2), the second may be empty."""
    half = (length + 1) // 2
    return np.stack([start, start + half], -1), np.stack([half, length - half], -1)


def split_equal(start, length, ways):
    """S7 {ways = w} into equal parts, in place of the parent: [..., N * w]."""
    if np.any(length % ways):
        raise ValueError(f"a length is not a multiple of ways = {ways} (S7)")
    part = length // ways
    starts = start[..., None] + part[..., None] * np.arange(ways)
    shape = (*start.shape[:-1], -1)
    return starts.reshape(shape), np.repeat(part, ways, axis=-1).reshape(shape)


def representative(start, length, which):
    """S8: the granule that stands for each range."""
    offset = {"first": 0 * length, "center": length // 2, "last": length - 1}[which]
    return start + offset


def select(start, length, score, keep):
    """S12: keeps min(keep, count) ranges by (score descending, start ascending), ascending by
    start. An absent entry has key 0, below every range's."""
    present = length > 0
    low = np.uint64(0xFFFFFFFF) - start.astype(np.uint64)
    key = np.where(present, order(score).astype(np.uint64) << np.uint64(32) | low, np.uint64(0))
    best = np.argsort(key, axis=-1)[..., ::-1][..., :keep]
    return compact(np.take_along_axis(start, best, -1), np.take_along_axis(length, best, -1))


def compact(start, length):
    """Present entries first, ascending by start."""
    rank = np.where(length > 0, start, np.iinfo(np.int64).max)
    ascending = np.argsort(rank, axis=-1, kind="stable")
    return np.take_along_axis(start, ascending, -1), np.take_along_axis(length, ascending, -1)


def descend(start, length, levels, score_of, path):
    """S11: the fused top-1 search; returns the score of every range.

    score_of(start, length) scores representatives. A half that is empty loses; a tie, also one of
    two NaN, keeps the first half. The path is the representatives kept at levels 1..levels: the
    range's own stands only when levels = 0, and then it is the score."""
    if levels == 0:
        return score_of(start, length)
    best = np.full(start.shape, np.nan, np.float32)
    for _ in range(levels):
        starts, lengths = split_two(start, length)
        scores = score_of(starts, lengths)
        keys = order(scores)
        second = (lengths[..., 1] > 0) & (keys[..., 1] > keys[..., 0])
        pick = second[..., None].astype(np.int64)
        start, length, leaf = (np.take_along_axis(x, pick, -1)[..., 0]
                               for x in (starts, lengths, scores))
        best = np.fmax(best, leaf)
    return best if path else leaf


def ceil_log2(n):
    return int(n - 1).bit_length()
