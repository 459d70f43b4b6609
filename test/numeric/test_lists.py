"""Lists that the caller makes: random, shared, empty, and with entries that are no candidates."""

import numpy as np
import pytest

import programs
from bounds import bounds
from cases import TYPES
from reference import Band, Tree, attention
from reference.attention import default_scale
from test_attention import check_close

PROGRAM = """func.func @f(%q: {q}, %k: {k}, %v: {k}, %blocks: {blocks}, %counts: {counts})
    -> ({q}, {lse}, {counts}) {{
  %rows = arith.constant 2 : index
  %t = tensor.dim %q, %rows : {q}
  %o = tensor.empty(%t) : {q}
  %l = tensor.empty(%t) : {lse}
  %m = tensor.dim %counts, %rows : {counts}
  %fi = tensor.empty(%m) : {counts}
  %r:2 = hip.block_sparse_attention ins(%q, %k, %v : {q}, {k}, {k})
    list(%blocks, %counts : {blocks}, {counts}) outs(%o, %l : {q}, {lse})
    band #hip.band<block_q = {block_q}, chunk = {block_k}, sink = {sink}, window = {window}>
    {{block_q = {block_q} : i64, block_k = {block_k} : i64}} -> {q}, {lse}
  %f = hip.check_list ins(%q, %k : {q}, {k}) list(%blocks, %counts : {blocks}, {counts})
    outs(%fi : {counts})
    band #hip.band<block_q = {block_q}, chunk = {block_k}, sink = {sink}, window = {window}>
    {{block_q = {block_q} : i64, block_k = {block_k} : i64}} -> {counts}
  return %r#0, %r#1, %f : {q}, {lse}, {counts}
}}
"""
SINK, WINDOW, HEADS, KV_HEADS = 16, 8, 4, 2


def run(tool, folder, arrays, lists, block_q, block_k, pipeline):
    q, k, v = arrays
    text = PROGRAM.format(q=programs.tensor(q, (2,)), k=programs.tensor(k, (2,)), sink=SINK,
                          blocks=programs.tensor(lists[0], (2,)), window=WINDOW, block_q=block_q,
                          counts=programs.tensor(lists[1], (2,)), block_k=block_k,
                          lse=f"tensor<{q.shape[0]}x{q.shape[1]}x?xf32>")
    return programs.run(tool, folder, text, [q, k, v, *lists], 3, pipeline)


def make(dtype, rows, keys, seed=3, batch=2, size=64):
    rng = np.random.default_rng(seed)
    shapes = ((batch, HEADS, rows, size), *((batch, KV_HEADS, keys, size),) * 2)
    return [rng.standard_normal(shape).astype(TYPES[dtype]) for shape in shapes]


def random_lists(arrays, block_q, block_k, sharing, width, seed=4):
    """Ascending lists of candidates; every seventh is empty."""
    rng = np.random.default_rng(seed)
    q, k = arrays[:2]
    ends = Band(block_q, block_k, SINK, WINDOW).ends(q.shape[2], k.shape[2])
    blocks = np.zeros((q.shape[0], sharing, len(ends), width), np.int32)
    counts = np.zeros(blocks.shape[:3], np.int32)
    for x, at in enumerate(np.ndindex(counts.shape)):
        candidates = np.arange(SINK, ends[at[2]], block_k) // block_k
        count = min(width, len(candidates)) if x % 7 else 0
        blocks[at][:count] = np.sort(rng.choice(candidates, count, replace=False))
        counts[at] = count
    return blocks, counts


def check(arrays, lists, block_q, block_k, dtype, output, faults=0):
    """`lists` hold candidates alone; `faults` are what the lists that were given had beside them."""
    policy = Tree(block_q, block_k, block_k)
    expected = attention(policy, *arrays, *lists, SINK, WINDOW)
    size = arrays[0].shape[-1]
    out_bound, lse_bound = bounds(expected, TYPES[dtype], size, default_scale(size))
    check_close("lse", output[1], expected.lse, lse_bound)
    check_close("out", output[0].astype(np.float64), expected.out, out_bound)
    assert np.array_equal(output[2], np.broadcast_to(faults, output[2].shape))


@pytest.mark.parametrize("sharing", [HEADS, KV_HEADS, 1])
@pytest.mark.parametrize("block_q, block_k, dtype", [(16, 2, "f32"), (64, 8, "f16"),
                                                     (128, 16, "bf16"), (1, 4, "f16")])
def test_given_lists(tool, place, block_q, block_k, dtype, sharing, pipeline):
    arrays = make(dtype, 131, 170)
    lists = random_lists(arrays, block_q, block_k, sharing, 6)
    output = run(tool, place, arrays, lists, block_q, block_k, pipeline)
    check(arrays, lists, block_q, block_k, dtype, output)


def faults(blocks, counts, ends, block_k):
    """What hip.check_list counts: entries that are no candidates, or not above the one before."""
    found = np.zeros(counts.shape, np.int32)
    for at in np.ndindex(counts.shape):
        entries = blocks[at][:counts[at]].astype(np.int64)
        inside = (entries * block_k >= SINK) & ((entries + 1) * block_k <= ends[at[2]])
        above = np.concatenate([[True], np.diff(entries) > 0])[:len(entries)]
        found[at] = (~(inside & above)).sum()
    return found


BAD = [-1, -(2**31), 2**31 - 1, 2**30, 0, 1, 10**6]  # 0 and 1 are sinks


@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_bad_entries_are_skipped(tool, place, dtype, pipeline):
    """S24: bit for bit what the lists without them give, and no access outside the keys."""
    block_q, block_k = 32, 8
    arrays = make(dtype, 100, 150)
    good = random_lists(arrays, block_q, block_k, HEADS, 5)
    bad = np.zeros((*good[0].shape[:3], 5 + len(BAD)), np.int32), good[1].copy()
    ends = Band(block_q, block_k, SINK, WINDOW).ends(100, 150)
    for at in np.ndindex(good[1].shape):
        count = good[1][at]
        wrong = [*BAD, ends[at[2]] // block_k]  # and the first block of the band
        wrong = wrong[:len(BAD) + 5 - count]
        entries = [*wrong, *good[0][at][:count]]
        bad[0][at][:len(entries)] = entries
        bad[1][at] = len(entries)
    output = run(tool, place, arrays, bad, block_q, block_k, pipeline)
    check(arrays, good, block_q, block_k, dtype, output, faults(*bad, ends, block_k))


def test_order_is_checked(tool, place, pipeline):
    """S5: attention weighs a repeated block as often as it is listed, and the check says so."""
    block_q, block_k = 32, 8
    arrays = make("f32", 100, 150)
    blocks, counts = random_lists(arrays, block_q, block_k, HEADS, 5)
    ends = Band(block_q, block_k, SINK, WINDOW).ends(100, 150)
    mixed = np.random.default_rng(8).permuted(np.concatenate([blocks, blocks], -1), axis=-1)
    expected = faults(mixed, 2 * counts, ends, block_k)
    assert (expected[counts > 1] > 0).all()
    output = run(tool, place, arrays, (mixed, 2 * counts), block_q, block_k, pipeline)
    assert np.array_equal(output[2], expected)


@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_bad_counts_are_held_to_the_list(tool, place, dtype, pipeline):
    """S24: a count below 0 is none, one above the list's length is all of it."""
    block_q, block_k = 32, 8
    arrays = make(dtype, 100, 150)
    blocks, counts = random_lists(arrays, block_q, block_k, HEADS, 3)
    full = counts == 3
    assert full.any() and not full.all()
    claimed = np.where(full, 3 + np.arange(counts.size).reshape(counts.shape) * 1000,
                       np.where(counts == 0, -5, counts)).astype(np.int32)
    output = run(tool, place, arrays, (blocks, claimed), block_q, block_k, pipeline)
    check(arrays, (blocks, counts), block_q, block_k, dtype, output, claimed != counts)
