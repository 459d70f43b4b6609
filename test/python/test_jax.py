"""Arrays of JAX, and its transforms."""

import os
import subprocess
import sys
from functools import partial

import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="JAX is not installed")

import hip_mlir  # noqa: E402
from hip_mlir import _ffi, _jax  # noqa: E402

TREE = hip_mlir.Tree(keep=16)
SPARSE = {"sink": 8, "window": 8}
ENTRY = hip_mlir.score_mod(lambda s, b, h, i, j: s * (b + 1.0) - (i - j) * 0.125)


@pytest.fixture(autouse=True)
def on_the_cpu():
    with jax.default_device(jax.devices("cpu")[0]):
        yield


@pytest.fixture
def arrays(rng):
    def make(*leading, rank=4, dtype=np.float32):
        return [rng.standard_normal((*leading, *(2,)[:rank - 3], heads, 40, 32)).astype(dtype) for heads in (4, 2, 2)]
    return make


def close(got, wanted, atol=2e-5):
    assert (got.shape, got.dtype) == (wanted.shape, wanted.dtype)
    np.testing.assert_allclose(np.asarray(got, np.float32), np.asarray(wanted, np.float32), atol=atol)


def test_arrays_are_shared(arrays):
    q = arrays()
    out, lse = hip_mlir.attention(*map(jax.numpy.asarray, q), return_lse=True)
    wanted = hip_mlir.attention(*q, return_lse=True)
    assert isinstance(out, jax.Array)
    np.testing.assert_array_equal(out, wanted[0])
    np.testing.assert_array_equal(lse, wanted[1])
    half = hip_mlir.attention(*(jax.numpy.asarray(x, "bfloat16") for x in q))
    assert half.dtype == "bfloat16"
    np.testing.assert_allclose(half.astype("float32"), wanted[0], atol=3e-2)
    with pytest.raises(ValueError, match="cannot change"):
        hip_mlir.attention(*map(jax.numpy.asarray, q), out=out)
    gone = jax.numpy.ones((1, 1, 4, 16))
    gone.delete()
    with pytest.raises(hip_mlir.InvalidError, match="^q: a ArrayImpl cannot be shared: .*deleted"):
        hip_mlir.attention(gone, gone, gone)


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_jit(arrays, dtype):
    q, k, v = (jax.numpy.asarray(x, dtype) for x in arrays())
    compiled = jax.jit(lambda q, k: hip_mlir.attention(q * 2, k, v, scale=0.25) * 2)
    wanted = hip_mlir.attention(q * 2, k, v, scale=0.25) * 2
    close(compiled(q, k), wanted, 1e-5 if dtype == "float32" else 3e-2)
    close(compiled(k.repeat(2, 1), k), hip_mlir.attention(k.repeat(2, 1) * 2, k, v, scale=0.25) * 2, 3e-2)
    close(jax.jit(hip_mlir.attention)(q[0], k[0], v[0]), hip_mlir.attention(q[0], k[0], v[0]), 3e-2)
    assert not jax.jit(hip_mlir.attention)(q, k[:, :, :0], v[:, :, :0]).any()


def test_jit_of_all_results(arrays):
    q = arrays()
    options = {"policy": TREE, "list_heads": "query", "score_mod": ENTRY, **SPARSE}
    searched = jax.jit(partial(hip_mlir.attention, return_lse=True, return_lists=True, **options))
    out, lse, lists = searched(*q)
    wanted = hip_mlir.attention(*q, return_lse=True, return_lists=True, **options)
    close(out, wanted[0])
    close(lse, wanted[1])
    # What is past a count may be anything.
    assert (lists[0].shape, lists[0].dtype) == (wanted[2][0].shape, "int32")
    close(lists[1], wanted[2][1])
    again = jax.jit(lambda q, k, v, lists: hip_mlir.attention(q, k, v, lists=lists, **options))
    close(again(*q, lists), wanted[0])


@pytest.mark.parametrize("rank", [3, 4])
@pytest.mark.parametrize("options", [{}, {"score_mod": ENTRY}], ids=["plain", "score"])
@pytest.mark.parametrize("dims", [(0, 0, 0), (0, None, None), (None, 0, 0), (3, 2, 1)], ids=str)
def test_vmap(arrays, dims, options, rank):
    whole = arrays(3, rank=rank)
    given = [x[0] if dim is None else np.moveaxis(x, 0, dim) for x, dim in zip(whole, dims)]
    single = [[x[0] if dim is None else x[n] for x, dim in zip(whole, dims)] for n in range(3)]
    wanted = np.stack([hip_mlir.attention(*x, **options) for x in single])
    mapped = jax.vmap(lambda *x: hip_mlir.attention(*x, **options), in_axes=dims)
    close(mapped(*given), wanted)
    close(jax.jit(mapped)(*given), wanted)


def test_vmap_of_vmap_and_of_lists(arrays):
    whole = arrays(3, 2)

    def twice(*x):
        out, lse, lists = hip_mlir.attention(*x, TREE, return_lse=True, return_lists=True, score_mod=ENTRY, **SPARSE)
        return out, lse, hip_mlir.attention(*x, TREE, lists=lists, score_mod=ENTRY, **SPARSE)

    out, lse, again = jax.vmap(jax.vmap(twice))(*whole)
    for m in range(3):
        for n in range(2):
            wanted = twice(*(x[m, n] for x in whole))
            for got, want in zip((out, lse, again), wanted):
                close(got[m, n], want)


def test_what_other_devices_call_back(arrays, monkeypatch):
    """A GPU's programs have no foreign function of ours; the callback of theirs gets copies."""
    seen = []
    monkeypatch.setattr(_jax, "_by_callback", lambda text, results, *arrays: (
        seen.append((text, results)) or tuple(jax.numpy.zeros(result.shape, result.dtype) for result in results)))
    q = arrays()
    traced = jax.jit(partial(hip_mlir.attention, return_lse=True, score_mod=ENTRY)).trace(*q)
    assert _jax.TARGET in traced.lower(lowering_platforms=("cpu",)).as_text()
    assert _jax.TARGET not in traced.lower(lowering_platforms=("cuda",)).as_text()
    for got, wanted in zip(_jax._on_copies(*seen[0], *q), hip_mlir.attention(*q, return_lse=True, score_mod=ENTRY)):
        close(got, wanted)
    mapped = _jax._on_copies(*seen[0], *(np.stack([x, 2 * x]) for x in q[:2]), q[2][None])
    wanted = hip_mlir.attention(2 * q[0], 2 * q[1], q[2], return_lse=True, score_mod=ENTRY)
    for got, want in zip(mapped, wanted):
        close(got[1], want)


def test_no_derivatives(arrays):
    q, k, v = arrays()

    def loss(q):
        return hip_mlir.attention(q, k, v).sum()

    for wrong in (lambda: jax.grad(loss)(q), lambda: jax.jit(jax.grad(loss))(q), lambda: jax.jvp(loss, (q,), (q,)),
                  lambda: jax.vmap(jax.grad(loss))(np.stack([q, q]))):
        with pytest.raises(hip_mlir.UnsupportedError, match="no derivative; give jax.lax.stop_gradient"):
            wrong()
    # What does not depend on attention has its gradient.
    wanted = hip_mlir.attention(q, k, v)
    close(jax.grad(lambda x: (x * hip_mlir.attention(jax.lax.stop_gradient(x), k, v)).sum())(q), wanted)
    close(jax.jit(jax.grad(lambda x, q: (x * hip_mlir.attention(q, k, v)).sum()))(q, q), wanted)


@pytest.mark.parametrize("call, words", [
    (lambda q, k, v: hip_mlir.attention(q, k[..., :16], v), "k has head size 16, but q has 32; make them the same"),
    (lambda q, k, v: hip_mlir.attention(q, k.astype("float16"), v), "k is float16, but q is float32"),
    (lambda q, k, v: hip_mlir.attention(q, k.astype("int8"), v), "k is int8; give one of float16, bfloat16, float32"),
    (lambda q, k, v: hip_mlir.attention(q, k.astype("complex64"), v), "k has dtype complex64; give"),
    (lambda q, k, v: hip_mlir.attention(q, [1], v), "k is .1., among arrays that JAX traces"),
    (lambda q, k, v: hip_mlir.attention(q, np.ma.masked_array(np.ones(4), 0), v), "MaskedArray has a mask"),
    (lambda q, k, v: hip_mlir.attention(q, k, v, scale=q.sum()), "scale is .*; give a number"),
    (lambda q, k, v: hip_mlir.attention(q, k, v, out=np.zeros((2, 4, 40, 32))), "out is given.*leave it out"),
    (lambda q, k, v: hip_mlir.attention(q, k, v, engine=hip_mlir.Engine("cpu")), "engine is .*leave it out"),
    (lambda q, k, v: hip_mlir.attention(q, k, v, "trees"), "'trees' is no policy"),
    (lambda q, k, v: hip_mlir.attention(q, k, v, TREE, lists=(k, v)), "blocks has shape .2, 2, 40, 32"),
    (lambda q, k, v: hip_mlir.explain(q, k, v), "^q: a DynamicJaxprTracer .*jax.pure_callback"),
    (lambda q, k, v: hip_mlir.report(q, k, v, TREE), "^q: a DynamicJaxprTracer .*jax.pure_callback"),
])
def test_wrong_calls_are_told_as_they_are_traced(arrays, call, words):
    with pytest.raises(hip_mlir.Error, match=words):
        jax.jit(call)(*arrays())


def refuse(text, inputs, outputs):
    raise ValueError(f"{text} of {inputs[0].shape} and {outputs[0].dtype}")


def test_errors_of_a_run():
    _ffi.register("hip_mlir_refuse", refuse)
    call = jax.ffi.ffi_call("hip_mlir_refuse", jax.ShapeDtypeStruct((2, 3), "bfloat16"))
    with pytest.raises(jax.errors.JaxRuntimeError, match=r"ValueError: words of \(3,\) and bfloat16"):
        call(np.ones(3, np.int32), call="words").block_until_ready()


TWO_DEVICES = """
import jax, numpy as np, hip_mlir
from jax.sharding import NamedSharding, PartitionSpec
mesh = jax.make_mesh((2,), ("batch",))
q = np.random.default_rng(3).standard_normal((4, 2, 8, 16)).astype(np.float32)
wanted = hip_mlir.attention(q, q, q)
parts = jax.device_put(q, NamedSharding(mesh, PartitionSpec("batch")))
spread = jax.shard_map(hip_mlir.attention, mesh=mesh, in_specs=PartitionSpec("batch"),
                       out_specs=PartitionSpec("batch"), check_vma=False)
for function in (hip_mlir.attention, spread):
    np.testing.assert_allclose(jax.jit(function)(parts, parts, parts), wanted, atol=2e-5)
try:
    hip_mlir.attention(parts, q, q)
except hip_mlir.UnsupportedError as error:
    print(error)
"""


def test_two_devices():
    done = subprocess.run([sys.executable, "-c", TWO_DEVICES], text=True, capture_output=True, env={
        **os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": "--xla_force_host_platform_device_count=2",
        "PYTHONPATH": os.pathsep.join(sys.path)})
    assert "q: an array is on 2 devices; put it on one, or call" in done.stdout, done.stderr
