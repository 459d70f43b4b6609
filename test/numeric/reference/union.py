"""hip.union: the distinct candidates among the blocks of lists (S16b)."""

import numpy as np


def candidates(band, rows, keys, block_k):
    """S3, S24: blocks [first, end) of whole candidates, for every query block."""
    ends = np.maximum(np.minimum(band.ends(rows, keys), keys), 0)
    return -(-band.sink // block_k), ends // block_k


def union(lists, counts, list_block_k, block_k, first, ends, room):
    """Blocks [B, Hs, M, room], -1 past the count, and counts [B, Hs, M]."""
    blocks = np.full((*counts[0].shape, room), -1, np.int32)
    found = np.zeros(counts[0].shape, np.int32)
    for at in np.ndindex(found.shape):
        numbers = np.concatenate([
            (entries[at][:max(0, count[at])].astype(np.int64)[:, None] * (size // block_k)
             + np.arange(size // block_k)).ravel()
            for entries, count, size in zip(lists, counts, list_block_k)])
        inside = np.unique(numbers[(numbers >= first) & (numbers < ends[at[2]])])[:room]
        blocks[at][:len(inside)], found[at] = inside, len(inside)
    return blocks, found
