"""hip.prune: the policies as compositions of the steps (S13-S16)."""

import numpy as np

from . import ranges, scores
from .bands import Band
from .policies import ALL, Boxes, Dense, Stages, Tree, Union, Window


def selection_heads(heads, query_heads, kv_heads):
    """Section 1: the query heads that share each list, for heads = query, kv or all."""
    lists = {"query": query_heads, "kv": kv_heads, "all": 1}[heads]
    return np.arange(query_heads).reshape(lists, -1)


def prune(policy, q, k, sink, window, causal=True, heads="kv", position0=None,
          there=None):
    """S16: blocks i32 [B, Hs, M, N] and counts i32 [B, Hs, M] of q [B, Hq, Tq, D] and
    k [B, Hkv, Tk, D]. Entries past the count are 0 here. Keys that are not `there` [B, Tk] are
    skipped (S24)."""
    band = Band(policy.block_q, policy.chunk, sink, window, causal, position0)
    if not isinstance(policy, Window) and sink % policy.sink_multiple:
        raise ValueError(f"sink = {sink} is not a multiple of {policy.sink_multiple} (S3, S14b)")
    sharing = selection_heads(heads, q.shape[1], k.shape[1])
    if there is None:
        there = np.ones((len(k), k.shape[2]), bool)
    k = np.where(there[:, None, :, None], k, k.dtype.type(np.nan))
    results = [RULES[type(policy)](policy, q[b], k[b], band, sharing, there[b])
               for b in range(len(q))]
    width = policy.width(k.shape[2])
    blocks = np.stack([_pad(start, width) for start, _ in results])
    counts = np.stack([(length > 0).sum(-1, dtype=np.int32) for _, length in results])
    return blocks, counts


def _pad(start, width):
    out = np.zeros((*start.shape[:-1], width), np.int32)
    out[..., :start.shape[-1]] = start[..., :width]
    return out


def _tree(policy, q, k, band, sharing, _there):
    """S13. A list whose chunks are single granules is a fixed point of split, score and select, so
    all lists take as many steps as the longest chunk of any needs."""
    keep, granule = policy.keep // policy.block_k, policy.block_k
    ends = band.ends(q.shape[1], k.shape[1])
    table = scores.token_table(q, k, sharing, policy.block_q, policy.q_stride, policy.reduce, ends)
    granules = np.broadcast_to((ends - band.sink) // granule, table.shape[:2])
    start, length = ranges.partition_chunks(band.sink // granule, granules, keep)
    start, length = ranges.compact(start, length)
    for _ in range(ranges.ceil_log2(max(1, int(length.max(initial=1))))):
        start, length = (x.reshape(*x.shape[:2], -1) for x in ranges.split_two(start, length))
        score = scores.token_scores(table, start, length, policy.representative, granule,
                                    policy.k_stride)
        start, length = ranges.select(start, length, score, keep)
    return start, length


def _stages(policy, q, k, band, sharing, _there):
    """S14. Band and candidates are those of the first stage's query blocks at every stage; when
    block_q shrinks, each finer block takes its parent's list and scores it with its own rows."""
    granule = policy.granule
    coarse_ends = band.ends(q.shape[1], k.shape[1])
    start = length = None
    for index, (block_q, chunk, keep, q_stride) in enumerate(policy.stages):
        parent = np.arange(-(-q.shape[1] // block_q)) * block_q // policy.block_q
        ends = coarse_ends[parent]
        table = scores.token_table(q, k, sharing, block_q, q_stride, policy.reduce, ends)
        if index == 0:
            granules = np.broadcast_to((ends - band.sink) // granule, table.shape[:2])
            start, length = ranges.partition_size(band.sink // granule, granules, chunk // granule)
        else:
            start, length = _refine(start, length, policy.stages[index - 1], block_q, chunk,
                                    table.shape[1])
        if keep != ALL:
            def score_of(s, n, table=table):
                return scores.token_scores(table, s, n, policy.representative, granule,
                                           policy.k_stride)
            score = ranges.descend(start, length, ranges.ceil_log2(chunk // granule), score_of,
                                   policy.score == "path")
            start, length = ranges.select(start, length, score, keep // chunk)
    return start * granule // policy.block_k, length


def _refine(start, length, coarse, block_q, chunk, blocks):
    """S14: the parent's list for each finer query block, its chunks split into equal parts."""
    parent = np.arange(blocks) * block_q // coarse[0]
    return ranges.split_equal(start[:, parent], length[:, parent], coarse[1] // chunk)


def _boxes(policy, q, k, band, sharing, there):
    """S14b. Candidates start at S, a multiple of the first box, and end on a multiple of it after
    S: every box is full and one entry of its summary, which starts from key 0."""
    granule = policy.block_k
    ends = band.ends(q.shape[1], k.shape[1])
    shape = (len(sharing), len(ends))
    granules = np.broadcast_to((ends - band.sink) // granule, shape)
    start, length = ranges.partition_size(band.sink // granule, granules, policy.chunk // granule)
    sizes = [box for box, _ in policy.levels] + [granule]
    for (box, keep), finer in zip(policy.levels, sizes[1:]):
        table = scores.box_table(q, k, sharing, policy.block_q, policy.q_stride, box, ends, there)
        index = np.where(length > 0, start * granule // box, 0)
        start, length = ranges.select(start, length, scores.take(table, index), keep // box)
        start, length = ranges.split_equal(start, length, box // finer)
    table = scores.token_table(q, k, sharing, policy.block_q, policy.q_stride, "max", ends)
    score = scores.token_scores(table, start, length, "first", granule, 1)
    return ranges.select(start, length, score, policy.keep // granule)


def _window(policy, q, k, band, sharing, _there):
    """S15: neither window nor dense has a list; dense attends every key as band."""
    empty = np.zeros((len(sharing), -(-q.shape[1] // policy.block_q), 0), np.int64)
    return empty, empty


def _union(policy, q, k, band, sharing, there):
    """S14c, S16b: every part searches by itself, between the same E; the distinct blocks of all."""
    if policy.is_dense:
        return _window(policy, q, k, band, sharing, there)
    lists = [(*RULES[type(part)](part, q, k, band, sharing, there), part.block_k // policy.block_k)
             for part in policy.parts]
    kept = np.empty(lists[0][0].shape[:2], object)
    for at in np.ndindex(kept.shape):
        kept[at] = np.unique(np.concatenate([
            (start[at][length[at] > 0, None] * ways + np.arange(ways)).ravel()
            for start, length, ways in lists]))
    most = max((len(each) for each in kept.ravel()), default=0)
    start, length = np.zeros((2, *kept.shape, most), np.int64)
    for at, each in np.ndenumerate(kept):
        start[at][:len(each)], length[at][:len(each)] = each, 1
    return start, length


RULES = {Tree: _tree, Stages: _stages, Boxes: _boxes, Window: _window, Dense: _window, Union: _union}
