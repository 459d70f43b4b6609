"""Keys and values of 8 bits, beside arrays of the numbers that they stand for (S23b)."""

import re

import ml_dtypes
import numpy as np
import pytest

import hip_mlir

HEADS, KV_HEADS, SIZE, KEYS = 4, 2, 32, 200
OPTIONS = {"policy": hip_mlir.Tree(32, 2, 32), "sink": 64, "window": 48}
E4M3, E5M2 = ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2
K_SCALE, V_SCALE = np.array([0.3, 1.7], np.float32), np.array([2.0, 0.11], np.float32)
SCALES = {"k_scale": K_SCALE, "v_scale": V_SCALE}


def arrays(stored, dtype=np.float32, rows=70):
    rng = np.random.default_rng(7)
    q = rng.standard_normal((2, HEADS, rows, SIZE)).astype(dtype)
    return q, *(rng.standard_normal((2, KV_HEADS, KEYS, SIZE)).astype(stored) for _ in "kv")


def widened(x, scale, dtype):
    return (x.astype(np.float32) * scale[:, np.newaxis, np.newaxis]).astype(dtype)


def same(one, other):
    return all(x.dtype == y.dtype and x.tobytes() == y.tobytes() for x, y in zip(one, other))


@pytest.mark.parametrize("dtype", (np.float32, np.float16, ml_dtypes.bfloat16))
@pytest.mark.parametrize("stored", (E4M3, E5M2))
def test_results_are_those_of_the_numbers(stored, dtype):
    q, k, v = arrays(stored, dtype)
    got = hip_mlir.attention(q, k, v, return_lse=True, **SCALES, **OPTIONS)
    wide = widened(k, K_SCALE, dtype), widened(v, V_SCALE, dtype)
    assert same(got, hip_mlir.attention(q, *wide, return_lse=True, **OPTIONS))
    plain = hip_mlir.attention(q, k, v, return_lse=True, **OPTIONS)
    assert same(plain, hip_mlir.attention(q, k.astype(dtype), v.astype(dtype), return_lse=True, **OPTIONS))
    assert not same(plain, got)


def test_rows_before_heads():
    q, k, v = arrays(E4M3)
    wanted = hip_mlir.attention(q, k, v, **SCALES, **OPTIONS)
    swapped = (np.ascontiguousarray(x.swapaxes(1, 2)) for x in (q, k, v))
    got = hip_mlir.attention(*swapped, layout="bthd", **SCALES, **OPTIONS)
    assert same([np.ascontiguousarray(got.swapaxes(1, 2))], [wanted])


def test_pages_and_packed_rows():
    q, k, v = arrays(E4M3, rows=1)
    wanted = hip_mlir.attention(q, k, v, **SCALES, **OPTIONS)
    offsets = np.array([0, KEYS, 2 * KEYS], np.int32)
    packed = hip_mlir.Ragged(*(x.swapaxes(1, 2).reshape(2 * KEYS, KV_HEADS, SIZE) for x in (k, v)), offsets)
    assert same([hip_mlir.attention(q, kv=packed, **SCALES, **OPTIONS)], [wanted])
    table = np.arange(2 * KEYS // 8, dtype=np.int32).reshape(2, -1)
    pages = hip_mlir.Paged(*(x.reshape(-1, 8, KV_HEADS, SIZE) for x in packed[:2]), table, np.full(2, KEYS, np.int32))
    assert same([hip_mlir.attention(q, kv=pages, **SCALES, **OPTIONS)], [wanted])


def test_results_of_eight_bits():
    program = hip_mlir.compile("func.func @f(%a: tensor<?xf8E5M2>) -> tensor<?xf8E5M2> {return %a : tensor<?xf8E5M2>}")
    numbers = np.arange(256, dtype=np.uint8).view(E5M2)
    result = program(numbers)
    assert same([result], [numbers])


def changed(k=None, v=None, **scales):
    q, *stored = arrays(E4M3)
    k, v = (old if new is None else new(old) for old, new in zip(stored, (k, v)))
    return hip_mlir.attention(q, k, v, **SCALES | scales, **OPTIONS)


@pytest.mark.parametrize("call, error, text", (
    (lambda: changed(v_scale=None), TypeError, "k_scale is given alone; give both k_scale and v_scale"),
    (lambda: changed(k_scale=np.ones(3, np.float32)), ValueError, "k_scale has shape [3]; the KV heads of k"),
    (lambda: changed(v_scale=np.ones(2)), TypeError, "v_scale is float64; give float32"),
    (lambda: changed(v=lambda v: v.astype(E5M2)), TypeError, "v is float8_e5m2, but k is float8_e4m3fn"),
    (lambda: changed(*[lambda x: x.astype(np.float32)] * 2), TypeError, "k_scale is given, but k is float32"),
    (lambda: hip_mlir.attention(*[arrays(E4M3)[1]] * 3), TypeError, "q is float8_e4m3fn; give one of float16"),
    (lambda: hip_mlir.Summaries("boxes").update(arrays(E4M3)[1]), ValueError, "k is float8_e4m3fn, which is read as q is; "
     "give the dtype of q to hip_mlir.Summaries"),
))
def test_errors(call, error, text):
    with pytest.raises(error, match=re.escape(text)):
        call()
