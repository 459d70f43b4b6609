"""hip.mask_blocks: the candidates in which a mask holds (S16c)."""

import numpy as np


def mask_blocks(holds, lists, block_q, block_k, first, ends, room):
    """Blocks [B, lists, M, room], -1 past the count, and counts [B, lists, M].

    holds: bool [B, Hq, Tq, Tk]; of the blocks [first, ends[m]).
    """
    batch, heads, rows, _ = holds.shape
    blocks = np.full((batch, lists, -(-rows // block_q), room), -1, np.int32)
    counts = np.zeros(blocks.shape[:3], np.int32)
    for b, s, m in np.ndindex(counts.shape):
        shared = holds[b, s * heads // lists:(s + 1) * heads // lists, m * block_q:(m + 1) * block_q]
        kept = [x for x in range(first, ends[m]) if shared[..., x * block_k:(x + 1) * block_k].any()][:room]
        blocks[b, s, m, :len(kept)], counts[b, s, m] = kept, len(kept)
    return blocks, counts
