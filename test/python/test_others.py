"""JAX and CuPy arrays."""

import numpy as np
import pytest

import hipc


def test_jax(rng):
    jax = pytest.importorskip("jax", reason="JAX is not installed")
    with jax.default_device(jax.devices("cpu")[0]):
        q = [rng.standard_normal((1, heads, 40, 32)).astype(np.float32) for heads in (4, 2, 2)]
        out, lse = hipc.attention(*map(jax.numpy.asarray, q), return_lse=True)
        wanted = hipc.attention(*q, return_lse=True)
        assert isinstance(out, jax.Array)
        np.testing.assert_array_equal(out, wanted[0])
        np.testing.assert_array_equal(lse, wanted[1])
        half = hipc.attention(*(jax.numpy.asarray(x, "bfloat16") for x in q))
        assert half.dtype == "bfloat16"
        np.testing.assert_allclose(half.astype("float32"), wanted[0], atol=3e-2)
        with pytest.raises(ValueError, match="cannot change"):
            hipc.attention(*map(jax.numpy.asarray, q), out=out)


@pytest.mark.parametrize("library", ["cupy", "jax"])
def test_gpu(library, rng):
    module = pytest.importorskip(library, reason=f"{library} is not installed")
    if library == "jax" and module.default_backend() != "gpu":
        pytest.skip("JAX has no GPU")
    q = [rng.standard_normal((1, heads, 300, 64)).astype(np.float16) for heads in (4, 2, 2)]
    make = module.asarray if library == "cupy" else module.numpy.asarray
    read = module.asnumpy if library == "cupy" else np.asarray
    out = hipc.attention(*map(make, q), hipc.Tree(keep=64), sink=32, window=64)
    wanted = hipc.attention(*q, hipc.Tree(keep=64), sink=32, window=64)
    assert type(out).__module__.split(".")[0] in (library, "jaxlib")
    np.testing.assert_allclose(read(out).astype(np.float32), wanted.astype(np.float32), atol=2e-2)
