"""The score functions and masks that FlexAttention documents, against FlexAttention."""

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
flex = pytest.importorskip("torch.nn.attention.flex_attention", reason="PyTorch has no FlexAttention")

from flex_examples import BATCH, EXAMPLES, HEADS, ROWS, causal, document, make_arrays, sliding_window  # noqa: E402
from torch.fx.experimental.proxy_tensor import make_fx  # noqa: E402

import hip_mlir.torch  # noqa: E402


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda f: f.__name__)
@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_flex_attention(example, device, rng):
    if device == "cuda" and not torch.cuda.is_available():
        pytest.skip("no GPU")
    q, k, v = (torch.from_numpy(x).to(device) for x in make_arrays(rng))
    score, mask = example(torch, lambda x: torch.from_numpy(x).to(device))
    blocks = mask and flex.create_block_mask(mask, BATCH, HEADS, ROWS, ROWS, device=device)
    theirs = flex.flex_attention(q, k, v, score_mod=score, block_mask=blocks, enable_gqa=True)
    ours = hip_mlir.torch.attention(q, k, v, causal=False, score_mod=score, mask_mod=mask)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=2e-4)


def test_torch_masks_and_methods(rng):
    q, k, v = map(torch.from_numpy, make_arrays(rng))
    near = flex.and_masks(causal(torch, None)[1], sliding_window(torch, None)[1])
    mask = flex.or_masks(near, lambda b, h, q_idx, kv_idx: (q_idx - kv_idx).abs() < 3)

    def score(score, b, h, q_idx, kv_idx):
        return torch.clamp(score, min=-1.0).exp().sigmoid() + torch.sqrt(torch.maximum(score, score * score))
    theirs = flex.flex_attention(q, k, v, score_mod=score, enable_gqa=True,
                                 block_mask=flex.create_block_mask(mask, BATCH, HEADS, ROWS, ROWS, device="cpu"))
    ours = hip_mlir.torch.attention(q, k, v, causal=False, score_mod=score, mask_mod=mask)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=2e-5)


def test_torch_ways(rng):
    """The op under modes and transforms takes the arrays of a score function."""
    q, k, v = map(torch.from_numpy, make_arrays(rng))
    made = hip_mlir.score_mod(*document(torch, torch.from_numpy))
    plain = hip_mlir.torch.attention(q, k, v, score_mod=made)
    graph = make_fx(lambda q, k, v: hip_mlir.torch.attention(q, k, v, score_mod=made))(q, k, v)
    torch.testing.assert_close(graph(q, k, v), plain, rtol=0, atol=0)
    with pytest.raises(hip_mlir.UnsupportedError, match="arrays that score_mod reads"):
        torch.vmap(lambda q, k, v: hip_mlir.torch.attention(q, k, v, score_mod=made))(*(x[None] for x in (q, k, v)))
