"""The score functions and masks that FlexAttention documents, against NumPy."""

import gc
import weakref

import numpy as np
import pytest
from flex_examples import EXAMPLES, HEADS, ROWS, SIZE, causal, make_arrays, relative

import hip_mlir
from hip_mlir import _score_mods


def looked_up(array):
    """What a score function takes of NumPy."""
    return hip_mlir.table(array) if array.ndim else array


def wanted(q, k, v, score, mask):
    """Attention in float64; a row that sees no key is 0 (S20)."""
    q, k, v = (x.astype(np.float64) for x in (q, k, v))
    k, v = (np.repeat(x, q.shape[1] // k.shape[1], 1) for x in (k, v))
    s = q @ k.swapaxes(2, 3) / np.sqrt(q.shape[-1])
    places = np.ogrid[tuple(slice(size) for size in s.shape)]
    s = s if score is None else score(s, *places)
    s = s if mask is None else np.where(mask(*places), s, -np.inf)
    with np.errstate(invalid="ignore"):
        p = np.nan_to_num(np.exp(s - s.max(-1, keepdims=True)))
    return p / np.maximum(p.sum(-1, keepdims=True), 1e-300) @ v


def check(out, q, k, v, score, mask, atol=2e-5):
    np.testing.assert_allclose(out, wanted(q, k, v, score, mask), rtol=0, atol=atol)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda f: f.__name__)
def test_numpy(example, rng):
    q, k, v = make_arrays(rng)
    score, mask = example(np, looked_up)
    out = hip_mlir.attention(q, k, v, causal=False, score_mod=score, mask_mod=mask)
    check(out, q, k, v, *example(np, np.asarray), atol=2e-4 if example is relative else 2e-5)


def test_other_numbers_compile_nothing(rng):
    """Arrays, and scale and softcap, are inputs: of one program for all that is in them and for all sizes."""
    engine = hip_mlir.Engine("cpu")
    q, k, v = make_arrays(rng)
    for ends in ([10, 30], [5, 79]):
        ids = np.searchsorted(ends, np.arange(ROWS), side="right").astype(np.int32)
        cap = np.array(ends[0] / 8, np.float32)
        read = hip_mlir.table(ids)
        out = hip_mlir.attention(q, k, v, causal=False, engine=engine, mask_mod=lambda b, h, i, j: read[i] == read[j],
                                 score_mod=lambda s, b, h, i, j: np.tanh(s / cap) * cap)
        check(out, q, k, v, lambda s, b, h, i, j: np.tanh(s / cap) * cap, lambda b, h, i, j: ids[i] == ids[j])
    assert len(engine._plans) == 1
    for number in (1.0, 0.25):
        out = hip_mlir.attention(q, k, v, causal=False, softcap=number, engine=engine)
        check(out, q, k, v, lambda s, b, h, i, j: np.tanh(s / number) * number, None)
    assert len(engine._plans) == 2


def test_reads_arrays_at_each_call(rng):
    q, k, v = make_arrays(rng)
    slopes = np.ones(HEADS, np.float32)
    table = hip_mlir.table(slopes)

    def score(s, b, h, i, j):
        return s * table[h]
    for number in (1, 2):
        slopes[:] = number
        out = hip_mlir.attention(q, k, v, score_mod=score)
        np.testing.assert_array_equal(out, hip_mlir.attention(q, k, v, score_mod=lambda s, b, h, i, j: s * number))


def test_functions_are_kept_as_long_as_they_live(rng):
    q, k, v = make_arrays(rng)

    class Slopes(np.ndarray):
        pass

    def attend():
        slopes = np.ones(HEADS, np.float32).view(Slopes)
        table = hip_mlir.table(slopes)
        hip_mlir.attention(q, k, v, score_mod=lambda s, b, h, i, j: s * table[h])
        return weakref.ref(slopes)
    before = len(_score_mods._traced)
    kept = attend()
    gc.collect()
    assert kept() is None and len(_score_mods._traced) == before


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "int16", "int32", "int64"])
def test_element_types_and_ends(dtype, rng):
    """Negative indices count from the end; past it are NaN and, of integers, the number at the end (S18b)."""
    q, k, v = make_arrays(rng)
    numbers = np.arange(1, 4).astype(dtype)
    table = hip_mlir.table(numbers)
    for shift in (-1, 0, 1):
        out = hip_mlir.attention(q, k, v, score_mod=lambda s, b, h, i, j: s * table[h - 1 + shift])
        for head in range(HEADS):
            place = head - 1 + shift
            number = numbers[min(place, 2)]
            if place > 2 and numbers.dtype.kind == "f":
                number = np.nan
            one = hip_mlir.attention(q[:, [head]], k[:, [head // 2]], v[:, [head // 2]],
                                     score_mod=lambda s, b, h, i, j: s * float(number))
            np.testing.assert_allclose(out[:, [head]], one, rtol=0, atol=1e-6)


def test_integers_of_64_bits(rng):
    """Compared exactly; in arithmetic held to 2^53."""
    q, k, v = make_arrays(rng)
    ids = rng.integers(0, 3, ROWS) + 2**62
    table = hip_mlir.table(ids)
    out = hip_mlir.attention(q, k, v, causal=False, mask_mod=lambda b, h, i, j: table[i] == table[j])
    check(out, q, k, v, None, lambda b, h, i, j: ids[i] == ids[j])
    out = hip_mlir.attention(q, k, v, causal=False, mask_mod=lambda b, h, i, j: table[i] - 2**53 == j)
    check(out, q, k, v, None, lambda b, h, i, j: j == 0)


def test_arrays_without_a_batch_and_in_parts(rng):
    q, k, v = make_arrays(rng)
    bias = rng.standard_normal((HEADS, ROWS, ROWS)).astype(np.float32)
    table = hip_mlir.table(bias)
    out = hip_mlir.attention(q[0], k[0], v[0], causal=False,
                             score_mod=lambda s, b, h, i, j: s + table[h][i, j] + table[-1][0][j])
    check(out[None], q[:1], k[:1], v[:1], lambda s, b, h, i, j: s + bias[h, i, j] + bias[-1, 0, j], None)
    assert len(table) == HEADS and len(table[0]) == ROWS and table[0, 1, 2] == bias[0, 1, 2]


def test_masks_and_policies(rng, integers):
    """A mask is of the keys that a policy keeps, and goes on top of another one."""
    q, k, v = (integers(1, heads, 512, 32) for heads in (4, 2, 2))
    even = hip_mlir.score_mod(lambda s, b, h, i, j: s * 0.5, mask_mod=lambda b, h, i, j: j % 2 == 0)
    both = hip_mlir.score_mod(even, mask_mod=lambda b, h, i, j: j % 3 == 0)
    options = {"policy": "tree<keep = 64>", "sink": 16, "window": 16}
    plain = hip_mlir.attention(q, k, v, score_mod=lambda s, b, h, i, j: hip_mlir.where(j % 6 == 0, s * 0.5, -np.inf),
                               **options)
    for given in ({"score_mod": both}, {"score_mod": even, "mask_mod": lambda b, h, i, j: j % 3 == 0}):
        np.testing.assert_array_equal(hip_mlir.attention(q, k, v, **given, **options), plain)
    none = hip_mlir.attention(q, k, v, mask_mod=lambda b, h, i, j: False, return_lse=True)
    assert (none[0] == 0).all() and (none[1] == -np.inf).all()


BLOCKS = 700
DOCUMENTS = np.repeat(np.arange(5), [100, 30, 300, 170, 100])
HIDING = {
    "document": lambda xs: lambda b, h, i, j: xs[i] == xs[j],
    "window": lambda xs: lambda b, h, i, j: abs(i - j) < 40,
    "heads and entries": lambda xs: lambda b, h, i, j: (j // 100 == h + 2 * b) | (i == j),
    "one row": lambda xs: lambda b, h, i, j: (i == 399) & (j % 131 == 5),
    "none": lambda xs: lambda b, h, i, j: (i < 0) | (j < 0),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("name", HIDING)
def test_hidden_blocks_change_no_bit(name, causal, dtype, rng):
    """S18c: what is skipped has the score -inf for every row, so that computing it gives the same bits."""
    q, k, v = (rng.standard_normal((2, heads, BLOCKS, SIZE)).astype(dtype) for heads in (HEADS, 2, 2))
    mask = HIDING[name](looked_up(DOCUMENTS))

    def by_score(score, b, h, i, j):  # no mask: the condition depends on the score
        return hip_mlir.where(mask(b, h, i, j) & (score == score), score, -np.inf)

    skipped = hip_mlir.attention(q, k, v, causal=causal, mask_mod=mask, return_lse=True)
    computed = hip_mlir.attention(q, k, v, causal=causal, score_mod=by_score, return_lse=True)
    for ours, theirs in zip(skipped, computed):
        np.testing.assert_array_equal(ours, theirs)
    shown = HIDING[name](DOCUMENTS)
    check(skipped[0], q, k, v, None, lambda b, h, i, j: shown(b, h, i, j) & (j <= i if causal else True),
          atol=2e-5 if dtype == np.float32 else 4e-3)


def test_score_functions_hide_blocks(rng):
    """S18c: -inf by what does not depend on the score; rows after the keys of a call before (S1)."""
    q, k, v = make_arrays(rng)
    k, v = (np.concatenate([np.full((2, 2, 256, SIZE), np.nan, np.float32), x], 2) for x in (k, v))
    far = hip_mlir.table(np.arange(256 + ROWS) >= 256)

    def late(score, b, h, i, j):
        return hip_mlir.where(far[j], score, -np.inf)

    check(hip_mlir.attention(q, k, v, score_mod=late), q, k[:, :, 256:], v[:, :, 256:], None,
          lambda b, h, i, j: j <= i)
    for options, listed in ((dict(score_mod=late), True), (dict(mask_mod=lambda b, h, i, j: far[j]), True),
                            (dict(score_mod=lambda s, b, h, i, j: s + j), False),
                            (dict(mask_mod=lambda b, h, i, j: far[j], policy="tree"), False)):
        text = hip_mlir.explain(q, k, v, **options)
        assert ("with a list of its mask" in text) == listed
        assert ("mask_blocks" in text) == listed


def test_jax(rng):
    jax = pytest.importorskip("jax", reason="JAX is not installed")
    q, k, v = make_arrays(rng)
    ids = np.repeat(np.arange(2, dtype=np.int32), ROWS // 2)
    table = hip_mlir.table(ids)
    made = hip_mlir.score_mod(mask_mod=lambda b, h, i, j: table[i] == table[j])
    plain = hip_mlir.attention(q, k, v, score_mod=made)
    compiled = jax.jit(lambda q, k, v: hip_mlir.attention(q, k, v, score_mod=made))
    np.testing.assert_array_equal(compiled(q, k, v), plain)
    mapped = jax.vmap(lambda q, k, v: hip_mlir.attention(q, k, v, score_mod=made))
    np.testing.assert_array_equal(mapped(q, k, v), plain)
    traced = jax.jit(lambda ids, q, k, v: hip_mlir.attention(
        q, k, v, mask_mod=lambda b, h, i, j: hip_mlir.table(ids)[i] == hip_mlir.table(ids)[j]))
    np.testing.assert_array_equal(traced(ids, q, k, v), plain)
    wide = hip_mlir.table(ids.astype(np.int64))
    with pytest.raises(TypeError, match="array 0 of score_mod is int64, which JAX makes int32"):
        jax.jit(lambda q, k, v: hip_mlir.attention(q, k, v, mask_mod=lambda b, h, i, j: wide[i] == j))(q, k, v)


def test_text_takes_arrays(rng):
    """The text of an attention has what its score function reads as inputs, before the scale (S18)."""
    q, k, v = make_arrays(rng)
    ids, cap = np.arange(ROWS) // 30, np.array(0.5, np.float32)
    table = hip_mlir.table(ids)
    made = hip_mlir.score_mod(lambda s, b, h, i, j: np.tanh(s / cap) * cap,
                              mask_mod=lambda b, h, i, j: table[i] == table[j])
    program = hip_mlir.compile(hip_mlir.attention_text("float32", HEADS, 2, SIZE, score_mod=made),
                               engine=hip_mlir.Engine("cpu"))
    np.testing.assert_array_equal(program(q, k, v, *made.arrays), hip_mlir.attention(q, k, v, score_mod=made))


@pytest.mark.parametrize("options, kind, words", [
    ({"mask_mod": lambda b, h, i: i}, TypeError, "mask_mod <lambda>(b, h, i) is called with (b, h, i, j)"),
    ({"mask_mod": lambda b, h, i, j: i}, TypeError, "a mask_mod returned an index; return a comparison"),
    ({"mask_mod": lambda b, h, i, j: 1.5}, TypeError, "a mask_mod returned 1.5; return a comparison"),
    ({"mask_mod": 7}, TypeError, "mask_mod is 7; give a function of (b, h, i, j)"),
    ({"mask_mod": []}, TypeError, "mask_mod is []; give a function of (b, h, i, j)"),
    ({"mask_mod": lambda b, h, i, j: j < i, "softcap": 2.0}, ValueError, "a score_mod or mask_mod are given"),
    ({"mask_mod": lambda b, h, i, j: j < i, "score_mod": hip_mlir.ScoreMod("^bb0", "mine")}, ValueError,
     "score_mod mine is a text and mask_mod is given"),
    ({"score_mod": lambda s, b, h, i, j: s + hip_mlir.table(np.zeros(0, np.float32))[h]}, ValueError,
     "array 0 of score_mod has size = 0 in dimension 0"),
    ({"score_mod": lambda s, b, h, i, j: s + hip_mlir.table(np.zeros((4, 4), np.float32).T)[h, i]}, ValueError,
     "array 0 of score_mod has stride 4 in its last dimension"),
    ({"score_mod": lambda s, b, h, i, j: s + hip_mlir.table(np.zeros((1,) * 5, np.float32))[h, h, h, h, h]}, ValueError,
     "an array of 5 dimensions; give at most 4"),
    ({"score_mod": hip_mlir.ScoreMod("^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %a: tensor<3xf32>):\n"
                                     "hip.yield %s : f32", arrays=(np.zeros(3, np.float32),))}, ValueError,
     "S18: argument 5 of the score region is tensor<3xf32>, but what follows j is read at each call"),
    ({"score_mod": hip_mlir.ScoreMod("^bb0(%s: f32, %b: index):\nhip.yield %s : f32")}, ValueError,
     "S18: the score region takes (score f32, b, h, i, j index) and then what it reads, got 2 arguments"),
])
def test_refuses(options, kind, words, rng):
    with pytest.raises(kind) as caught:
        hip_mlir.attention(*make_arrays(rng), **options)
    assert isinstance(caught.value, hip_mlir.Error) and words in str(caught.value)
