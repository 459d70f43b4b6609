"""Traced score functions: their text, and what they compute."""

import math
import re

import numpy as np
import pytest
import reference

import hip_mlir
from hip_mlir._score_mods import repeat_batch

HEADS, ROWS = 4, 40
SLOPES = np.array([0.5, 0.25], np.float32)


def alibi(score, b, h, i, j):
    return score - (i - j) * hip_mlir.exp2(-(h + 1.0))


def every_other(score, b, h, i, j):
    return hip_mlir.where((j % 2 == 0) | (j == i), score, -math.inf)


def floors(score, b, h, i, j):
    return score + 0.25 * ((j - i - 3) // 4) - 0.5 * ((j - 7) % -5)


def mathematics(score, b, h, i, j):
    soft = 2 * hip_mlir.tanh(score / 2) + hip_mlir.log(abs(score) + 1)
    return hip_mlir.maximum(soft, -1) + hip_mlir.minimum(hip_mlir.exp(-score), 3) + hip_mlir.log2(h + 2.0) * (b + 1)


def logic(score, b, h, i, j):
    near = (abs(i - j) <= 8) & ~(h >= 2)
    return hip_mlir.where(near ^ (j != 3), score * score, -score ** 3 / 4)


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
    out = hip_mlir.attention(q, k, v, score_mod=function)
    rules = reference.parse_policy("dense<block_q = 64>")
    lists = reference.prune(rules, q, k, 0, 0)
    wanted = reference.attention(rules, q, k, v, *lists, 0, 0, score=ARRAYS[function])
    np.testing.assert_allclose(out, wanted.out, rtol=0, atol=5e-5)


def divisions(score, b, h, i, j):
    by_head = 0.25 * ((i - j) // (h - 1)) - 0.5 * ((j - i) % (h - 1))
    return hip_mlir.where(h == 1, score, score + by_head) + 0.125 * (j % h) + divmod(j, 3)[1]


def bits(score, b, h, i, j):
    mixed = ((i * 2654435761 + j * 40503) % 65536) ^ (j << 3) | (i & 5)
    return score + mixed * 1e-4 + ((-i) >> 2) * 0.5 + (~j) * 0.01


def large(score, b, h, i, j):
    far = (i - j) * 3000000000
    return hip_mlir.where((far > 30000000000.5) | (far < -2**36), score * 0.5, score) + far * 1e-9


def booleans(score, b, h, i, j):
    early, even = j < 20, j % 2 == 0
    kept = (early < even) | (early >= even) & (early == True) | (i >= 1e300)  # noqa: E712
    return hip_mlir.where(kept, score, 0.25 * score)


def divided(x, y):
    """(x // y, x % y), which are 0 where y is 0."""
    return (np.floor_divide(x, y), np.mod(x, y)) if y else (0 * x, 0 * x)


INTEGERS = {
    divisions: lambda s, b, h, i, j: (
        s + (0 if h == 1 else 0.25 * divided(i - j, h - 1)[0] - 0.5 * divided(j - i, h - 1)[1])
        + 0.125 * divided(j, h)[1] + j % 3),
    bits: lambda s, b, h, i, j: (
        s + (((i * 2654435761 + j * 40503) % 65536) ^ (j << 3) | (i & 5)) * 1e-4 + ((-i) >> 2) * 0.5
        + (~j) * 0.01),
    large: lambda s, b, h, i, j: (
        np.where(((i - j) * 3000000000 > 3e10) | ((i - j) * 3000000000 < -2**36), s * 0.5, s) + (i - j) * 3.0),
    booleans: lambda s, b, h, i, j: np.where(
        (~(j < 20) & (j % 2 == 0)) | (j < 20), s, 0.25 * s),
}


@pytest.mark.parametrize("function", INTEGERS, ids=lambda f: f.__name__)
def test_integers(function, rng):
    """S18b: Python's, and 0 where a run divides by 0."""
    q, k, v = (rng.standard_normal((1, heads, ROWS, 32)).astype(np.float32) for heads in (HEADS, 2, 2))
    out = hip_mlir.attention(q, k, v, score_mod=function)
    rules = reference.parse_policy("dense<block_q = 64>")
    lists = reference.prune(rules, q, k, 0, 0)
    wanted = reference.attention(rules, q, k, v, *lists, 0, 0, score=INTEGERS[function])
    np.testing.assert_allclose(out, wanted.out, rtol=0, atol=5e-5)


@pytest.mark.parametrize("function, words", [
    (lambda s, b, h, i, j: s + i // 0, "divides by the integer 0"),
    (lambda s, b, h, i, j: s + i * j * h, "64 bits, but arith.muli may give 0 to"),
    (lambda s, b, h, i, j: s + (i + 2**63), "64 bits"),
    (lambda s, b, h, i, j: s + (i << h), "64 bits"),
    (lambda s, b, h, i, j: s + (i << (h - 1)), "shifts by -1"),
    (lambda s, b, h, i, j: s + 10**400, "range of f32"),
])
def test_refuses_integers(function, words):
    with pytest.raises(ValueError, match=words):
        hip_mlir.score_mod(function)


@pytest.mark.parametrize("function, words", [
    (lambda s, b, h, i, j: hip_mlir.where((i > j) & 2, s, 0), "uses 2 as i1"),
    (lambda s, b, h, i, j: abs(i > j) * s, "as f32"),
    (lambda s, b, h, i, j: s & 1, "on f32"),
    (lambda s, b, h, i, j: s >> 1, "take integers"),
    (lambda s, b, h, i, j: 2 ** i, "exp2"),
    (lambda s, b, h, i, j: divmod(i, 2.0), "take integers"),
])
def test_refuses_types_of_integers(function, words):
    with pytest.raises(hip_mlir.ArgumentTypeError, match=words):
        hip_mlir.score_mod(function)


def test_text():
    made = hip_mlir.score_mod(lambda score, b, h, i, j: score * 2.0 + (i - j))
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
    engine = hip_mlir.Engine("cpu")
    for _ in range(3):
        hip_mlir.attention(q, q, q, score_mod=hip_mlir.score_mod(lambda s, b, h, i, j: s * 3), engine=engine)
    assert len(engine._plans) == 1


def test_constant_is_a_score():
    assert "hip.yield %t0" in hip_mlir.score_mod(lambda s, b, h, i, j: 0).text


@pytest.mark.parametrize("function, words", [
    (lambda s, b, h, i, j: s if s > 0 else -s, "hip_mlir.where"),
    (lambda s, b, h, i, j: max(s, 0), "hip_mlir.maximum"),
    (lambda s, b, h, i, j: s + "1", "met '1'"),
    (lambda s, b, h, i, j: None, "returned None"),
    (lambda s, b, h, i, j: (s > 0) + 1.0, "where"),
    (lambda s, b, h, i, j: s % 2, "take integers"),
    (lambda s, b, h, i, j: s ** 0.5, "int of 1 to 8"),
    (lambda s: s, "is called with (score, b, h, i, j)"),
    (lambda s, b, h, i: s, "(s, b, h, i) is called with"),
    (lambda s, b, h, i, j, more: s, "missing a required argument: 'more'"),
    (lambda s, b, h, i, j: math.exp(s), "function of `math` on a traced value; use those of hip_mlir: where"),
    (lambda s, b, h, i, j: math.floor(s), "function of `math`"),
    (lambda s, b, h, i, j: round(s), "function of `math`"),
    (lambda s, b, h, i, j: int(i) + s, "hip_mlir.table(numbers)[index]"),
    (lambda s, b, h, i, j: s * SLOPES[h], "hip_mlir.table(numbers)[index]"),
    (lambda s, b, h, i, j: s * SLOPES.tolist()[h], "hip_mlir.table(numbers)[index]"),
    (lambda s, b, h, i, j: s * {0: 1.0}[h], "in a dict or set"),
    (lambda s, b, h, i, j: s if h in {0, 1} else -s, "in a dict or set"),
    (lambda s, b, h, i, j: sum(s for _ in range(h)), "range() on it"),
    (lambda s, b, h, i, j: s + sum(i), "it is one number"),
    (lambda s, b, h, i, j: np.sin(s), "numpy.sin on a traced value; there are where"),
    (lambda s, b, h, i, j: np.add.reduce(s), "numpy.add.reduce"),
    (lambda s, b, h, i, j: np.exp(s, out=SLOPES), "numpy.exp with options"),
    (lambda s, b, h, i, j: np.asarray(s), "makes an array"),
    (lambda s, b, h, i, j: s + SLOPES, "met array"),
    (lambda s, b, h, i, j: s.sinh(), "raised AttributeError"),
    (lambda s, b, h, i, j: SLOPES[7] * s, "raised IndexError"),
    (lambda s, b, h, i, j: hip_mlir.table(SLOPES)[s], "a table by f32"),
    (lambda s, b, h, i, j: hip_mlir.table(SLOPES)[h, i], "more than 1 indices to an array of 1 dimensions"),
    (lambda s, b, h, i, j: hip_mlir.table(SLOPES)[h:], "the index of a table is slice("),
    (lambda s, b, h, i, j: s + hip_mlir.table(np.zeros((2, 2)))[h], "met <hip_mlir"),
    (lambda s, b, h, i, j: hip_mlir.table(np.zeros(3, np.uint8))[h], "an array of uint8; give one of float16"),
    (lambda s, b, h, i, j: hip_mlir.table([[1.0]])[h], "a table is of [[1.0]]"),
    (lambda s, b, h, i, j: hip_mlir.table("ab")[h], "a table is of 'ab'"),
    (7, "give a function"),
])
def test_refuses(function, words):
    with pytest.raises(TypeError, match=re.escape(words)) as caught:
        hip_mlir.score_mod(function)
    assert isinstance(caught.value, hip_mlir.Error)


def test_the_cause_of_an_error_is_kept():
    with pytest.raises(hip_mlir.Error) as caught:
        hip_mlir.score_mod(lambda s, b, h, i, j: s / 0 + {}["missing"])
    assert isinstance(caught.value.__cause__, KeyError)


@pytest.mark.parametrize("function, plain", [
    (lambda s, b, h, i, j: s * np.float32(0.5), lambda s, b, h, i, j: s * 0.5),
    (lambda s, b, h, i, j: np.float32(0.5) * s, lambda s, b, h, i, j: 0.5 * s),
    (lambda s, b, h, i, j: np.float64(2) - s, lambda s, b, h, i, j: 2.0 - s),
    (lambda s, b, h, i, j: s + (np.int64(9) - j), lambda s, b, h, i, j: s + (9 - j)),
    (lambda s, b, h, i, j: hip_mlir.where(i < np.int64(3), s, 0.0), lambda s, b, h, i,
     j: hip_mlir.where(i < 3, s, 0.0)),
    (lambda s, b, h, i, j: np.where((i > 3) & np.bool_(1), s, np.float32(0)),
     lambda s, b, h, i, j: hip_mlir.where((i > 3) & True, s, 0.0)),
    (lambda s, b, h, i, j: np.exp(s) + np.tanh(s) + np.log2(s) + np.maximum(s, 0.0),
     lambda s, b, h, i, j: hip_mlir.exp(s) + hip_mlir.tanh(s) + hip_mlir.log2(s) + hip_mlir.maximum(s, 0.0)),
    (lambda s, b, h, i, j: abs(s) ** np.int64(2) + np.negative(np.abs(s)),
     lambda s, b, h, i, j: abs(s) ** 2 + -abs(s)),
    (lambda s, b, h, i, j: s + np.remainder(j, 4) + np.floor_divide(j, 4),
     lambda s, b, h, i, j: s + j % 4 + j // 4),
    (lambda s, b, h, i, j: np.where(np.logical_not(np.equal(j, i)), s, 0.0),
     lambda s, b, h, i, j: hip_mlir.where(~(j == i), s, 0.0)),
    (lambda s, b, h, i, j: np.float32(0.5), lambda s, b, h, i, j: 0.5),
])
def test_numbers_and_functions_of_numpy(function, plain):
    assert values(hip_mlir.score_mod(function)) == values(hip_mlir.score_mod(plain))


def values(made):
    """The operations of a region without their names, sorted: those of both sides of an operator may swap."""
    return sorted(re.sub(r"%t\d+", "%t", line) for line in made.text.split("\n"))


@pytest.mark.parametrize("count", [1, 2, 3, HEADS, 256])
def test_table(count, rng):
    """Heads look their slope up; indices past the end give NaN, negative ones count from the end."""
    slopes = rng.standard_normal(count).astype(np.float32).tolist()
    q, k, v = (rng.standard_normal((1, HEADS, 8, 16)).astype(np.float32) for _ in range(3))
    table = hip_mlir.table(slopes)
    out = hip_mlir.attention(q, k, v, score_mod=lambda s, b, h, i, j: s * table[h])
    back = hip_mlir.attention(q, k, v, score_mod=lambda s, b, h, i, j: s * table[h - count])
    for head in range(HEADS):
        one = [x[:, head:head + 1] for x in (q, k, v)]
        for got, index in ((out, head), (back, head - count)):
            known = -count <= index < count
            wanted = hip_mlir.attention(*one, scale=float(slopes[index]) / 4) if known else np.nan
            np.testing.assert_allclose(got[:, head:head + 1], wanted, atol=2e-6)
    assert hip_mlir.table([1, 2.5])[-1] == 2.5 and len(table) == count


@pytest.mark.parametrize("numbers, words", [
    ([], "a table has 0 numbers; give 1 to 256"), (range(257), "a table has 257 numbers"),
    ([1 << 25], "33554432, which is not exact in f32"), ([1e40], "beyond the range of f32")])
def test_table_refuses(numbers, words):
    with pytest.raises(ValueError, match=words):
        hip_mlir.score_mod(lambda s, b, h, i, j: s + hip_mlir.table(numbers)[h])


def test_refuses_values():
    with pytest.raises(ValueError, match="range of f32"):
        hip_mlir.score_mod(lambda s, b, h, i, j: s + 1e40)
    with pytest.raises(ValueError, match="range of f32"):
        hip_mlir.score_mod(lambda s, b, h, i, j: 10**5000)
    with pytest.raises(ValueError, match="18446744073709551616, which no integer of 64 bits"):
        hip_mlir.score_mod(lambda s, b, h, i, j: s + (j + 2**64))
    kept = []
    hip_mlir.score_mod(lambda s, b, h, i, j: kept.append(s) or s)
    with pytest.raises(ValueError, match="another score function"):
        hip_mlir.score_mod(lambda s, b, h, i, j: s + kept[0])
    with pytest.raises(TypeError, match="in a score function"):
        hip_mlir.exp(1.0)


def test_functions_are_traced_once(integers):
    """What one captured then stays, also for arrays of other sizes."""
    factor = 2.0

    def scaled(score, b, h, i, j):
        return score * factor
    for rows in (8, 9):
        q = integers(1, 2, rows, 16)
        np.testing.assert_array_equal(hip_mlir.attention(q, q, q, score_mod=scaled, scale=0.5),
                                      hip_mlir.attention(q, q, q, score_mod=lambda s, b, h, i, j: s * 2, scale=0.5))
        factor = 3.0


def test_entries_of_a_repeated_batch(integers):
    """b is that of the batch that is repeated, also where that one is such a batch itself."""
    score = hip_mlir.score_mod(lambda s, b, h, i, j: s * (b + 1) - (b - h) * 0.5)
    q = integers(12, 2, 8, 16)
    inner = hip_mlir.ScoreMod(repeat_batch(score.text, 2))
    outer = hip_mlir.ScoreMod(repeat_batch(repeat_batch(score.text, 2), 6))
    wanted = np.concatenate([hip_mlir.attention(*[q[n:n + 2]] * 3, score_mod=score) for n in range(0, 12, 2)])
    for repeated in (inner, outer):
        np.testing.assert_array_equal(hip_mlir.attention(q, q, q, score_mod=repeated), wanted)
    without = hip_mlir.score_mod(alibi).text
    assert repeat_batch(without, 2) == without
    written = ("^bb0(%0 : f32, %1: index, %h: index, %i: index, %j: index):\n"
               "  %c = arith.index_cast %1 : index to i32\n  %11 = arith.sitofp %c : i32 to f32\n  hip.yield %11 : f32")
    assert hip_mlir.attention(q, q, q, score_mod=hip_mlir.ScoreMod(repeat_batch(written, 4))).shape == q.shape
    with pytest.raises(hip_mlir.InvalidError, match="begins with 'hip.yield'; give a block with arguments"):
        repeat_batch("hip.yield", 2)
