"""Programs beyond the flags of `hip-run attention`: KV views, score regions, merge, decode shapes."""

import subprocess
from dataclasses import dataclass

import numpy as np
import pytest

import programs
from bounds import bounds
from cases import TYPES
from reference import Boxes, Dense, Stages, Tree, Union, Window, attention, prune
from reference.attention import default_scale, merge
from test_attention import check_close

VIEWS = {"dense": programs.dense, "strided": programs.strided, "ragged": programs.ragged,
         "paged1": lambda entries: programs.paged(entries, 1, 7),
         "paged4": lambda entries: programs.paged(entries, 4, 8),
         "paged64": lambda entries: programs.paged(entries, 64, 9)}
POLICIES = {"tree": Tree(16, 2, 16), "stages": Stages(((32, 16, 32, 4), (16, 4, 16, 1))),
            "boxes": Boxes(16, 4, ((16, 32),), 16), "window": Window(16), "dense": Dense(16),
            "union": Union((Tree(16, 2, 16), Boxes(16, 4, ((16, 32),), 8)))}


@dataclass(frozen=True)
class Shape:
    lengths: tuple = (90,)
    rows: int = 40
    query_heads: int = 4
    kv_heads: int = 2
    head_size: int = 32
    value_size: int = 32
    sink: int = 16
    window: int = 16
    causal: bool = True
    heads: str = "query"
    scale: float | None = None
    softcap: float | None = None
    dtype: str = "f16"

    def arrays(self):
        """q [B, Hq, rows, D], and keys and values as [Hkv, length, D] an entry."""
        rng = np.random.default_rng([self.rows, *self.lengths, self.head_size])
        make = lambda *shape: rng.standard_normal(shape).astype(TYPES[self.dtype])
        q = make(len(self.lengths), self.query_heads, self.rows, self.head_size)
        return (q, [make(self.kv_heads, n, self.head_size) for n in self.lengths],
                [make(self.kv_heads, n, self.value_size) for n in self.lengths])

    @property
    def attributes(self):
        parts = [f"sink = {self.sink} : i64", f"window = {self.window} : i64",
                 f"heads = #hip.heads<{self.heads}>"]
        if self.causal:
            parts.append("causal")
        if self.scale is not None:
            parts.append(f"scale = {self.scale!r} : f32")
        if self.softcap is not None:
            parts.append(f"softcap = {self.softcap!r} : f32")
        return ", ".join(parts)


def expected_entry(shape, policy, q, k, v, score=None):
    """The reference for one batch entry: arrays without a batch dimension."""
    q, k, v = (x[np.newaxis] for x in (q, k, v))
    lists = prune(policy, q, k, shape.sink, shape.window, shape.causal, shape.heads)
    return attention(policy, q, k, v, *lists, shape.sink, shape.window, shape.causal,
                     scale=shape.scale, softcap=shape.softcap, score=score)


def check(shape, policy, q, ks, vs, out, lse, score=None, rows=slice(None)):
    """`rows`: those of each entry that are looked at."""
    scale = default_scale(shape.head_size) if shape.scale is None else shape.scale
    for b, (k, v) in enumerate(zip(ks, vs)):
        expected = expected_entry(shape, policy, q[b], k, v, score)
        out_bound, lse_bound = bounds(expected, TYPES[shape.dtype], shape.head_size, scale,
                                      shape.softcap)
        for name, got, wanted, bound in (("lse", lse, expected.lse, lse_bound), ("out", out, expected.out, out_bound)):
            check_close(f"{name} of entry {b}", got[b][:, rows].astype(np.float64), wanted[0][:, rows],
                        np.broadcast_to(bound[0], wanted[0].shape)[:, rows])


def run(tool, folder, shape, policy, view, pipeline, score=""):
    q, ks, vs = shape.arrays()
    key, value = view(ks), view(vs)
    text = programs.attention_program(q, key, value, shape.value_size, policy, shape.attributes,
                                      score)
    out, lse = programs.run(tool, folder, text, [q, *key.arrays, *value.arrays], 2, pipeline)
    return q, ks, vs, out, lse


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("view", VIEWS)
def test_views(tool, place, view, policy, pipeline):
    """S23: entries of one length in every storage."""
    shape = Shape(lengths=(90, 90), dtype="bf16" if view == "ragged" else "f16")
    q, ks, vs, out, lse = run(tool, place, shape, POLICIES[policy], VIEWS[view], pipeline)
    check(shape, POLICIES[policy], q, ks, vs, out, lse)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("view", ["ragged", "paged4"])
def test_lengths(tool, place, view, policy, pipeline):
    """S1: entries of their own lengths, shorter than the sinks and than the queries, and empty."""
    shape = Shape(lengths=(90, 7, 0, 33), dtype="f32")
    q, ks, vs, out, lse = run(tool, place, shape, POLICIES[policy], VIEWS[view], pipeline)
    check(shape, POLICIES[policy], q, ks, vs, out, lse)


DECODE = [(rows, policy) for rows in (1, 2, 3, 5, 8, 16) for policy in
          (Tree(1, 2, 32), Boxes(1, 8, ((64, 128),), 32), Stages(((1, 32, 64, 1), (1, 8, 32, 1))),
           Union((Tree(1, 2, 24), Boxes(1, 8, ((64, 128),), 8))), Dense(1))]


@pytest.mark.parametrize("rows,policy", DECODE, ids=lambda x: str(getattr(x, "NAME", x)))
def test_decode(tool, place, rows, policy, pipeline):
    """A few rows at the end of paged keys, one list a row and KV head."""
    shape = Shape(lengths=(300, 171), rows=rows, query_heads=8, sink=64, heads="kv")
    q, ks, vs, out, lse = run(tool, place, shape, policy, VIEWS["paged64"], pipeline)
    check(shape, policy, q, ks, vs, out, lse)


SIZES = [(32, 256), (80, 96), (96, 80), (256, 64), (192, 128),
         *((size, size) for size in (64, 80, 96, 128, 192, 256))]


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_head_sizes(tool, place, sizes, pipeline):
    shape = Shape(head_size=sizes[0], value_size=sizes[1], rows=33, heads="all")
    q, ks, vs, out, lse = run(tool, place, shape, Tree(16, 4, 16), VIEWS["dense"], pipeline)
    check(shape, Tree(16, 4, 16), q, ks, vs, out, lse)


@pytest.mark.parametrize("block_k", [1, 2, 16, 128])
def test_block_sizes(tool, place, block_k, pipeline):
    shape = Shape(lengths=(700,), rows=70, sink=128, window=64)
    policy = Tree(32, block_k, 256)
    q, ks, vs, out, lse = run(tool, place, shape, policy, VIEWS["strided"], pipeline)
    check(shape, policy, q, ks, vs, out, lse)


@pytest.mark.parametrize("softcap", [5.0, 30.0])
def test_softcap(tool, place, softcap, pipeline):
    shape = Shape(softcap=softcap, scale=0.5, causal=False)
    q, ks, vs, out, lse = run(tool, place, shape, POLICIES["tree"], VIEWS["dense"], pipeline)
    check(shape, POLICIES["tree"], q, ks, vs, out, lse)


# A line of slope -2^-(h + 1) in the distance of key and row (ALiBi); keys of odd number hidden.
ALIBI = """ score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %distance = arith.subi %j, %i : index
    %word = arith.index_cast %distance : index to i32
    %far = arith.sitofp %word : i32 to f32
    %head = arith.index_cast %h : index to i32
    %one = arith.constant 1 : i32
    %power = arith.addi %head, %one : i32
    %wide = arith.sitofp %power : i32 to f32
    %minus = arith.negf %wide : f32
    %slope = math.exp2 %minus : f32
    %bias = arith.mulf %slope, %far : f32
    %sum = arith.addf %s, %bias : f32
    hip.yield %sum : f32
  }"""
ODD = """ score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %two = arith.constant 2 : index
    %zero = arith.constant 0 : index
    %rest = arith.remui %j, %two : index
    %even = arith.cmpi eq, %rest, %zero : index
    %hidden = arith.constant 0xFF800000 : f32
    %shown = arith.select %even, %s, %hidden : f32
    hip.yield %shown : f32
  }"""
# Divisions by h - 1, which is -1, 0, 1 and 2, of numbers of both signs and of the least one of i32.
DIVISIONS = {
    "divsi": lambda x, y: np.trunc(x / y), "remsi": np.fmod, "floordivsi": lambda x, y: np.floor(x / y),
    "ceildivsi": lambda x, y: np.ceil(x / y), "divui": lambda x, y: np.floor(x % 2**32 / (y % 2**32)),
    "remui": lambda x, y: np.fmod(x % 2**32, y % 2**32),
    "ceildivui": lambda x, y: np.ceil(x % 2**32 / (y % 2**32))}
DIVISION = """ score {{
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %one = arith.constant 1 : i32
    %least = arith.constant -2147483648 : i32
    %zero = arith.constant 0 : index
    %head = arith.index_cast %h : index to i32
    %y = arith.subi %head, %one overflow<nsw> : i32
    %distance = arith.subi %i, %j : index
    %near = arith.index_cast %distance : index to i32
    %first = arith.cmpi eq, %j, %zero : index
    %x = arith.select %first, %least, %near : i32
    %r = arith.{name} %x, %y : i32
    %f = arith.sitofp %r : i32 to f32
    %small = arith.constant 1.0e-9 : f32
    %scaled = arith.mulf %f, %small : f32
    %new = arith.addf %s, %scaled : f32
    hip.yield %new : f32
  }}"""


def divided(function):
    def score(s, b, h, i, j):
        x, y = np.where(j == 0, -2.0**31, i - j), float(h - 1)
        exact = function(x, y) if y else 0 * x
        # Of 32 bits: the least number by -1 is itself, unsigned numbers are read as signed.
        return s + 1e-9 * ((exact + 2**31) % 2**32 - 2**31)
    return score


# What is shifted out is gone, floats beyond i32 are its ends, NaN is 0.
EDGES = """ score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %x = arith.index_cast %i : index to i32
    %twenty = arith.constant 20 : index
    %amount = arith.subi %j, %twenty : index
    %by = arith.index_cast %amount : index to i32
    %left = arith.shli %x, %by : i32
    %ones = arith.constant -1 : i32
    %right = arith.shrui %ones, %by : i32
    %minus = arith.subi %ones, %x : i32
    %signed = arith.shrsi %minus, %by : i32
    %huge = arith.constant 1.0e20 : f32
    %big = arith.mulf %s, %huge : f32
    %end = arith.fptosi %big : f32 to i32
    %zero = arith.constant 0.0 : f32
    %none = arith.divf %zero, %zero : f32
    %nan = arith.fptoui %none : f32 to i32
    %a = arith.xori %left, %right : i32
    %c = arith.xori %signed, %end : i32
    %d = arith.xori %a, %nan : i32
    %e = arith.xori %d, %c : i32
    %f = arith.sitofp %e : i32 to f32
    %tiny = arith.constant 1.0e-9 : f32
    %new = arith.mulf %f, %tiny : f32
    hip.yield %new : f32
  }"""


def edges(s, b, h, i, j):
    by, inside = j - 20, (j >= 20) & (j < 52)
    count = np.where(inside, by, 0)
    left = np.where(inside, i << count, 0)
    right = np.where(inside, (2**32 - 1) >> count, 0)
    signed = np.where(inside, (-1 - i) >> count, -1)
    end = np.where(s < 0, -2**31, 2**31 - 1)
    bits = (left ^ right ^ signed ^ end) & (2**32 - 1)
    return 1e-9 * np.where(bits >= 2**31, bits - 2**32, bits)


# What S18b lists of math for a GPU, of the distance of a key.
MATH = """ score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %distance = arith.subi %i, %j : index
    %whole = arith.index_cast %distance : index to i32
    %far = arith.sitofp %whole : i32 to f32
    %quarter = arith.constant 0.25 : f32
    %part = arith.mulf %far, %quarter : f32
    %up = math.ceil %part : f32
    %down = math.floor %part : f32
    %short = math.trunc %part : f32
    %even = math.roundeven %part : f32
    %one = arith.constant 1.0 : f32
    %size = math.absf %part : f32
    %above = arith.addf %size, %one : f32
    %root = math.sqrt %above : f32
    %turned = math.rsqrt %above : f32
    %natural = math.log %above : f32
    %two = math.log2 %above : f32
    %shrunk = math.exp %turned : f32
    %power = math.exp2 %turned : f32
    %flat = math.tanh %part : f32
    %signed = math.copysign %root, %part : f32
    %ups = math.fma %up, %quarter, %down : f32
    %rounds = arith.addf %short, %even : f32
    %roots = arith.addf %signed, %natural : f32
    %logs = arith.addf %two, %shrunk : f32
    %powers = arith.addf %power, %flat : f32
    %x0 = arith.addf %ups, %rounds : f32
    %x1 = arith.addf %roots, %logs : f32
    %x2 = arith.addf %x0, %x1 : f32
    %x3 = arith.addf %x2, %powers : f32
    %sixteenth = arith.constant 0.0625 : f32
    %new = math.fma %x3, %sixteenth, %s : f32
    hip.yield %new : f32
  }"""


def composed(s, b, h, i, j):
    x = (i - j) / 4
    y = 1 + np.abs(x)
    t = 1 / np.sqrt(y)
    whole = np.ceil(x) / 4 + np.floor(x) + np.trunc(x) + np.round(x)
    return s + (whole + np.copysign(np.sqrt(y), x) + np.log(y) + np.log2(y) + np.exp(t) + 2**t + np.tanh(x)) / 16


SCORES = {"alibi": (ALIBI, lambda s, b, h, i, j: s + 2.0**-(h + 1) * (j - i)),
          "odd": (ODD, lambda s, b, h, i, j: np.where(j % 2 == 0, s, -np.inf)),
          "edges": (EDGES, edges), "math": (MATH, composed),
          **{name: (DIVISION.format(name=name), divided(function)) for name, function in DIVISIONS.items()}}


@pytest.mark.parametrize("policy", ["dense", "tree", "boxes"])
@pytest.mark.parametrize("score", SCORES)
def test_score_region(tool, place, score, policy, pipeline):
    """S18: the user's f of score, batch, head, row and key."""
    text, function = SCORES[score]
    shape = Shape(dtype="f32")
    q, ks, vs, out, lse = run(tool, place, shape, POLICIES[policy], VIEWS["dense"], pipeline, text)
    check(shape, POLICIES[policy], q, ks, vs, out, lse, function)


MERGE = """func.func @f(%o0: {o}, %o1: {o}, %o2: {o}, %l0: {l}, %l1: {l}, %l2: {l}) -> ({o}, {l}) {{
  %rows = arith.constant 2 : index
  %t = tensor.dim %o0, %rows : {o}
  %oi = tensor.empty(%t) : {o}
  %li = tensor.empty(%t) : {l}
  %r:2 = hip.merge ins(%o0, %o1, %o2 : {o}, {o}, {o}) lse(%l0, %l1, %l2 : {l}, {l}, {l})
    outs(%oi, %li : {o}, {l}) -> {o}, {l}
  return %r#0, %r#1 : {o}, {l}
}}
"""


def test_merge(tool, place, pipeline):
    """S21: attention over three parts of the keys is attention over all of them."""
    shape = Shape(lengths=(120,), causal=False, dtype="f32", window=2**31 - 1)
    q, (k,), (v,) = shape.arrays()
    parts = []
    for x, (first, last) in enumerate(((0, 50), (50, 51), (51, 120))):
        key, value = programs.dense([k[:, first:last]]), programs.dense([v[:, first:last]])
        text = programs.attention_program(q, key, value, 32, Dense(16),
                                          "window = 2147483647 : i64")
        parts.append(programs.run(tool, place / str(x), text, [q, *key.arrays, *value.arrays], 2,
                                  pipeline))
    parts[1][0][0, 1, 3:5], parts[1][1][0, 1, 3:5] = 0, -np.inf
    text = MERGE.format(o="tensor<1x4x?x32xf32>", l="tensor<1x4x?xf32>")
    arrays = [part[0] for part in parts] + [part[1] for part in parts]
    out, lse = programs.run(tool, place / "merge", text, arrays, 2, pipeline)
    want_out, want_lse = merge(parts)
    assert np.allclose(out, want_out, rtol=1e-5, atol=1e-6)
    assert np.allclose(lse, want_lse, rtol=1e-6, atol=1e-6)
    whole = expected_entry(shape, Dense(16), q[0], k, v)
    untouched = np.ones((4, 40), bool)
    untouched[1, 3:5] = False
    assert np.allclose(out[0][untouched], whole.out[0][untouched], rtol=1e-4, atol=1e-5)


PRUNE = """func.func @f(%q: {q}, {arguments}) -> ({blocks}, {counts}) {{
{lines}  %rows = arith.constant 2 : index
  %t = tensor.dim %q, %rows : {q}
  %size = arith.constant {block_q} : index
  %m = arith.ceildivui %t, %size : index
  %bi = tensor.empty(%m) : {blocks}
  %ci = tensor.empty(%m) : {counts}
  %r:2 = hip.prune ins(%q, {k} : {q}, {key}) outs(%bi, %ci : {blocks}, {counts})
    policy #hip.{policy} {{{attributes}}} -> {blocks}, {counts}
  return %r#0, %r#1 : {blocks}, {counts}
}}
"""


@pytest.mark.parametrize("heads", ["query", "kv", "all"])
@pytest.mark.parametrize("policy", ["tree", "stages", "boxes"])
@pytest.mark.parametrize("view", ["ragged", "paged4"])
def test_prune(tool, place, view, policy, heads, pipeline):
    """S16 on views whose entries differ in length: the lists of each entry alone, bit for bit."""
    shape = Shape(lengths=(200, 21, 90), dtype="f32", heads=heads)
    q, ks, _ = shape.arrays()
    key, chosen = VIEWS[view](ks), POLICIES[policy]
    lists = {"query": 4, "kv": 2, "all": 1}[heads]
    lines, k = key.value("k")
    # The widest list of any entry; shorter entries have no more.
    wide = [prune(chosen, q[b:b + 1], entry[np.newaxis], shape.sink, shape.window, True, heads)
            for b, entry in enumerate(ks)]
    width = max(blocks.shape[-1] for blocks, _ in wide)
    text = PRUNE.format(
        q=programs.tensor(q, (2,)), arguments=", ".join(key.arguments("k")), lines=lines, k=k,
        key=key.type, policy=chosen, attributes=shape.attributes, block_q=chosen.list_block_q,
        blocks=f"tensor<3x{lists}x?x{width}xi32>", counts=f"tensor<3x{lists}x?xi32>")
    blocks, counts = programs.run(tool, place, text, [q, *key.arrays], 2, pipeline)
    for b, (want_blocks, want_counts) in enumerate(wide):
        assert np.array_equal(counts[b], want_counts[0]), f"counts of entry {b}"
        for at in np.ndindex(want_counts[0].shape):
            n = want_counts[0][at]
            assert np.array_equal(blocks[b][at][:n], want_blocks[0][at][:n]), f"entry {b}, {at}"


TILE = """
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["hip.attention"]} in %root
      : (!transform.any_op) -> !transform.any_op
    %tiled, %loops:2 = transform.structured.tile_using_for %op tile_sizes [1, 1]
      : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}
"""


@pytest.mark.parametrize("view", ["dense", "strided", "ragged", "paged4"])
def test_tiled(tool, place, view, pipeline):
    """TilingInterface: a loop over batch entries and GQA groups gives the same bits."""
    hip_opt = tool.parent / "hip-opt"
    if not hip_opt.exists():
        pytest.skip("no hip-opt beside hip-run")
    shape = Shape(lengths=(90, 90), dtype="f32")
    q, ks, vs = shape.arrays()
    key, value = VIEWS[view](ks), VIEWS[view](vs)
    text = programs.attention_program(q, key, value, 32, POLICIES["tree"], shape.attributes, ALIBI)
    inputs = [q, *key.arrays, *value.arrays]
    whole = programs.run(tool, place / "whole", text, inputs, 2, pipeline)
    done = subprocess.run([hip_opt, "--transform-interpreter", "--canonicalize"], text=True,
                          input=text + TILE, capture_output=True)
    assert done.returncode == 0, done.stderr
    function = done.stdout[done.stdout.index("func.func"):done.stdout.index("  module attributes")]
    maps = "".join(line + "\n" for line in done.stdout.split("\n") if line.startswith("#"))
    assert function.count("scf.for") == 2
    tiled = programs.run(tool, place / "tiled", maps + function, inputs, 2, pipeline)
    for one, other in zip(whole, tiled):
        assert one.tobytes() == other.tobytes()
