"""Traced score functions: their text, and what they compute."""

import math

import numpy as np
import pytest
import reference

import hipc

HEADS, ROWS = 4, 40


def alibi(score, b, h, i, j):
    return score - (i - j) * hipc.exp2(-(h + 1.0))


def every_other(score, b, h, i, j):
    return hipc.where((j % 2 == 0) | (j == i), score, -math.inf)


def floors(score, b, h, i, j):
    return score + 0.25 * ((j - i - 3) // 4) - 0.5 * ((j - 7) % -5)


def mathematics(score, b, h, i, j):
    soft = 2 * hipc.tanh(score / 2) + hipc.log(abs(score) + 1)
    return hipc.maximum(soft, -1) + hipc.minimum(hipc.exp(-score), 3) + hipc.log2(h + 2.0) * (b + 1)


def logic(score, b, h, i, j):
    near = (abs(i - j) <= 8) & ~(h >= 2)
    return hipc.where(near ^ (j != 3), score * score, -score ** 3 / 4)


# The same functions on arrays.
ARRAYS = {
    alibi: lambda s, b, h, i, j: s - (i - j) * 2.0 ** -(h + 1.0),
    every_other: lambda s, b, h, i, j: np.where((j % 2 == 0) | (j == i), s, -np.inf),
    floors: lambda s, b, h, i, j: s + 0.25 * ((j - i - 3) // 4) - 0.5 * ((j - 7) % -5),
    mathematics: lambda s, b, h, i, j: (
        np.maximum(2 * np.tanh(s / 2) + np.log(abs(s) + 1), -1) + np.minimum(np.exp(-s), 3)
        + np.log2(h + 2.0) * (b + 1)),
    logic: lambda s, b, h, i, j: np.where(
        ((abs(i - j) <= 8) & (not h >= 2)) ^ (j != 3), s * s, -s ** 3 / 4),
}


@pytest.mark.parametrize("function", ARRAYS, ids=lambda f: f.__name__)
def test_computes(function, rng):
    q, k, v = (rng.standard_normal((2, heads, ROWS, 32)).astype(np.float32) for heads in (HEADS, 2, 2))
    out = hipc.attention(q, k, v, score_mod=function)
    rules = reference.parse_policy("dense<block_q = 64>")
    lists = reference.prune(rules, q, k, 0, 0)
    wanted = reference.attention(rules, q, k, v, *lists, 0, 0, score=ARRAYS[function])
    np.testing.assert_allclose(out, wanted.out, rtol=0, atol=5e-5)


def test_text():
    made = hipc.score_mod(lambda score, b, h, i, j: score * 2.0 + (i - j))
    assert made.text == """^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
  %t0 = arith.constant 0x40000000 : f32
  %t1 = arith.mulf %s, %t0 : f32
  %t2 = arith.subi %i, %j : index
  %t3 = arith.index_cast %t2 : index to i32
  %t4 = arith.sitofp %t3 : i32 to f32
  %t5 = arith.addf %t1, %t4 : f32
  hip.yield %t5 : f32"""


def test_equal_functions_are_one_program(rng):
    q = rng.standard_normal((1, 2, 8, 32)).astype(np.float32)
    engine = hipc.Engine("cpu")
    for _ in range(3):
        hipc.attention(q, q, q, score_mod=hipc.score_mod(lambda s, b, h, i, j: s * 3), engine=engine)
    assert len(engine._plans) == 1


def test_constant_is_a_score():
    assert "hip.yield %t0" in hipc.score_mod(lambda s, b, h, i, j: 0).text


@pytest.mark.parametrize("function, words", [
    (lambda s, b, h, i, j: s if s > 0 else -s, "hipc.where"),
    (lambda s, b, h, i, j: max(s, 0), "hipc.maximum"),
    (lambda s, b, h, i, j: s + "1", "met '1'"),
    (lambda s, b, h, i, j: None, "returned None"),
    (lambda s, b, h, i, j: (s > 0) + 1.0, "where"),
    (lambda s, b, h, i, j: s % 2, "take integers"),
    (lambda s, b, h, i, j: s ** 0.5, "int of 1 to 8"),
    (lambda s: s, "positional argument"),
    (lambda s, b, h, i, j: math.exp(s), "real number"),
    (7, "give a function"),
])
def test_refuses(function, words):
    with pytest.raises(TypeError, match=words.replace("(", r"\(")):
        hipc.score_mod(function)


def test_refuses_values():
    with pytest.raises(ValueError, match="range of f32"):
        hipc.score_mod(lambda s, b, h, i, j: s + 1e40)
    kept = []
    hipc.score_mod(lambda s, b, h, i, j: kept.append(s) or s)
    with pytest.raises(ValueError, match="another score function"):
        hipc.score_mod(lambda s, b, h, i, j: s + kept[0])
    with pytest.raises(TypeError, match="in a score function"):
        hipc.exp(1.0)
