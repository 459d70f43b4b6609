"""Sizes at the ends of what is allowed, names of any spelling, and loops of attention."""

import numpy as np
import pytest

import hip_run
import programs
from reference import Boxes, Dense, Stages, Tree, Union, Window, attention, prune
from test_programs import POLICIES, VIEWS, Shape, check, run

NAMES = ["main", "malloc", "free", "memcpy", "exp2f", "cpu_launch", "hipc_f", "0", "my-attention",
         "ünï code", "llvm.exp2.f32", "_mlir_ciface_f"]


@pytest.mark.parametrize("policy", [Dense(1200), Window(700), Tree(1200, 2, 64)],
                         ids=lambda p: p.NAME)
def test_blocks_of_more_rows_than_a_tile(tool, place, policy, pipeline):
    """A query block is several thread blocks, whose rows share the band and the list."""
    shape = Shape(lengths=(1500,), rows=1300, query_heads=2, kv_heads=1, head_size=16,
                  value_size=16, dtype="f32")
    q, ks, vs, out, lse = run(tool, place, shape, policy, VIEWS["dense"], pipeline)
    check(shape, policy, q, ks, vs, out, lse)


@pytest.mark.parametrize("policy", ["dense", "tree", "boxes"])
def test_long_heads(tool, place, policy, pipeline):
    """Tiles of long rows have fewer of them."""
    if pipeline == "cuda":
        pytest.skip("a tile of 1,200 numbers a row is none of a GPU")
    shape = Shape(lengths=(70,), rows=70, query_heads=2, kv_heads=1, head_size=1200,
                  value_size=1200, dtype="f32")
    q, ks, vs, out, lse = run(tool, place, shape, POLICIES[policy], VIEWS["dense"], pipeline)
    check(shape, POLICIES[policy], q, ks, vs, out, lse)


SMALL = {"dense": Dense(4), "window": Window(4), "tree": Tree(4, 1, 2),
         "stages": Stages(((4, 2, 4, 1), (2, 1, 2, 1))), "boxes": Boxes(4, 1, ((2, 4),), 2),
         "union": Union((Tree(4, 1, 2), Boxes(4, 2, ((2, 4),), 2)))}
SHAPES = [(b, tq, tk) for b in (0, 1) for tq in (0, 1, 5) for tk in (0, 1, 9)]


@pytest.mark.parametrize("policy", SMALL)
def test_none_and_one(tool, place, policy, pipeline):
    """S20: no entries, rows or keys, and one of each."""
    for batch, rows, keys in SHAPES:
        rng = np.random.default_rng([batch, rows, keys])
        q, k, v = (rng.standard_normal((batch, heads, n, 8)).astype(np.float32)
                   for heads, n in ((2, rows), (1, keys), (1, keys)))
        got = hip_run.attention(tool, place / f"{batch}-{rows}-{keys}", q, k, v, SMALL[policy],
                                2, 1, pipeline=pipeline)
        assert got.out.shape == q.shape and got.lse.shape == q.shape[:3]
        if q.size == 0:
            continue
        lists = prune(SMALL[policy], q, k, 2, 1)
        expected = attention(SMALL[policy], q, k, v, *lists, 2, 1, True)
        np.testing.assert_allclose(got.out, expected.out, atol=1e-5)
        np.testing.assert_allclose(got.lse, expected.lse, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_names(tool, place, name, pipeline):
    """A program's function is not the one of the C library or the runtime."""
    shape = Shape(dtype="f32")
    q, ks, vs = shape.arrays()
    key, value = VIEWS["dense"](ks), VIEWS["dense"](vs)
    text = programs.attention_program(q, key, value, 32, POLICIES["dense"], shape.attributes)
    text = text.replace("@f(", f'@"{name}"(')
    out, lse = programs.run(tool, place, text, [q, *key.arrays, *value.arrays], 2, pipeline)
    check(shape, POLICIES["dense"], q, ks, vs, out, lse)


LOOP = """func.func @f(%q: {t}, %k: {t}, %i: {t}) -> {t} {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %o = scf.for %n = %c0 to %c3 step %c1 iter_args(%a = %q) -> ({t}) {{
    %x = hip.attention ins(%a, %k, %k : {t}, {t}, {t}) outs(%i : {t})
      policy #hip.dense<block_q = 16> {{causal}} -> {t}
    scf.yield %x : {t}
  }}
  return %o : {t}
}}
"""


def test_loop_of_attention(tool, place, pipeline):
    """What a round makes is the next one's query; the arguments stay as they are."""
    if pipeline == "cuda":
        pytest.skip("a launch plan carries no arrays")
    rng = np.random.default_rng(7)
    q, k = (rng.standard_normal((1, 2, 33, 16)).astype(np.float32) for _ in range(2))
    text = LOOP.format(t="tensor<1x2x?x16xf32>")
    out, = programs.run(tool, place, text, [q, k, np.zeros_like(q)], 1, pipeline)
    expected = q
    for _ in range(3):
        lists = prune(Dense(16), expected, k, 0, 0)
        expected = attention(Dense(16), expected, k, k, *lists, 0, 0, True).out.astype(np.float32)
    np.testing.assert_allclose(out, expected, atol=1e-4)
