"""hip.mask_blocks (S16c): bit for bit the candidates in which a mask holds; and attention over them (S18c)."""

import numpy as np
import pytest

import programs
from reference import Band, attention, parse_policy, prune
from reference.masks import mask_blocks
from reference.union import candidates

BATCH, HEADS, KV_HEADS, ROWS, KEYS = 2, 4, 2, 75, 700
LENGTHS = np.array([90, 333], np.int32)
DOCUMENTS = np.repeat(np.arange(9), [100, 1, 30, 128, 128, 5, 200, 60, 48]).astype(np.int32)


def lines(text):
    return "\n      ".join(text.split("\n"))


# A region, and what it says of whole arrays. Documents and lengths are %d and %n.
MASKS = {
    "document": (lines("""%r0 = arith.constant 625 : index
%t = arith.addi %i, %r0 : index
%x = tensor.extract %d[%t] : tensor<?xi32>
%y = tensor.extract %d[%j] : tensor<?xi32>
%m = arith.cmpi eq, %x, %y : i32"""), lambda b, h, i, j: DOCUMENTS[i + 625] == DOCUMENTS[j]),
    "prefix": (lines("""%n0 = tensor.extract %n[%b] : tensor<2xi32>
%n1 = arith.index_cast %n0 : i32 to index
%m = arith.cmpi slt, %j, %n1 : index"""), lambda b, h, i, j: j + 0 * i < LENGTHS[b]),
    "heads": (lines("""%c = arith.constant 100 : index
%x = arith.divui %j, %c : index
%y = arith.cmpi eq, %x, %h : index
%z = arith.constant 640 : index
%f = arith.addi %i, %z : index
%w = arith.cmpi eq, %f, %j : index
%m = arith.ori %y, %w : i1"""), lambda b, h, i, j: (j // 100 == h) | (i + 640 == j)),
    "row": (lines("""%c = arith.constant 7 : index
%x = arith.muli %i, %c : index
%m = arith.cmpi eq, %x, %j : index"""), lambda b, h, i, j: 7 * i == j),
    "zero": (lines("""%c = arith.constant 50 : index
%x = arith.subi %i, %c : index
%y = arith.remsi %j, %x : index
%o = arith.constant 49 : index
%m = arith.cmpi eq, %y, %o : index"""),
             lambda b, h, i, j: (i != 50) & (np.fmod(j, np.where(i == 50, 1, i - 50)) == 49)),
    "none": ("%m = arith.constant false", lambda b, h, i, j: np.zeros(np.broadcast_shapes(b.shape, j.shape), bool)),
    "all": ("%m = arith.constant true", lambda b, h, i, j: np.ones(np.broadcast_shapes(b.shape, j.shape), bool)),
}


def holds(mask):
    places = np.ogrid[:BATCH, :HEADS, :ROWS, :KEYS]
    return np.broadcast_to(MASKS[mask][1](*places), (BATCH, HEADS, ROWS, KEYS))


def run(tool, folder, mask, lists, room, band, sizes, pipeline, positions=None, starts=None):
    arrays = {"q": np.zeros((BATCH, HEADS, ROWS, 8), np.float32), "k": np.zeros((BATCH, KV_HEADS, KEYS, 8), np.float32),
              "d": DOCUMENTS, "n": LENGTHS}
    dynamic = {"q": (2,), "k": (2,), "d": (0,)}
    words = ""
    for word, letter, array in (("positions", "p", positions), ("band_start", "e", starts)):
        if array is not None:
            arrays[letter], dynamic[letter] = array, (1,) if letter == "e" else ()
            words += f"\n    {word}(%{letter} : {programs.tensor(array, dynamic[letter])})"
    block_q, block_k = sizes
    made = np.zeros((BATCH, lists, -(-ROWS // block_q), room), np.int32)
    arrays.update(bi=made, ci=made[..., 0])
    types = {name: programs.tensor(x, dynamic.get(name, range(2, x.ndim))) for name, x in arrays.items()}
    outs = f"{types['bi']}, {types['ci']}"
    text = f"""func.func @f({', '.join(f'%{n}: {t}' for n, t in types.items())}) -> ({outs}) {{
  %r:2 = hip.mask_blocks ins(%q, %k : {types['q']}, {types['k']}){words}
    outs(%bi, %ci : {outs})
    band #hip.band<block_q = {band.block_q}, chunk = {band.chunk}, sink = {band.sink}, window = {band.window}{
      '' if band.causal else ', causal = false'}>
    mask {{
    ^bb0(%b: index, %h: index, %i: index, %j: index):
      {MASKS[mask][0]}
      hip.yield %m : i1
    }} {{block_q = {block_q} : i64, block_k = {block_k} : i64}} -> {outs}
  return %r#0, %r#1 : {outs}
}}
"""
    return programs.run(tool, folder, text, list(arrays.values()), 2, pipeline)


def check(tool, folder, mask, lists, band, sizes, pipeline, room=None, first_ends=None, **operands):
    block_q, block_k = sizes
    first, ends = first_ends or candidates(band, ROWS, KEYS, block_k)
    room = KEYS // block_k if room is None else room
    blocks, counts = mask_blocks(holds(mask), lists, block_q, block_k, first, ends, room)
    output = run(tool, folder, mask, lists, room, band, sizes, pipeline, **operands)
    assert np.array_equal(output[1], counts)
    assert np.array_equal(np.where(np.arange(room) < counts[..., None], output[0], -1), blocks)
    return counts


@pytest.mark.parametrize("heads", [HEADS, KV_HEADS, 1])
@pytest.mark.parametrize("mask", MASKS)
def test_lists(tool, place, mask, heads, pipeline):
    """Heads that share a list have the blocks of all of them; the last query block is short."""
    for causal, sizes, chunk in ((True, (16, 4), 8), (False, (64, 32), 32), (False, (1, 128), 128)):
        check(tool, place, mask, heads, Band(sizes[0], chunk, 0, 0, causal), sizes, pipeline)


@pytest.mark.parametrize("mask", MASKS)
def test_sinks_window_and_room(tool, place, mask, pipeline):
    """Sinks and band are no candidates; what a list has no room for is the last."""
    band = Band(16, 16, 32, 100)
    check(tool, place, mask, 1, band, (16, 16), pipeline)
    counts = check(tool, place, mask, 1, band, (16, 2), pipeline, room=3)
    assert counts.max() == 3 or mask in ("none", "document")


def test_positions_and_band_start(tool, place, pipeline):
    """Where rows and bands begin is for each batch entry."""
    positions = np.array([100, 613], np.int32)
    bands = [Band(16, 16, 0, 0, True, int(p)) for p in positions]
    each = [candidates(band, ROWS, KEYS, 16) for band in bands]
    expected = [mask_blocks(holds("document"), 1, 16, 16, *x, KEYS // 16) for x in each]
    output = run(tool, place, "document", 1, KEYS // 16, bands[0], (16, 16), pipeline, positions=positions)
    for b, (blocks, counts) in enumerate(expected):
        assert np.array_equal(output[1][b], counts[b])
        assert np.array_equal(np.where(np.arange(KEYS // 16) < counts[b, ..., None], output[0][b], -1), blocks[b])
    starts = np.array([[0, 16, 160, 10**6, -5]] * 2, np.int32)
    ends = np.clip(starts[0].astype(np.int64), 0, KEYS) // 16
    check(tool, place, "document", 1, Band(16, 16, 0, 0), (16, 16), pipeline, first_ends=(0, ends), starts=starts)


SCORE = """
    score {{
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      {}
      %none = arith.constant 0xFF800000 : f32
      %kept = arith.select %m, {}
      hip.yield %kept : f32
    }}"""


@pytest.mark.parametrize("hides", [False, True])
@pytest.mark.parametrize("mask", ["heads", "row", "none"])
def test_attention(tool, place, mask, hides, pipeline):
    """S18c: dense attention with a mask, also of rows that see no key; NaN in what no row sees reaches none."""
    rng = np.random.default_rng(len(mask))
    q, k, v = (rng.standard_normal((BATCH, heads, rows, 16)).astype(np.float32)
               for heads, rows in ((HEADS, ROWS), (KV_HEADS, KEYS), (KV_HEADS, KEYS)))
    seen = holds(mask) != hides
    # Blocks of 128 keys that no row of a head group sees hold NaN.
    shared = seen.reshape(BATCH, KV_HEADS, -1, KEYS)
    for b, h, x in np.ndindex(BATCH, KV_HEADS, KEYS // 128):
        if not shared[b, h, :, x * 128:(x + 1) * 128].any():
            v[b, h, x * 128:(x + 1) * 128] = np.nan
    order = "%none, %s : f32" if hides else "%s, %none : f32"
    text = programs.attention_program(q, programs.dense(list(k)), programs.dense(list(v)), 16, "dense", "",
                                      SCORE.format(MASKS[mask][0], order))
    out, lse = programs.run(tool, place, text, [q, k, v], 2, pipeline)
    rules = parse_policy("dense<block_q = 64>")
    lists = prune(rules, q, k, 0, 0, False)
    expected = attention(rules, q, k, np.nan_to_num(v), *lists, 0, 0, False,
                         score=lambda s, b, h, i, j: np.where(seen[b, h, i, j], s, -np.inf))
    np.testing.assert_allclose(out, expected.out, rtol=0, atol=2e-5)
    np.testing.assert_allclose(lse, expected.lse, rtol=0, atol=2e-5)


@pytest.mark.parametrize("chip", ["sm_90a", "sm_89"])
def test_chips(tool, place, chip):
    """What GPUs run, on the CPU."""
    check(tool, place / "lists", "heads", KV_HEADS, Band(16, 16, 0, 0), (16, 16), chip)
    test_attention(tool, place / "attention", "heads", False, chip)
