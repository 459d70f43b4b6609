"""S23: keys and values of 8 bits: results have the bits that those of the numbers they stand for have."""

import numpy as np
import pytest

import programs
from reference import Boxes, Dense, Stages, Tree, Union

ml_dtypes = pytest.importorskip("ml_dtypes")
E4M3, E5M2 = ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2
TYPES = {"float16": np.dtype(np.float16), "bfloat16": np.dtype(ml_dtypes.bfloat16), "float32": np.dtype(np.float32)}
POLICIES = {
    "dense": (Dense(block_q=64), 64, 128),
    "tree": (Tree(block_q=32, block_k=2, keep=64), 64, 64),
    "stages": (Stages(((32, 64, 256, 2), (32, 8, 64, 1))), 64, 64),
    "boxes": (Boxes(block_q=32, block_k=8, levels=((32, 128),), keep=64), 64, 64),
}


def scaled(stored, scales, dtype):
    """The numbers that f8 `stored` [B, H, T, D] stands for."""
    return (stored.astype(np.float32) * scales[:, np.newaxis, np.newaxis]).astype(dtype)


def narrow(entries, scales, dtype, layout):
    """Keys or values of 8 bits as a program takes them, and as numbers of `dtype`."""
    make = {"dense": programs.dense, "strided": programs.strided, "ragged": programs.ragged,
            "paged": lambda them: programs.paged(them, 16, 3)}[layout]
    stored, wide = make(entries), make([scaled(entry, scales, dtype) for entry in entries])
    view = (stored.view or "hip.kv.contiguous {0}") + f" as {programs.TYPE_NAMES[dtype.name]}"
    scale = f" scales({{{len(stored.arrays)}}})"
    batch, (heads, _, size) = len(entries), entries[0].shape
    kv = f"!hip.kv<{batch}x{heads}x?x{size}x{programs.TYPE_NAMES[dtype.name]}>"
    return programs.Storage([*stored.arrays, scales], [*stored.types, programs.tensor(scales)],
                            view + scale, kv), wide


def results(tool, folder, pipeline, q, k, v, policy):
    policy, sink, window = policy
    text = programs.attention_program(q, k, v, v.arrays[0].shape[-1], policy,
                                      f"sink = {sink} : i64, window = {window} : i64, causal")
    return programs.run(tool, folder, text, [q, *k.arrays, *v.arrays], 2, pipeline)


def check_same(tool, folder, pipeline, stored, dtype, policy, layout, rows=70):
    rng = np.random.default_rng(len(str(folder)))
    lengths = (333, 333) if layout in ("dense", "strided") else (333, 150)
    q = rng.standard_normal((2, 4, rows, 64)).astype(dtype)
    k, v = ([rng.standard_normal((2, n, 64)).astype(stored) for n in lengths] for _ in "kv")
    scales = np.array([[0.3, 1.7], [2.0, 0.0123]], np.float32)
    both = [narrow(entries, s, dtype, layout) for entries, s in zip((k, v), scales)]
    got = results(tool, folder / "narrow", pipeline, q, *(one for one, _ in both), policy)
    wanted = results(tool, folder / "wide", pipeline, q, *(other for _, other in both), policy)
    for one, other in zip(got, wanted):
        assert np.isfinite(one.astype(np.float32)).any()
        assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("stored", (E4M3, E5M2))
def test_policies(tool, place, pipeline, stored, policy):
    check_same(tool, place, pipeline, stored, TYPES["bfloat16"], POLICIES[policy], "dense")


@pytest.mark.parametrize("layout", ("strided", "ragged", "paged"))
def test_layouts(tool, place, pipeline, layout):
    check_same(tool, place, pipeline, E4M3, TYPES["float16"], POLICIES["tree"], layout)


@pytest.mark.parametrize("dtype", TYPES)
def test_decode(tool, place, pipeline, dtype):
    union = Union((Tree(block_q=32, block_k=8, keep=64), POLICIES["boxes"][0])), 64, 64
    check_same(tool, place, pipeline, E4M3, TYPES[dtype], union, "paged", rows=1)


@pytest.mark.parametrize("stored", (E4M3, E5M2))
def test_every_number(tool, place, pipeline, stored):
    """A row that sees one key gives its value: all 256 numbers, infinities and NaN among them."""
    numbers = np.arange(256, dtype=np.uint8).view(stored).reshape(1, 1, 4, 64)
    scales = np.array([0.75], np.float32)
    q, k = np.zeros((4, 1, 1, 64), np.float32), [np.zeros((1, 1, 64), stored)] * 4
    entries = [numbers[0, :, i:i + 1] for i in range(4)]
    key, value = (narrow(them, scales, TYPES["float32"], "dense")[0] for them in (k, entries))
    out, _ = results(tool, place, pipeline, q, key, value, POLICIES["dense"])
    wanted = scaled(numbers, scales, np.float32)
    assert np.array_equal(out.reshape(wanted.shape), wanted, equal_nan=True)
