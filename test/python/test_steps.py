"""Decode steps whose parts are searched at intervals of their own, against lists made by hand (S17)."""

import numpy as np
import pytest
import reference

import hip_mlir
from hip_mlir._steps import Steps, band_start, intervals_of
from hip_mlir.policies import parts_of

TREE, BOXES = hip_mlir.Tree(keep=32), hip_mlir.Boxes(levels=((32, 96),), keep=16)
STAGES = hip_mlir.Stages(stages=((64, 16, 64, 1), (64, 4, 16, 1)))
UNION = hip_mlir.Union(TREE, BOXES)
SINK, WINDOW, FIRST = 32, 48, 300
OPTIONS = {"sink": SINK, "window": WINDOW, "causal": True, "scale": None, "softcap": None, "list_heads": "kv"}


class Searches:
    """What each part last found, by the NumPy reference, and where the band of that step started."""

    def __init__(self, policy, intervals, options):
        self.policy, self.intervals, self.options = policy, intervals, options
        self.lists, self.starts = [None] * len(intervals), [None] * len(intervals)

    def step(self, number, q, k):
        start = band_start(self.policy, k.shape[2], self.options["sink"], self.options["window"])
        assert start == SINK + max(0, k.shape[2] - WINDOW - SINK) // self.policy.chunk * self.policy.chunk
        for place, (part, interval) in enumerate(zip(parts_of(self.policy), self.intervals)):
            if number % interval == 0:
                # Keys with which the part's own rule S3 has that start.
                rules, seen = reference.parse_policy(str(part)), k[:, :, :start + WINDOW]
                self.lists[place] = reference.prune(rules, q, seen, SINK, WINDOW, self.options["causal"],
                                                    self.options["list_heads"])
                self.starts[place] = start

    def united(self, random):
        """Blocks of the union's size before the oldest start, shuffled and each twice, filled up with none."""
        heads = self.lists[0][1].shape[:2]
        lists = np.empty((*heads, 1), object)
        for at in np.ndindex(lists.shape):
            lists[at] = self._of_one(at, random)
        room = max(1, max(map(len, lists.ravel())))
        blocks = np.full((*lists.shape, room), -1, np.int32)
        for at in np.ndindex(lists.shape):
            blocks[at][:len(lists[at])] = lists[at]
        return blocks, np.full(lists.shape, room, np.int32)

    def _of_one(self, at, random):
        size, found = self.policy.block_k, set()
        for part, (blocks, counts) in zip(parts_of(self.policy), self.lists):
            ways = part.block_k // size
            found |= {int(block) * ways + way for block in blocks[at][:counts[at]] for way in range(ways)}
        found = [block for block in found if block * size < min(self.starts)]
        return random.permutation(found + found)


def arrays(integers, steps, dtype=np.float32, batch=2):
    return (integers(steps, batch, 4, 1, 32, dtype=dtype), integers(batch, 2, FIRST + steps, 32, dtype=dtype),
            integers(batch, 2, FIRST + steps, 64, dtype=dtype))


@pytest.mark.parametrize("policy, intervals, options", [
    (UNION, (1, 1), {}), (UNION, (4, 1), {}), (UNION, (4, 3), {"list_heads": "query", "softcap": 3.0}),
    (UNION, (1, 70), {"causal": False, "scale": 0.25}), (TREE, (5,), {"list_heads": "all"}),
    (hip_mlir.Union(STAGES, TREE, BOXES), (2, 3, 1), {}),
    (hip_mlir.Union(hip_mlir.Tree(block_k=1, keep=5000), BOXES), (3, 1), {}),
], ids=["each step", "tree shared", "both shared", "beyond a chunk", "one part", "three parts", "long lists"])
def test_lists_are_those_of_the_steps_that_searched(policy, intervals, options, integers):
    """The same bits as attention over the lists with a window that grew over what no search has seen."""
    options = {**OPTIONS, **options}
    steps, searches = Steps(policy, intervals, **options), Searches(policy, intervals, options)
    random = np.random.default_rng(3)
    count = 80 if max(intervals) > 8 else 8
    q, k, v = arrays(integers, count)
    for number in range(count):
        keys = FIRST + number
        now = q[number], k[:, :, :keys], v[:, :, :keys]
        searches.step(number, *now[:2])
        out = steps(*now)
        if number % max(1, count // 8):
            continue
        # The number of keys that lie after the oldest start is the window that starts there.
        grown = {**options, "window": keys - min(searches.starts)}
        wanted = hip_mlir.attention(*now, policy, lists=searches.united(random), **grown)
        np.testing.assert_array_equal(out, wanted, err_msg=f"step {number}")
        if max(intervals) == 1:
            np.testing.assert_array_equal(out, hip_mlir.attention(*now, policy, **options))


@pytest.mark.parametrize("list_heads", ["kv", "query", "all"])
def test_searched_in_each_step_is_a_plain_step(integers, list_heads):
    """The lists of the parts together are those of the union, bit for bit."""
    options = {**OPTIONS, "list_heads": list_heads}
    steps = Steps(UNION, (1, 1), **options)
    q, k, v = arrays(integers, 6, np.float16)
    for number in range(6):
        now = q[number], k[:, :, :FIRST + number], v[:, :, :FIRST + number]
        out = steps(*now)
        wanted, (blocks, counts) = hip_mlir.attention(*now, UNION, return_lists=True, **options)
        np.testing.assert_array_equal(out, wanted)
        for at in np.ndindex(counts.shape):
            ways = BOXES.block_k // TREE.block_k
            tree, boxes = (found.blocks[at][:found.counts[at]] for found in steps.found)
            split = (boxes[:, None] * ways + np.arange(ways)).ravel()
            np.testing.assert_array_equal(np.union1d(tree, split), blocks[at][:counts[at]])


def searched(steps, *now):
    """Which parts were searched in a step, by whose lists are new."""
    before = list(steps.found)
    steps(*now)
    return tuple(old is not new for old, new in zip(before, steps.found))


def test_who_is_searched(integers):
    steps = Steps(UNION, (3, 1), **OPTIONS)
    q, k, v = arrays(integers, 8)
    def step(keys, batch=2):
        return searched(steps, q[0, :batch], k[:batch, :, :keys], v[:batch, :, :keys])
    assert [step(FIRST + i) for i in range(5)] == [(True, True), (False, True), (False, True), (True, True),
                                                   (False, True)]
    # Another number of keys than the next, or another batch, is another sequence.
    assert step(FIRST + 6) == (True, True)
    assert step(FIRST + 7) == (False, True)
    assert step(FIRST + 7) == (True, True)
    assert step(FIRST + 8, batch=1) == (True, True)


def test_few_keys_are_dense(integers):
    """No candidates, and keys that the band takes over one by one."""
    steps = Steps(UNION, (8, 1), **OPTIONS)
    q, k, v = arrays(integers, 8)
    for keys in range(1, SINK + WINDOW + 20, 7):
        now = q[0], k[:, :, :keys], v[:, :, :keys]
        np.testing.assert_allclose(steps(*now), hip_mlir.attention(*now), rtol=0, atol=1e-5)


def test_a_covering_budget_is_dense(integers):
    cover = hip_mlir.Union(hip_mlir.Tree(keep=512), BOXES)
    steps = Steps(cover, (5, 1), **OPTIONS)
    q, k, v = arrays(integers, 20)
    for number in range(20):
        now = q[number], k[:, :, :FIRST + number], v[:, :, :FIRST + number]
        np.testing.assert_allclose(steps(*now), hip_mlir.attention(*now), rtol=0, atol=1e-5)


def test_intervals():
    assert intervals_of(hip_mlir.HIP, 8) == (8, 1)
    assert intervals_of(hip_mlir.Union(BOXES, STAGES, TREE), 4) == (1, 4, 4)
    assert intervals_of(hip_mlir.HIP, (3, 2)) == (3, 2)
    assert intervals_of(TREE, 5) == (5,) and intervals_of(hip_mlir.Dense(), 5) == (5,)


def test_refuses_arrays(integers):
    q, k, v = arrays(integers, 1)
    with pytest.raises(TypeError, match="k is float16, but q is float32"):
        Steps(UNION, (8, 1), **OPTIONS)(q[0], k.astype(np.float16), v)


def test_steps_keep_summaries(integers):
    """Of old keys, unless a call does not follow the one before; a part that is not searched needs none."""
    steps = Steps(UNION, (1, 3), **OPTIONS)
    q, k, v = arrays(integers, 8)
    seen = []
    for keys in (FIRST, FIRST + 1, FIRST + 2, FIRST + 3, FIRST + 5):
        steps(q[0], k[:, :, :keys], v[:, :, :keys])
        seen.append(steps.summaries.keys)
    assert seen == [FIRST, FIRST, FIRST, FIRST + 3, FIRST + 5]
    assert Steps(TREE, (1,), **OPTIONS).summaries is None
    # Another sequence of as many keys.
    kept = steps.summaries
    steps(q[0], k[:, :, 1:FIRST + 6], v[:, :, 1:FIRST + 6])
    once = hip_mlir.Summaries(UNION)
    once.update(k[:, :, 1:FIRST + 6])
    np.testing.assert_array_equal(kept.arrays[0], once.arrays[0])
