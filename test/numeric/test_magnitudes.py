"""Inputs and scales from 1e-30 to the end of a type (S19): what is finite in float64 is finite and within the
bounds of bounds.py, while no sum of |q_d k_d|, times the scale, reaches 2^127."""

from dataclasses import dataclass

import numpy as np
import pytest

import hip_run
import programs
from bounds import bounds
from cases import TYPES
from reference import Dense, Tree, attention, prune
from reference.attention import default_scale, merge
from test_attention import check_close
from test_programs import MERGE

SPLIT = "cpu-split"
POLICIES = {"dense": Dense(16), "tree": Tree(16, 4, 32)}
ENDS = {"f16": 65504.0, "bf16": float.fromhex("0x1.fep127"), "f32": float.fromhex("0x1.fffffep127")}
END = "end"
FINITE = np.finfo(np.float32).max


@dataclass(frozen=True)
class Draw:
    """Magnitudes of Q, K and V; `steady` values are all V's magnitude itself."""

    dtype: str
    q: float
    k: float
    v: float | str
    scale: float | None = None
    softcap: float | None = None
    steady: bool = False

    def arrays(self):
        rng = np.random.default_rng(list(repr(self).encode()))

        def make(heads, rows, magnitude):
            most = ENDS[self.dtype] if magnitude == END else magnitude
            numbers = most * rng.choice((-1, 1), (1, heads, rows, 32)) * rng.uniform(0.25, 1, (1, heads, rows, 32))
            if self.steady and heads == 2 and rows == 75 and magnitude == self.v:
                numbers[...] = most
            return numbers.astype(TYPES[self.dtype])
        return make(4, 40, self.q), make(2, 75, self.k), make(2, 75, self.v)


DRAWS = [
    *(Draw("f16", *magnitudes) for magnitudes in (
        (END, END, END), (END, 6e-8, 1), (6e-8, END, 6e-8), (6e-8, 6e-8, END), (1e3, 1e3, 1e-4), (1, 1, END))),
    *(Draw(dtype, *magnitudes) for dtype in ("bf16", "f32") for magnitudes in (
        (1, 1, END), (1, 1, 1e30), (1, 1, 1e-30), (1e-30, 1e-30, 1e-30), (1e-30, 1e30, 1), (1e30, 1e-30, END),
        (END, 1e-3, 1), (1e-3, END, END), (1e18, 1e18, 1e18), (1e9, 1e9, END), (1e4, 1e4, 1e-30))),
    *(Draw(dtype, 1, 1, END, steady=True) for dtype in ENDS),
    *(Draw("f32", q, k, 1, scale) for q, k, scale in (
        (1, 1, 0.0), (1, 1, -0.5), (1, 1, 1e30), (1, 1, -1e30), (1e17, 1e17, 1e-30), (1e17, 1e17, -1e-30),
        (1e-15, 1e-15, 1e30), (1e18, 1e18, 1e-40), (1, 1, 1e-45), (1e-20, 1e-20, 3e38), (1e9, 1e9, 3.0))),
    *(Draw("f16", END, END, END, scale) for scale in (1e-30, 1e-9, -1e-9, 1e9, 1e26)),
    *(Draw(dtype, q, k, v, scale, softcap) for dtype in ("f16", "f32") for q, k, v, scale, softcap in (
        (1, 1, 1, None, 1e-30), (1, 1, 1, None, 1e-44), (1, 1, END, None, 1e30), (1, 1, 1, None, 3e38),
        (1e3, 1e3, 1, None, 50.0), (1e3, 1e3, END, 1e20, 1e25), (1e-3, 1e-3, 1, None, 30.0))),
]


def name_of(draw):
    return f"{DRAWS.index(draw):03}-{draw.dtype}-{draw.q}-{draw.k}-{draw.v}-{draw.scale}-{draw.softcap}"


def expected_of(draw, policy, arrays, score=None):
    with np.errstate(all="ignore"):
        lists = prune(policy, *arrays[:2], 16, 16)
    return attention(policy, *arrays, *lists, 16, 16, scale=draw.scale, softcap=draw.softcap, score=score)


def check(draw, expected, out, lse, growth=1.0):
    """`growth`: what a score function multiplies the errors of its argument by."""
    scale = growth * float(default_scale(32) if draw.scale is None else np.float32(draw.scale))
    out_bound, lse_bound = bounds(expected, TYPES[draw.dtype], 32, scale, draw.softcap)
    assert np.isfinite(out.astype(np.float64)).all(), f"{np.sum(~np.isfinite(out.astype(np.float64)))} not finite"
    check_close("out", out.astype(np.float64), expected.out, out_bound)
    inside = np.abs(expected.lse) < FINITE
    check_close("lse", np.where(inside, lse, expected.lse), expected.lse, lse_bound)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("draw", DRAWS, ids=name_of)
def test_output(tool, place, draw, policy, pipeline):
    arrays = draw.arrays()
    got = hip_run.attention(tool, place, *arrays, POLICIES[policy], 16, 16, scale=draw.scale, softcap=draw.softcap,
                            pipeline=pipeline)
    check(draw, expected_of(draw, POLICIES[policy], arrays), got.out, got.lse)


@pytest.mark.parametrize("draw", DRAWS[::2], ids=name_of)
def test_split(tool, place, draw):
    """S21: by parts of the keys, and their merge."""
    arrays = draw.arrays()
    got = hip_run.attention(tool, place, *arrays, POLICIES["dense"], 16, 16, scale=draw.scale, softcap=draw.softcap,
                            pipeline=SPLIT)
    check(draw, expected_of(draw, POLICIES["dense"], arrays), got.out, got.lse)


@pytest.mark.parametrize("dtype, keys, growth", [
    *((dtype, 200, growth) for dtype in ENDS for growth in (7.9, 8.1, 15.9, 16.1, 40.0)),
    *(("f32", 1 << 17, growth) for growth in (7.9, 8.1, 9.9, 12.0))])
def test_weights_that_grow(tool, place, dtype, keys, growth, pipeline):
    """All keys but the first 64 weigh 2^growth as much as these: weights are finite in V's type, and so is their sum
    with values near its end, of up to 2^17 keys."""
    most = float(np.array(0.96 * ENDS[dtype]).astype(TYPES[dtype]))
    q, k, v = np.ones((1, 1, 1, 8)), np.zeros((1, 1, keys, 8)), np.full((1, 1, keys, 8), most)
    k[:, :, 64:, 0] = growth * np.log(2)
    got = hip_run.attention(tool, place, *(x.astype(TYPES[dtype]) for x in (q, k, v)), POLICIES["dense"], 0, 0,
                            scale=1.0, pipeline=pipeline)
    heavy = k.astype(TYPES[dtype])[0, 0, -1, 0].astype(float)
    assert np.allclose(got.out.astype(float), most, rtol=2.0**-7, atol=0)
    assert np.allclose(got.lse, heavy + np.log(keys - 64 + 64 * np.exp(-heavy)), rtol=1e-5)


SCORE = """ score {{
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %factor = arith.constant {factor:e} : f32
    %new = arith.mulf %s, %factor : f32
    hip.yield %new : f32
  }}"""


@pytest.mark.parametrize("factor", [1e-30, 1e20, 1e36, -1e30])
@pytest.mark.parametrize("dtype", ENDS)
def test_score_region(tool, place, dtype, factor, pipeline):
    draw = Draw(dtype, 1, 1, END)
    q, k, v = arrays = draw.arrays()
    key, value = programs.dense(k), programs.dense(v)
    text = programs.attention_program(q, key, value, 32, POLICIES["dense"], "causal", SCORE.format(factor=factor))
    out, lse = programs.run(tool, place, text, [q, *key.arrays, *value.arrays], 2, pipeline)
    wanted = expected_of(draw, POLICIES["dense"], arrays, lambda s, *where: s * float(np.float32(factor)))
    check(draw, wanted, out, lse, growth=abs(factor))


SCALES = [0.0, -0.0, 0.25, -0.25, 1.0, 3.0, 1e-30, 1e-45, 1e30, -1e30]


def scale_program(q, key, value, attributes="causal"):
    text = programs.attention_program(q, key, value, 32, POLICIES["dense"], attributes)
    return text.replace(") -> (", ", %s: f32) -> (", 1).replace(" outs(", " scale(%s : f32) outs(", 1)


@pytest.mark.parametrize("dtype", ENDS)
def test_scale_at_run(tool, place, dtype, pipeline):
    """S18: one program for every scale; one that is not finite is no fault."""
    check_scales(tool, place, dtype, pipeline)


@pytest.mark.parametrize("dtype", ENDS)
def test_scale_at_run_split(tool, place, dtype):
    check_scales(tool, place, dtype, SPLIT)


def check_scales(tool, place, dtype, way):
    for number, scale in enumerate([*SCALES, np.inf, -np.inf, np.nan]):
        draw = Draw(dtype, 1, 1, 1, scale)
        q, k, v = arrays = draw.arrays()
        key, value = programs.dense(k), programs.dense(v)
        out, lse = programs.run(tool, place / str(number), scale_program(q, key, value),
                                [q, *key.arrays, *value.arrays, np.float32(scale)], 2, way)
        if np.isfinite(scale):
            check(draw, expected_of(draw, POLICIES["dense"], arrays), out, lse)
        else:
            assert np.isnan(out.astype(np.float32)).all() or np.isinf(scale)


def test_scale_at_run_of_a_function(tool, place, pipeline):
    """The softcap's argument has the scale in it."""
    draw = Draw("f32", 1, 1, 1, -0.75, 2.0)
    q, k, v = arrays = draw.arrays()
    key, value = programs.dense(k), programs.dense(v)
    text = scale_program(q, key, value, "causal, softcap = 2.0 : f32")
    out, lse = programs.run(tool, place, text, [q, *key.arrays, *value.arrays, np.float32(-0.75)], 2, pipeline)
    check(draw, expected_of(draw, POLICIES["dense"], arrays), out, lse)


@pytest.mark.parametrize("magnitude", [1e-30, 1.0, float(FINITE)])
@pytest.mark.parametrize("level", [-3e38, -1e10, 0.0, 1e10, 3e38])
def test_merge(tool, place, magnitude, level, pipeline):
    """S21: partial results at the end of f32 with logarithms anywhere."""
    rng = np.random.default_rng(1)
    outs = [np.full((1, 4, 40, 32), magnitude, np.float32) for _ in range(3)]
    lses = [np.float32(level) + rng.uniform(-2, 2, (1, 4, 40)).astype(np.float32) for _ in range(3)]
    text = MERGE.format(o="tensor<1x4x?x32xf32>", l="tensor<1x4x?xf32>")
    out, lse = programs.run(tool, place, text, [*outs, *lses], 2, pipeline)
    want_out, want_lse = merge(list(zip(outs, lses)))
    assert np.allclose(out.astype(np.float64), want_out, rtol=2e-6, atol=0)
    assert np.allclose(lse.astype(np.float64), want_lse, rtol=1e-6, atol=1e-6)
