"""S1b: packed queries. Each entry has the bits of a call of its own."""

import numpy as np
import pytest

import programs
from programs import TYPE_NAMES, tensor
from reference import Tree, places
from test_programs import POLICIES, VIEWS, Shape, check

# Rows of each entry: more than a query block, one, none, rows without keys, a block less one, one more.
ROWS = (40, 1, 0, 17, 15, 33)
SHAPE = Shape(lengths=(90, 7, 5, 0, 33, 64), heads="kv")


def packed_arrays(shape, rows):
    """q [1, Hq, total, D], and queries, keys and values of each entry."""
    rng = np.random.default_rng([*rows, *shape.lengths])
    _, ks, vs = shape.arrays()
    qs = [rng.standard_normal((shape.query_heads, n, shape.head_size)).astype(ks[0].dtype) for n in rows]
    return np.concatenate(qs, axis=1)[np.newaxis], qs, ks, vs


def starts(rows):
    return np.cumsum([0, *rows]).astype(np.int32)


def program(q, offsets, key, value, value_size, policy, attributes):
    """@f(q, offsets, rows [most, 0], key, value) -> (out, lse) packed, and what check_keys counts."""
    heads, size = q.shape[1], q.shape[3]
    element, batch = TYPE_NAMES[q.dtype.name], len(offsets) - 1
    query, view = tensor(q, (2,)), f"!hip.query<{batch}x{heads}x?x{size}x{element}>"
    out, lse = f"tensor<1x{heads}x?x{value_size}x{element}>", f"tensor<1x{heads}x?xf32>"
    key_lines, k = key.value("k")
    value_lines, v = value.value("v")
    arguments = ", ".join([f"%q: {query}, %offsets: {tensor(offsets)}, %rows: tensor<?x0xi32>",
                           *key.arguments("k"), *value.arguments("v")])
    faults = f"tensor<{batch}xi32>"
    return f"""func.func @f({arguments}) -> ({out}, {lse}, {faults}) {{
{key_lines}{value_lines}  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %most = tensor.dim %rows, %c0 : tensor<?x0xi32>
  %total = tensor.dim %q, %c2 : {query}
  %packed = hip.query.ragged %q[%offsets] most(%most) : {query}, {tensor(offsets)}
  %o = tensor.empty(%total) : {out}
  %l = tensor.empty(%total) : {lse}
  %r:2 = hip.attention ins(%packed, {k}, {v} : {view}, {key.type}, {value.type})
    outs(%o, %l : {out}, {lse}) policy #hip.{policy} {{{attributes}}} -> {out}, {lse}
  %n = tensor.empty() : {faults}
  %c = hip.check_keys ins(%packed : {view}) outs(%n : {faults}) -> {faults}
  return %r#0, %r#1, %c : {out}, {lse}, {faults}
}}
"""


def run(tool, folder, shape, policy, view, pipeline, q, offsets, most, ks, vs):
    key, value = view(ks), view(vs)
    text = program(q, offsets, key, value, shape.value_size, policy, shape.attributes)
    inputs = [q, offsets, np.zeros((most, 0), np.int32), *key.arrays, *value.arrays]
    return programs.run(tool, folder, text, inputs, 3, pipeline)


def alone(tool, folder, shape, policy, view, pipeline, q, k, v, most):
    """out and lse of an entry by a call of its own: on a GPU, which has programs of their own for few rows, one with
    the same most rows."""
    if pipeline == "cuda" or pipeline.startswith("sm_"):
        return [x[0] for x in run(tool, folder, shape, policy, view, pipeline, q[np.newaxis], starts([q.shape[1]]), most,
                                  [k], [v])[:2]]
    key, value = view([k]), view([v])
    text = programs.attention_program(q[np.newaxis], key, value, shape.value_size, policy, shape.attributes)
    return [x[0] for x in programs.run(tool, folder, text, [q[np.newaxis], *key.arrays, *value.arrays], 2, pipeline)]


def check_entries(tool, place, shape, policy, view, pipeline, rows=ROWS, most=None):
    q, qs, ks, vs = packed_arrays(shape, rows)
    offsets, most = starts(rows), most or max(rows)
    out, lse, faults = run(tool, place / "packed", shape, policy, view, pipeline, q, offsets, most, ks, vs)
    assert out.shape == (1, shape.query_heads, sum(rows), shape.value_size) and not faults.any()
    for b, (first, end) in enumerate(zip(offsets, offsets[1:])):
        own_out, own_lse = out[:, :, first:end], lse[:, :, first:end]
        if first < end:
            check(shape, policy, qs[b][np.newaxis], ks[b:b + 1], vs[b:b + 1], own_out, own_lse)
            expected = alone(tool, place / str(b), shape, policy, view, pipeline, qs[b], ks[b], vs[b],
                             most)
            np.testing.assert_array_equal(own_out[0], expected[0], f"out of entry {b}")
            np.testing.assert_array_equal(own_lse[0], expected[1], f"lse of entry {b}")


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("view", ["ragged", "paged4"])
def test_entries(tool, place, view, policy, pipeline):
    check_entries(tool, place, SHAPE, POLICIES[policy], VIEWS[view], pipeline)


@pytest.mark.parametrize("policy", POLICIES)
def test_of_the_chip(tool, place, policy):
    """Programs of a GPU, on the CPU."""
    check_entries(tool, place, SHAPE, POLICIES[policy], VIEWS["ragged"], "sm_90a")


@pytest.mark.parametrize("rows", [(1, 3, 0, 1), (16, 5, 1, 16)], ids=str)
@pytest.mark.parametrize("runs", ["cpu", "sm_90a", "sm_89"])
@pytest.mark.parametrize("policy", ["tree", "union", "dense"])
def test_few_rows(tool, place, policy, runs, rows):
    """As decode steps have: searches by many warps, keys in parts."""
    shape = Shape(lengths=(300, 171, 60, 7), query_heads=8, sink=64, heads="kv")
    check_entries(tool, place, shape, POLICIES[policy], VIEWS["paged4"], runs, rows)


@pytest.mark.parametrize("heads", ["query", "all"])
@pytest.mark.parametrize("causal", [True, False])
def test_lists(tool, place, heads, causal, pipeline):
    shape = Shape(lengths=SHAPE.lengths, heads=heads, causal=causal, dtype="f32")
    check_entries(tool, place, shape, POLICIES["stages"], VIEWS["ragged"], pipeline)


@pytest.mark.parametrize("policy", ["tree", "dense"])
def test_more_than_the_most_rows(tool, place, policy, pipeline):
    """A bound above all entries changes nothing."""
    check_entries(tool, place, SHAPE, POLICIES[policy], VIEWS["ragged"], pipeline, most=1000)


@pytest.mark.parametrize("policy", ["tree", "boxes", "dense"])
@pytest.mark.parametrize("offsets", [(0, 40, 30, 70), (-5, 12, 12, 1000), (2**31 - 1, -2**31, 3, 3), (90, 0, 91, 5),
                                     (0, 0, 106, 106)], ids=str)
@pytest.mark.parametrize("runs", ["reference", "cpu", "sm_90a"])
def test_wrong_offsets(tool, place, policy, offsets, runs):
    """S24: held to the rows that there are and to the most of an entry, and counted."""
    shape, most = Shape(lengths=(90, 33, 64), heads="kv"), 40
    q, _, ks, vs = packed_arrays(shape, (40, 26, 40))
    policy, offsets = POLICIES[policy], np.array(offsets, np.int32)
    out, lse, faults = run(tool, place, shape, policy, VIEWS["ragged"], runs, q, offsets, most, ks, vs)
    spans = [places.packed_rows(*offsets[b:b + 2], q.shape[2], most) for b in range(3)]
    assert faults.tolist() == [faulty for _, _, faulty in spans]
    for b, (first, end, _) in enumerate(spans):
        # A row of several entries has what one of them gives.
        owners = sum((i <= np.arange(first, end)) & (np.arange(first, end) < j) for i, j, _ in spans)
        if end > first:
            check(shape, policy, q[:, :, first:end], ks[b:b + 1], vs[b:b + 1], out[:, :, first:end],
                  lse[:, :, first:end], rows=owners == 1)


def test_rows_of_nobody(tool, place, pipeline):
    """Rows that no entry has, and programs without a row, are left alone and run."""
    shape = Shape(lengths=(9, 8), heads="kv")
    q, _, ks, vs = packed_arrays(shape, (4, 4))
    for offsets, most in (((0, 0, 0), 4), ((0, 4, 8), 0), ((8, 8, 8), 3)):
        _, _, faults = run(tool, place, shape, Tree(16, 2, 16), VIEWS["ragged"], pipeline, q,
                           np.array(offsets, np.int32), most, ks, vs)
        assert faults.tolist() == [int(most == 0)] * 2
    empty = q[:, :, :0]
    out, lse, _ = run(tool, place, shape, Tree(16, 2, 16), VIEWS["ragged"], pipeline, empty, np.zeros(3, np.int32), 5,
                      ks, vs)
    assert out.size == lse.size == 0
