"""hip.union (S16b): bit for bit the distinct candidates, whatever the lists hold."""

import numpy as np
import pytest

import programs
from reference import Band
from reference.union import candidates, union

HEADS, KV_HEADS, ROWS, KEYS, SINK, WINDOW = 4, 2, 75, 700, 32, 16
I32 = np.iinfo(np.int32)
HOSTILE = [-1, 0, 1, 10**6, I32.min, I32.max, I32.min + 1, I32.max - 1, 2**30]


def run(tool, folder, lists, counts, sizes, block_q, block_k, chunk, room, pipeline):
    q = np.zeros((1, HEADS, ROWS, 8), np.float32)
    k = np.zeros((1, KV_HEADS, KEYS, 8), np.float32)
    out = np.zeros((*counts[0].shape, room), np.int32)
    arrays = {"q": q, "k": k, **{f"l{i}": x for i, x in enumerate(lists)},
              **{f"c{i}": x for i, x in enumerate(counts)}, "bi": out, "ci": counts[0]}
    types = {name: programs.tensor(x, range(2, x.ndim - (name in "qk"))) for name, x in arrays.items()}

    def group(letter):
        names = [f"{letter}{i}" for i in range(len(lists))]
        return f"{', '.join('%' + n for n in names)} : {', '.join(types[n] for n in names)}"
    outs = f"{types['bi']}, {types['ci']}"
    text = f"""func.func @f({', '.join(f'%{n}: {t}' for n, t in types.items())}) -> ({outs}) {{
  %r:2 = hip.union ins(%q, %k : {types['q']}, {types['k']})
    lists({group('l')}) counts({group('c')}) outs(%bi, %ci : {outs})
    band #hip.band<block_q = {block_q}, chunk = {chunk}, sink = {SINK}, window = {WINDOW}>
    {{block_q = {block_q} : i64, block_k = {block_k} : i64,
     list_block_k = array<i64: {', '.join(map(str, sizes))}>}} -> {outs}
  return %r#0, %r#1 : {outs}
}}
"""
    return programs.run(tool, folder, text, list(arrays.values()), 2, pipeline)


def check(tool, folder, lists, counts, sizes, pipeline, block_q=16, block_k=2, chunk=16, room=None):
    band = Band(block_q, chunk, SINK, WINDOW)
    first, ends = candidates(band, ROWS, KEYS, block_k)
    if room is None:
        room = min(sum(x.shape[-1] * size // block_k for x, size in zip(lists, sizes)), -(-KEYS // block_k))
    blocks, found = union(lists, counts, sizes, block_k, first, ends, room)
    output = run(tool, folder, lists, counts, sizes, block_q, block_k, chunk, room, pipeline)
    assert np.array_equal(output[1], found)
    live = np.arange(room) < found[..., None]
    assert np.array_equal(np.where(live, output[0], -1), blocks)
    return found


def draw(rng, heads, lists, width, size, kind):
    """Entries and counts of one list: `ascending` candidates, or any that are not."""
    most = KEYS // size
    entries = rng.integers(-2, most + 3, (1, heads, lists, width))
    counts = rng.integers(0, width + 1, entries.shape[:3])
    if kind == "ascending":
        for at in np.ndindex(counts.shape):
            count = min(counts[at], most)
            entries[at][:count] = np.sort(rng.choice(most, count, replace=False))
            counts[at] = count
    elif kind == "repeated":
        entries = entries % max(1, width // 3) + SINK // size
    elif kind == "sorted":  # with repeats and no candidates
        entries = np.sort(entries)
    elif kind == "hostile":
        some = rng.random(entries.shape) < 0.4
        entries = np.where(some, rng.choice(HOSTILE, entries.shape), entries)
        counts = np.where(rng.random(counts.shape) < 0.3, rng.choice([-1, I32.min, width + 1, I32.max],
                                                                     counts.shape), counts)
    elif kind == "far":  # ascends, and reaches i32's ends
        ends = [I32.min, I32.min + 1, -1, *range(most), 2**30, I32.max - 1, I32.max]
        for at in np.ndindex(counts.shape):
            entries[at] = np.sort(rng.choice(ends, width, replace=width > len(ends)))
    return entries.astype(np.int32), counts.astype(np.int32)


KINDS = ("ascending", "any", "repeated", "sorted", "hostile", "far")


@pytest.mark.parametrize("heads", [HEADS, KV_HEADS, 1])
@pytest.mark.parametrize("kind", KINDS)
def test_one_list(tool, place, kind, heads, pipeline):
    rng = np.random.default_rng([heads, len(kind)])
    for block_q, block_k, size, width in ((16, 2, 2, 40), (64, 8, 8, 7), (1, 4, 16, 5), (16, 2, 2, 200)):
        entries, counts = draw(rng, heads, -(-ROWS // block_q), width, size, kind)
        check(tool, place, [entries], [counts], [size], pipeline, block_q, block_k)


@pytest.mark.parametrize("second", KINDS)
@pytest.mark.parametrize("first", KINDS)
def test_two_lists(tool, place, first, second, pipeline):
    rng = np.random.default_rng([KINDS.index(first), KINDS.index(second)])
    lists, counts = zip(draw(rng, KV_HEADS, 5, 60, 2, first), draw(rng, KV_HEADS, 5, 9, 8, second))
    check(tool, place, lists, counts, [2, 8], pipeline)
    check(tool, place, lists[::-1], counts[::-1], [8, 2], pipeline)


@pytest.mark.parametrize("seed", range(8))
def test_several_lists(tool, place, seed, pipeline):
    """Up to five lists of any lengths; half of the draws all ascend."""
    rng = np.random.default_rng(seed)
    block_k = int(rng.choice([1, 2, 4]))
    sizes = [block_k * int(rng.choice([1, 1, 2, 8])) for _ in range(rng.integers(2, 6))]
    kinds = ["ascending"] * len(sizes) if seed % 2 else rng.choice(KINDS, len(sizes))
    lists, counts = zip(*(draw(rng, 1, 5, int(rng.integers(1, 90)), size, kind)
                          for size, kind in zip(sizes, kinds)))
    check(tool, place, lists, counts, sizes, pipeline, block_k=block_k)


@pytest.mark.parametrize("kind", KINDS)
def test_little_room(tool, place, kind, pipeline):
    """What there is no room for is dropped from the end, and nothing is written past it."""
    rng = np.random.default_rng(11)
    lists, counts = zip(*(draw(rng, HEADS, 5, 30, size, kind) for size in (2, 4)))
    found = check(tool, place, lists, counts, [2, 4], pipeline, room=6)
    assert found.max() == 6
    check(tool, place, lists[:1], counts[:1], [2], pipeline, room=1)


def test_blocks_across_the_ends(tool, place, pipeline):
    """A large block that is partly a sink, partly in the band or partly past the keys is cut."""
    entries = np.arange(12, dtype=np.int32).reshape(1, 1, 1, 12).repeat(5, 2)
    counts = np.full((1, 1, 5), 12, np.int32)
    check(tool, place, [entries], [counts], [64], pipeline, block_k=2, chunk=2)
    check(tool, place, [entries] * 2, [counts] * 2, [64, 32], pipeline, block_k=2, chunk=2)


def test_empty(tool, place, pipeline):
    nothing = np.zeros((1, 1, 5, 0), np.int32), np.zeros((1, 1, 5), np.int32)
    found = check(tool, place, *([x] for x in nothing), [2], pipeline, room=4)
    assert not found.any()
