"""Arrays of CuPy and JAX on a GPU."""

import numpy as np
import pytest

import hip_mlir


@pytest.mark.parametrize("library", ["cupy", "jax"])
def test_gpu(library, rng):
    module = pytest.importorskip(library, reason=f"{library} is not installed")
    if library == "jax" and module.default_backend() != "gpu":
        pytest.skip("JAX has no GPU")
    q = [rng.standard_normal((1, heads, 300, 64)).astype(np.float16) for heads in (4, 2, 2)]
    make = module.asarray if library == "cupy" else module.numpy.asarray
    read = module.asnumpy if library == "cupy" else np.asarray

    def attention(*arrays):
        return hip_mlir.attention(*arrays, hip_mlir.Tree(keep=64), sink=32, window=64)

    out, wanted = attention(*map(make, q)), attention(*q)
    assert type(out).__module__.split(".")[0] in (library, "jaxlib")
    np.testing.assert_allclose(read(out).astype(np.float32), wanted.astype(np.float32), atol=2e-2)
    if library == "jax":
        inside = module.jit(attention)(*map(make, q))
        np.testing.assert_allclose(read(inside).astype(np.float32), wanted.astype(np.float32), atol=2e-2)
