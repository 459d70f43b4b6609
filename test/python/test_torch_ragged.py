"""Packed queries in PyTorch: q_rows= of hip_mlir.torch.attention(), eager, traced and of meta tensors (S1b)."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

import hip_mlir  # noqa: E402
import hip_mlir.torch  # noqa: E402
from torch.fx.experimental.proxy_tensor import make_fx  # noqa: E402

from test_ragged import make  # noqa: E402
from test_storage import TREE, ragged  # noqa: E402

ATTENTION = hip_mlir.torch.attention


@pytest.fixture
def packed(integers):
    """(q, kv, q_rows) of tensors, and out, lse and lists as NumPy has them."""
    q, q_rows, entries = make(integers)
    kv = ragged(entries)
    expected = hip_mlir.attention(q, kv=kv, q_rows=q_rows, return_lse=True, return_lists=True, **TREE)
    tensors = [torch.from_numpy(x) for x in (q, *kv, q_rows.offsets)]
    return tensors[0], hip_mlir.Ragged(*tensors[1:4]), hip_mlir.RaggedRows(tensors[4], q_rows.most), expected


def test_results_are_those_of_numpy(packed):
    """Eager, compiled whole, and in a graph of make_fx."""
    q, kv, q_rows, (out, lse, (_, counts)) = packed

    def attend(q, kv):
        return ATTENTION(q, kv=kv, q_rows=q_rows, return_lse=True, return_lists=True, **TREE)

    for function in (attend, torch.compile(attend, fullgraph=True, backend="aot_eager"), make_fx(attend)(q, kv)):
        got = function(q, kv)
        np.testing.assert_array_equal(got[0], out)
        np.testing.assert_array_equal(got[1], lse)
        np.testing.assert_array_equal(got[2][1], counts)
    assert "hip_mlir.stored_attention" in make_fx(attend)(q, kv).code


def test_most_rows_may_grow(packed):
    """A compiled function takes another number of them."""
    q, kv, q_rows, (out, *_) = packed
    function = torch.compile(lambda q, most: ATTENTION(q, kv=kv, q_rows=hip_mlir.RaggedRows(q_rows.offsets, most), **TREE),
                             backend="aot_eager")
    for most in (70, 71, 100, 130):
        np.testing.assert_array_equal(function(q, most), out)


def test_rows_first_and_meta(packed):
    q, kv, q_rows, (out, lse, lists) = packed
    np.testing.assert_array_equal(ATTENTION(q, kv=kv, q_rows=q_rows, layout="bthd", **TREE), out)
    meta = [x.to("meta") for x in (q, *kv, q_rows.offsets)]
    got = ATTENTION(meta[0], kv=hip_mlir.Ragged(*meta[1:4]), q_rows=hip_mlir.RaggedRows(meta[4], q_rows.most),
                    return_lse=True, return_lists=True, **TREE)
    for one, wanted in zip((got[0], got[1], *got[2]), (out, lse, *lists)):
        assert tuple(one.shape) == wanted.shape and one.is_meta


def test_what_has_no_rule(packed):
    q, kv, q_rows, _ = packed
    with pytest.raises(hip_mlir.UnsupportedError, match="torch.vmap maps attention with kv=, q_rows="):
        torch.vmap(lambda q: ATTENTION(q, kv=kv, q_rows=q_rows))(q[None])
    with pytest.raises(ValueError, match=r"q has shape \[1, .*with q_rows= give"):
        ATTENTION(q[None], kv=kv, q_rows=q_rows)
