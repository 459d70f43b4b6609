"""JAX and CuPy arrays."""

import numpy as np
import pytest

import hip_mlir


def test_jax(rng):
    jax = pytest.importorskip("jax", reason="JAX is not installed")
    with jax.default_device(jax.devices("cpu")[0]):
        q = [rng.standard_normal((1, heads, 40, 32)).astype(np.float32) for heads in (4, 2, 2)]
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


class Tracer:
    """Stands in for jax.core.Tracer where there is no JAX."""

    def block_until_ready(self):
        raise AttributeError("DynamicJaxprTracer has no attribute block_until_ready")


class Deleted:
    """Stands in for a JAX array whose memory was donated."""

    def block_until_ready(self):
        raise RuntimeError("Array has been deleted")


@pytest.mark.parametrize("module", ["jax._src.core", "jaxlib.xla_extension"])
def test_arrays_of_jax_without_numbers(module, monkeypatch):
    monkeypatch.setattr(Tracer, "__module__", module)
    traced = type("DynamicJaxprTracer", (Tracer,), {"__module__": module})()
    with pytest.raises(hip_mlir.UnsupportedError, match="^q: a DynamicJaxprTracer .*jax.pure_callback"):
        hip_mlir.attention(traced, traced, traced)
    q = np.ones((1, 1, 4, 16), np.float32)
    with pytest.raises(hip_mlir.UnsupportedError, match="^v: a DynamicJaxprTracer"):
        hip_mlir.attention(q, q, traced)
    gone = type("ArrayImpl", (Deleted,), {"__module__": module})()
    with pytest.raises(hip_mlir.InvalidError, match="^q: a ArrayImpl cannot be shared: Array has been deleted"):
        hip_mlir.attention(gone, gone, gone)


def test_transforms_of_jax():
    jax = pytest.importorskip("jax", reason="JAX is not installed")
    with jax.default_device(jax.devices("cpu")[0]):
        q = jax.numpy.ones((1, 1, 4, 16), "float32")
        for transform in (jax.jit, lambda f: jax.grad(lambda x: f(x).sum()), jax.vmap):
            with pytest.raises(hip_mlir.UnsupportedError, match="jax.pure_callback"):
                transform(lambda x: hip_mlir.attention(x, x, x))(q)
        out = jax.jit(lambda x: jax.pure_callback(
            lambda y: np.asarray(hip_mlir.attention(y, y, y)), jax.ShapeDtypeStruct(x.shape, x.dtype), x))(q)
        np.testing.assert_allclose(out, q)


@pytest.mark.parametrize("library", ["cupy", "jax"])
def test_gpu(library, rng):
    module = pytest.importorskip(library, reason=f"{library} is not installed")
    if library == "jax" and module.default_backend() != "gpu":
        pytest.skip("JAX has no GPU")
    q = [rng.standard_normal((1, heads, 300, 64)).astype(np.float16) for heads in (4, 2, 2)]
    make = module.asarray if library == "cupy" else module.numpy.asarray
    read = module.asnumpy if library == "cupy" else np.asarray
    out = hip_mlir.attention(*map(make, q), hip_mlir.Tree(keep=64), sink=32, window=64)
    wanted = hip_mlir.attention(*q, hip_mlir.Tree(keep=64), sink=32, window=64)
    assert type(out).__module__.split(".")[0] in (library, "jaxlib")
    np.testing.assert_allclose(read(out).astype(np.float32), wanted.astype(np.float32), atol=2e-2)
