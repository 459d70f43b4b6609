"""S17: steps of a decode in one program, which searches each part of a union by a counter, keeps lists in the caller's
arrays, and lets the band begin where it did at the oldest search."""

import numpy as np
import pytest

import programs
from reference import Boxes, Tree, Union, attention, prune
from reference.union import union

TREE, BOXES = Tree(64, 2, 32), Boxes(64, 8, ((32, 96),), 16)
POLICY = Union((TREE, BOXES))
SINK, WINDOW, FIRST, STEPS = 32, 48, 300, 7
SHAPE = 2, 4, 2, 32  # B, Hq, Hkv, D
# The tree every 4th step and the boxes every 3rd or each; the oldest list is sometimes of one, sometimes of the other.
INTERVALS = {"tree": (4, 1), "both": (4, 3)}

LISTS = {"tree": "tensor<2x2x1x16xi32>", "boxes": "tensor<2x2x1x2xi32>"}
Q, K, COUNTS, UNITED = "tensor<2x4x1x32xf32>", "tensor<2x2x?x32xf32>", "tensor<2x2x1xi32>", "tensor<2x2x1x24xi32>"


def search(name, part, every):
    """A search where the step is a multiple of `every`, else the lists that the caller has."""
    list_ = LISTS[name]
    return f"""  %{name}_every = arith.constant {every} : i32
  %{name}_age = arith.remui %step, %{name}_every : i32
  %{name}_due = arith.cmpi eq, %{name}_age, %zero : i32
  %{name}:2 = scf.if %{name}_due -> ({list_}, {COUNTS}) {{
    %new:2 = hip.prune ins(%q, %k : {Q}, {K}) outs(%{name}_blocks, %{name}_counts : {list_}, {COUNTS})
      policy #hip.{part} {{sink = {SINK} : i64, window = {WINDOW} : i64, causal, chunk = {POLICY.chunk} : i64}}
      -> {list_}, {COUNTS}
    scf.yield %new#0, %new#1 : {list_}, {COUNTS}
  }} else {{
    scf.yield %{name}_blocks, %{name}_counts : {list_}, {COUNTS}
  }}
"""


def program(intervals):
    band = f"band #hip.band<block_q = 64, chunk = {POLICY.chunk}, sink = {SINK}, window = 0, causal = true>"
    searches = search("tree", TREE, intervals[0]) + search("boxes", BOXES, intervals[1])
    kept = ", ".join(f"%{name}_blocks: {LISTS[name]}, %{name}_counts: {COUNTS}" for name in LISTS)
    types = ", ".join(f"{LISTS[name]}, {COUNTS}" for name in LISTS)
    return f"""func.func @f(%q: {Q}, %k: {K}, %v: {K}, %counter: tensor<1xi32>, {kept}) -> ({Q}, {types}) {{
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0 : i32
  %window = arith.constant {WINDOW} : i32
  %step = tensor.extract %counter[%c0] : tensor<1xi32>
{searches}  %age = arith.maxui %tree_age, %boxes_age : i32
  %grown = arith.addi %window, %age : i32
  %room = tensor.empty() : {UNITED}
  %count = tensor.empty() : {COUNTS}
  %all:2 = hip.union ins(%q, %k : {Q}, {K}) lists(%tree#0, %boxes#0 : {LISTS["tree"]}, {LISTS["boxes"]})
    counts(%tree#1, %boxes#1 : {COUNTS}, {COUNTS}) window(%grown : i32) outs(%room, %count : {UNITED}, {COUNTS})
    {band} {{block_q = 64 : i64, block_k = 2 : i64, list_block_k = array<i64: 2, 8>}} -> {UNITED}, {COUNTS}
  %init = tensor.empty() : {Q}
  %out = hip.block_sparse_attention ins(%q, %k, %v : {Q}, {K}, {K}) list(%all#0, %all#1 : {UNITED}, {COUNTS})
    window(%grown : i32) outs(%init : {Q}) {band} {{block_q = 64 : i64, block_k = 2 : i64}} -> {Q}
  return %out, %tree#0, %tree#1, %boxes#0, %boxes#1 : {Q}, {types}
}}
"""


class Searches:
    """What NumPy finds, part by part, and where the band of that step began."""

    def __init__(self, intervals):
        self.intervals, self.lists, self.starts = intervals, [None, None], [None, None]

    def step(self, number, q, k):
        start = SINK + (k.shape[2] - WINDOW - SINK) // POLICY.chunk * POLICY.chunk
        for place, (part, every) in enumerate(zip((TREE, BOXES), self.intervals)):
            if number % every == 0:
                # Keys with which the part's own rule S3 has that start.
                self.lists[place] = prune(part, q, k[:, :, :start + WINDOW], SINK, WINDOW)
                self.starts[place] = start

    def attend(self, q, k, v):
        first, end = SINK // POLICY.block_k, min(self.starts) // POLICY.block_k
        blocks, counts = zip(*self.lists)
        united = union(blocks, counts, (2, 8), POLICY.block_k, first, [end], 24)
        return attention(POLICY, q, k, v, *united, SINK, WINDOW, starts=[min(self.starts)])


@pytest.mark.parametrize("intervals", INTERVALS)
def test_steps(tool, place, intervals, pipeline):
    """Lists bit for bit, also those that are kept, and outputs of f32."""
    check_steps(tool, place, INTERVALS[intervals], pipeline)


@pytest.mark.parametrize("intervals", INTERVALS)
def test_steps_of_a_chip(tool, place, intervals):
    """What a GPU runs, on the CPU: kernels load the counter."""
    check_steps(tool, place, INTERVALS[intervals], "sm_90a")


def check_steps(tool, place, intervals, pipeline):
    rng = np.random.default_rng(17)
    batch, heads, kv_heads, size = SHAPE
    q = rng.integers(-8, 9, (STEPS, batch, heads, 1, size)).astype(np.float32)
    k, v = (rng.integers(-8, 9, (batch, kv_heads, FIRST + STEPS, size)).astype(np.float32) for _ in range(2))
    kept = [np.full([int(size) for size in text[7:-5].split("x")], 99, np.int32)
            for name in LISTS for text in (LISTS[name], COUNTS)]
    wanted = Searches(intervals)
    for number in range(STEPS):
        now = q[number], k[:, :, :FIRST + number], v[:, :, :FIRST + number]
        before = [array.copy() for array in kept]
        out, *kept = programs.run(tool, place / str(number), program(wanted.intervals),
                                  [*now, np.array([number], np.int32), *kept], 5, pipeline)
        wanted.step(number, *now[:2])
        for part, every in enumerate(wanted.intervals):
            blocks, counts = kept[2 * part:2 * part + 2]
            np.testing.assert_array_equal(counts, wanted.lists[part][1])
            for at in np.ndindex(counts.shape):
                listed = wanted.lists[part][0][at][:counts[at]]
                np.testing.assert_array_equal(blocks[at][:counts[at]], listed)
            if number % every:
                np.testing.assert_array_equal(blocks, before[2 * part])
        np.testing.assert_allclose(out, wanted.attend(*now).out, rtol=0, atol=2e-5, err_msg=f"step {number}")
