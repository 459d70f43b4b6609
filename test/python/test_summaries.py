"""Summaries that are kept from call to call: the bits of those made at once, by what each call adds (S17b)."""

import numpy as np
import pytest
from reference.scores import summarize

import hip_mlir
from hip_mlir import _summaries
from hip_mlir._arrays import numpy_dtype

TWO = hip_mlir.Boxes(block_k=2, levels=((16, 64), (4, 24)), keep=12)
MIXED = hip_mlir.Union(TWO, hip_mlir.Tree(keep=32), hip_mlir.Boxes(block_k=3, levels=((6, 48),), keep=24))
OPTIONS = {"sink": 48, "window": 16}
TYPES = {"float32": np.float32, "float16": np.float16}
KEYS = 203


def dtype_of(name):
    if name == "bfloat16":
        pytest.importorskip("ml_dtypes")
        return numpy_dtype((4, 16))
    return TYPES[name]


def bits(array):
    return array.view(f"u{array.dtype.itemsize}")


def made_at_once(k, box):
    """[B, Hkv, Tk // box, 2, D] by the NumPy reference."""
    made = np.empty((*k.shape[:-2], k.shape[-2] // box, 2, k.shape[-1]), k.dtype)
    for at in np.ndindex(k.shape[:-2]):
        made[at][:, 0], made[at][:, 1] = summarize(k[at], box)
    return made


@pytest.fixture
def slices(monkeypatch):
    """(keys, entries) of each program that ran for summaries."""
    seen = []
    plain = _summaries.Program.__call__

    def record(program, *arrays, out=None):
        seen.append((arrays[0].shape[-2], out.shape[-3]))
        return plain(program, *arrays, out=out)
    monkeypatch.setattr(_summaries.Program, "__call__", record)
    return seen


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("chunks", [[KEYS], [1] * KEYS, [7, 1, 16, 3, 0, 90, 5, 48, 33], [4, 12, 16, 171]], ids=str)
def test_appended_keys_have_the_bits_of_all_at_once(rng, dtype, chunks):
    k = rng.standard_normal((2, 3, KEYS, 24)).astype(dtype_of(dtype))
    kept, keys = hip_mlir.Summaries(MIXED), 0
    for chunk in chunks:
        keys += chunk
        kept.update(k[:, :, :keys])
        assert kept.keys == keys
    assert keys == KEYS and kept.boxes == MIXED.boxes == (16, 4, 6)
    once = hip_mlir.Summaries(MIXED)
    once.update(k)
    for box, array, other in zip(kept.boxes, kept.arrays, once.arrays):
        assert array.shape == (2, 3, KEYS // box, 2, 24)
        np.testing.assert_array_equal(bits(array), bits(other))
        np.testing.assert_array_equal(array.astype(np.float32), made_at_once(k.astype(np.float32), box))


NARROW = "float8_e4m3fn", "float8_e5m2"


@pytest.mark.parametrize("name", NARROW)
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("scaled", [False, True], ids=["plain", "scaled"])
def test_keys_of_8_bits(rng, name, dtype, scaled):
    """Summaries have the bits of those of the products at once; dtype says of which type, as q does."""
    ml_dtypes = pytest.importorskip("ml_dtypes")
    q = rng.standard_normal((2, 4, 1, 32)).astype(dtype_of(dtype))
    k, v = (rng.standard_normal((2, 2, 260, 32)).astype(getattr(ml_dtypes, name)) for _ in "kv")
    scale = rng.standard_normal((2, 2)).astype(np.float32)
    scales = dict(zip(("k_scale", "v_scale"), scale)) if scaled else {}
    kept, named = hip_mlir.Summaries(MIXED, check=True), hip_mlir.Summaries(MIXED, dtype=dtype)
    for keys in (3, 150, 190, 191, 192, 193, 230, 260):
        now = k[..., :keys, :], v[..., :keys, :]
        wanted = hip_mlir.attention(q, *now, MIXED, **scales, **OPTIONS)
        got = hip_mlir.attention(q, *now, MIXED, summaries=kept, **scales, **OPTIONS)
        np.testing.assert_array_equal(bits(got), bits(wanted))
    named.update(k, k_scale=scales.get("k_scale"))
    wide = k.astype(np.float32) * (scale[0][:, None, None] if scaled else 1)
    wide = wide.astype(q.dtype)
    once = hip_mlir.Summaries(MIXED)
    once.update(wide)
    for box, *arrays in zip(kept.boxes, kept.arrays, named.arrays, once.arrays):
        assert {array.dtype for array in arrays} == {q.dtype}
        np.testing.assert_array_equal(bits(arrays[0]), bits(arrays[2]))
        np.testing.assert_array_equal(bits(arrays[1]), bits(arrays[2]))
        np.testing.assert_array_equal(arrays[0].astype(np.float32), made_at_once(wide.astype(np.float32), box))


def test_scales_of_keys_that_do_not_follow(rng):
    ml_dtypes = pytest.importorskip("ml_dtypes")
    k = rng.standard_normal((1, 2, 40, 16)).astype(ml_dtypes.float8_e4m3fn)
    scale = np.array([0.5, 2], np.float32)
    kept = hip_mlir.Summaries(TWO, dtype="float16", check=True)
    kept.update(k, k_scale=scale)
    with pytest.raises(hip_mlir.InvalidError, match=r"k is float8_e4m3fn .*\(ndarray\), but .* \(ndarray\) with k_scale; "):
        kept.update(k)
    with pytest.raises(hip_mlir.InvalidError, match="keys that were there have changed"):
        kept.update(k, k_scale=2 * scale)
    kept.update(k, k_scale=scale)
    with pytest.raises(hip_mlir.ArgumentTypeError, match="k_scale is given, but k is float32; give it for keys of float8_"):
        hip_mlir.Summaries(TWO).update(k.astype(np.float32), k_scale=scale)
    with pytest.raises(hip_mlir.InvalidError, match="give the dtype of q to hip_mlir.Summaries"):
        hip_mlir.Summaries(TWO).update(k)
    with pytest.raises(hip_mlir.InvalidError, match="dtype"):
        hip_mlir.Summaries(TWO, dtype="float8_e5m2")


def test_what_is_not_a_number_has_the_same_bits(rng):
    """NaN, infinities and zeros of both signs."""
    k = rng.choice(np.array([np.nan, -np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0], np.float32), (1, 2, KEYS, 16))
    kept = hip_mlir.Summaries(MIXED, check=True)
    for keys in range(1, KEYS + 1, 3):
        kept.update(k[:, :, :keys])
    once = hip_mlir.Summaries(MIXED)
    once.update(k[:, :, :kept.keys])
    for array, other in zip(kept.arrays, once.arrays):
        np.testing.assert_array_equal(bits(array), bits(other))
        assert np.isnan(array).any()


def test_only_new_keys_are_read(rng, slices):
    """A program runs where a box became full, on the keys from the first entry that is missing."""
    k = rng.standard_normal((1, 2, 70, 16)).astype(np.float32)
    kept = hip_mlir.Summaries(TWO)
    kept.update(k[:, :, :50])
    assert slices == [(48, 3), (48, 12)]
    slices.clear()
    for keys in range(51, 70):
        kept.update(k[:, :, :keys])
    assert slices == [(4, 1), (4, 1), (4, 1), (16, 1), (4, 1), (4, 1)]
    slices.clear()
    kept.update(k[:, :, :69])
    assert not slices


def test_levels_of_the_same_boxes_share_an_array(rng, slices):
    policy = hip_mlir.Union(hip_mlir.Boxes(keep=64), hip_mlir.Boxes(keep=128))
    kept = hip_mlir.Summaries(policy)
    kept.update(rng.standard_normal((1, 1, 130, 16)).astype(np.float32))
    assert slices == [(128, 2)] and kept.boxes == (64, 64) and len(kept.arrays) == 2


@pytest.mark.parametrize("policy", [TWO, MIXED, hip_mlir.Auto(MIXED, until=20, step_until=210)], ids=["boxes", "union", "auto"])
@pytest.mark.parametrize("flat", [False, True], ids=["batch", "flat"])
@pytest.mark.parametrize("scale", [None, 0.3])
def test_attention_has_the_same_bits(rng, policy, flat, scale):
    q, k, v = (rng.standard_normal((2, heads, 260, 32)).astype(np.float16) for heads in (4, 2, 2))
    if flat:
        q, k, v = q[0], k[0], v[0]
    kept = hip_mlir.Summaries(policy)
    for keys in (3, 150, 190, 191, 192, 193, 230, 260):
        now = q[..., :1, :], k[..., :keys, :], v[..., :keys, :]
        wanted = hip_mlir.attention(*now, policy, scale=scale, **OPTIONS)
        got = hip_mlir.attention(*now, policy, scale=scale, summaries=kept, **OPTIONS)
        np.testing.assert_array_equal(bits(got), bits(wanted))
        out = np.empty_like(wanted)
        assert hip_mlir.attention(*now, policy, scale=scale, summaries=kept, out=out, **OPTIONS) is out
        np.testing.assert_array_equal(bits(out), bits(wanted))
        assert kept.keys == keys


@pytest.mark.parametrize("flat", [False, True], ids=["batch", "one"])
def test_rows_before_heads_and_positions(rng, flat):
    q, k, v = (rng.standard_normal((2, rows, 2, 16)).astype(np.float32) for rows in (3, KEYS, KEYS))
    positions = np.array([KEYS - 3, KEYS - 9], np.int32)
    arrays, more = ((q[0], k[0], v[0]), {}) if flat else ((q, k, v), {"positions": positions})
    kept, options = hip_mlir.Summaries(MIXED, check=True), {**OPTIONS, **more, "layout": "bthd"}
    for keys in range(KEYS - 20, KEYS + 1, 5):
        seen = [x[..., :keys, :, :] for x in arrays[1:]]
        out = hip_mlir.attention(arrays[0], *seen, MIXED, summaries=kept, **options)
        np.testing.assert_array_equal(out, hip_mlir.attention(arrays[0], *seen, MIXED, **options))
        assert kept.keys == keys and kept.arrays[0].shape[-4:] == (2, keys // 16, 2, 16)


def test_a_prompt_and_its_lists(rng):
    q, k, v = (rng.standard_normal((1, heads, 300, 32)).astype(np.float32) for heads in (4, 2, 2))
    kept = hip_mlir.Summaries(MIXED)
    wanted, lse, lists = hip_mlir.attention(q, k, v, MIXED, return_lse=True, return_lists=True, **OPTIONS)
    got, other, given = hip_mlir.attention(q, k, v, MIXED, return_lse=True, return_lists=True, summaries=kept, **OPTIONS)
    np.testing.assert_array_equal(got, wanted)
    np.testing.assert_array_equal(other, lse)
    np.testing.assert_array_equal(given[1], lists[1])


def test_they_are_what_is_searched(rng):
    """Summaries that were spoiled choose other blocks: they are read, and not made again."""
    q, k, v = (rng.standard_normal((1, 2, 300, 32)).astype(np.float32) for _ in range(3))
    kept = hip_mlir.Summaries(TWO)
    wanted = hip_mlir.attention(q[:, :, -1:], k, v, TWO, summaries=kept, **OPTIONS)
    kept.arrays[0][...] = 0
    assert not np.array_equal(hip_mlir.attention(q[:, :, -1:], k, v, TWO, summaries=kept, **OPTIONS), wanted)


def test_calls_that_differ_in_nothing_else_are_told_apart(rng):
    """Another policy's summaries of the same shapes; after a call with the right ones."""
    q, k, v = (rng.standard_normal((1, 2, 60, 32)).astype(np.float32) for _ in range(3))
    policy, other = (hip_mlir.Boxes(block_k=2, levels=((box, 48),), keep=12) for box in (16, 24))
    kept, wrong = hip_mlir.Summaries(policy), hip_mlir.Summaries(other)
    hip_mlir.attention(q, k, v, policy, summaries=kept, **OPTIONS)
    with pytest.raises(hip_mlir.InvalidError, match="summaries are of boxes of 24 keys, but the policy has boxes of "
                                                    "16; give hip_mlir.Summaries of that policy"):
        hip_mlir.attention(q, k, v, policy, summaries=wrong, **OPTIONS)
    # The budget of the levels is not theirs.
    hip_mlir.attention(q, k, v, hip_mlir.Boxes(block_k=4, levels=((16, 32),), keep=8), summaries=kept, **OPTIONS)


def test_changed_keys_are_told(rng):
    k = rng.standard_normal((1, 2, 40, 16)).astype(np.float32)
    kept = hip_mlir.Summaries(TWO, check=True)
    kept.update(k)
    kept.update(k)
    k[0, 1, 5, 3] = 100
    with pytest.raises(hip_mlir.InvalidError, match=r"keys that were there have changed: summaries of boxes of 16 "
                                                    r"keys are not those of k; call reset\(\) after changes"):
        kept.update(k)
    kept.reset()
    assert kept.keys == 0 and kept.arrays == ()
    kept.update(k)
    assert kept.arrays[0][0, 1, 0, 1, 3] == 100


@pytest.mark.parametrize("change, text", [
    (lambda k: k[:, :, :-1], r"k has 39 keys, but these summaries are of 40 already; .*reset\(\)"),
    (lambda k: k[:, :1], r"k is float32 \[1, 1, Tk, 16\] on cpu \(ndarray\), but these summaries are of "
     r"float32 \[1, 2, Tk, 16\] on cpu"),
    (lambda k: np.concatenate([k, k]), r"k is float32 \[2, 2, Tk, 16\] on cpu"),
    (lambda k: k[..., :8], r"k is float32 \[1, 2, Tk, 8\] on cpu"),
    (lambda k: k[0], r"k is float32 \[2, Tk, 16\] on cpu"),
    (lambda k: k.astype(np.float16), r"k is float16 \[1, 2, Tk, 16\] on cpu"),
], ids=["fewer", "heads", "batch", "size", "dimensions", "type"])
def test_keys_that_do_not_follow(rng, change, text):
    k = rng.standard_normal((1, 2, 40, 16)).astype(np.float32)
    kept = hip_mlir.Summaries(TWO)
    kept.update(k)
    with pytest.raises(hip_mlir.InvalidError, match=text):
        kept.update(change(k))
    assert kept.keys == 40
    kept.reset()
    kept.update(change(k))


@pytest.mark.parametrize("k, error, text", [
    (np.ones((2, 3), np.float32), hip_mlir.InvalidError, r"k has shape \[2, 3\]; give \[B, H, T, D\]"),
    (np.ones((1, 2, 3, 4), np.int32), hip_mlir.ArgumentTypeError, "k is int32; give one of float16"),
    (np.ones((1, 0, 3, 4), np.float32), hip_mlir.InvalidError, "give 1 or more heads"),
    (np.ones((1, 2, 4, 4), np.float32).swapaxes(2, 3)[..., ::2], hip_mlir.InvalidError, "k"),
    ("keys", hip_mlir.ArgumentTypeError, "k"),
    (None, hip_mlir.ArgumentTypeError, "k"),
], ids=["dimensions", "type", "no heads", "strides", "text", "none"])
def test_no_keys(k, error, text):
    with pytest.raises(error, match=text):
        hip_mlir.Summaries(TWO).update(k)


def test_arguments(rng):
    q = rng.standard_normal((1, 2, 40, 16)).astype(np.float32)
    kept = hip_mlir.Summaries("boxes<block_k = 2, levels = [(16, 64)], keep = 12>")
    assert repr(kept).startswith("<hip_mlir.Summaries of 0 keys for boxes<")
    assert kept.policy == hip_mlir.Boxes(block_k=2, levels=((16, 64),), keep=12)
    assert hip_mlir.Summaries().policy == hip_mlir.HIP
    for policy in (hip_mlir.Tree(), "dense", hip_mlir.Auto(hip_mlir.Tree())):
        with pytest.raises(hip_mlir.InvalidError, match="has no boxes, so that it reads no summaries"):
            hip_mlir.Summaries(policy)
        with pytest.raises(hip_mlir.InvalidError, match="has no boxes, so that it reads no summaries; leave them out"):
            hip_mlir.attention(q, q, q, policy, summaries=kept)
        with pytest.raises(hip_mlir.InvalidError, match="has no boxes"):
            hip_mlir.attention_text("float32", 2, 2, 16, policy, has_summaries=True)
    with pytest.raises(hip_mlir.ArgumentTypeError, match=r"summaries is \[\]; give a hip_mlir.Summaries"):
        hip_mlir.attention(q, q, q, kept.policy, summaries=[])
    _, lists = hip_mlir.attention(q, q, q, kept.policy, return_lists=True, sink=16)
    with pytest.raises(hip_mlir.InvalidError, match="lists and summaries are given, but with lists nothing is searched"):
        hip_mlir.attention(q, q, q, kept.policy, lists=lists, summaries=kept, sink=16)


def test_keys_whose_lengths_no_call_reads_are_refused(rng):
    q = rng.standard_normal((1, 2, 4, 16)).astype(np.float32)
    stored = hip_mlir.Ragged(*(rng.standard_normal((40, 2, 16)).astype(np.float32) for _ in range(2)),
                             np.array([0, 40], np.int32))
    for what in (hip_mlir.attention, hip_mlir.explain):
        with pytest.raises(NotImplementedError, match="summaries and kv= are given, .*; leave out summaries, or give"):
            what(q, kv=stored, policy=TWO, summaries=hip_mlir.Summaries(TWO), **OPTIONS)


def test_texts_of_ragged_keys_take_summaries(rng):
    """Of the caller, also in room for more boxes than its keys have."""
    text = hip_mlir.attention_text("float32", 2, 2, 16, TWO, has_summaries=True, storage="ragged", **OPTIONS)
    q = rng.standard_normal((2, 2, 1, 16)).astype(np.float32)
    k, v = (rng.standard_normal((2, KEYS, 2, 16)).astype(np.float32) for _ in range(2))
    lengths = [KEYS, 96]
    stored = hip_mlir.Ragged(*(np.concatenate([x[b, :n] for b, n in enumerate(lengths)]) for x in (k, v)),
                             np.array([0, KEYS, KEYS + 96], np.int32))
    made = [np.full((2, 2, 18, 2, 16), np.nan, np.float32), np.full((2, 2, 75, 2, 16), np.nan, np.float32)]
    for b, length in enumerate(lengths):
        for box, array in zip((16, 4), made):
            array[b, :, :length // box] = made_at_once(k[b, :length].swapaxes(0, 1), box)
    scale = 16 ** -0.5
    out = hip_mlir.compile(text, engine=hip_mlir.Engine("cpu"))(q, *stored, *made)
    np.testing.assert_array_equal(out, hip_mlir.attention(q, kv=stored, policy=TWO, scale=scale, **OPTIONS))
    made[0][:] = 0
    out = hip_mlir.compile(text, engine=hip_mlir.Engine("cpu"))(q, *stored, *made)
    assert (out != hip_mlir.attention(q, kv=stored, policy=TWO, **OPTIONS)).any()


def test_texts_and_explanations(rng):
    text = hip_mlir.attention_text("float16", 4, 2, 32, MIXED, has_summaries=True, sink=48)
    assert text.count("tensor<?x2x?x2x32xf16>") >= 3 and "summaries(" in text
    assert "summaries(" not in hip_mlir.attention_text("float16", 4, 2, 32, MIXED, sink=48)
    q = rng.standard_normal((1, 2, 40, 16)).astype(np.float32)
    plain = hip_mlir.explain(q, q, q, TWO, sink=16)
    assert hip_mlir.explain(q, q, q, TWO, summaries=hip_mlir.Summaries(TWO), sink=16) != plain


def test_arrays_that_have_no_parts_are_refused(rng):
    jax = pytest.importorskip("jax")
    q = jax.numpy.ones((1, 2, 40, 16))
    with pytest.raises(NotImplementedError, match="which summaries cannot be kept of"):
        hip_mlir.attention(q, q, q, TWO, summaries=hip_mlir.Summaries(TWO), **OPTIONS)
    with pytest.raises(NotImplementedError, match="arrays that JAX traces cannot be kept"):
        jax.jit(lambda x: hip_mlir.attention(x, x, x, TWO, summaries=hip_mlir.Summaries(TWO), **OPTIONS))(q)
