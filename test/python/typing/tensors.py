"""The same as user.py on PyTorch's tensors, and for models of transformers."""

from typing import assert_type

import torch

import hip_mlir
import hip_mlir.torch
from hip_mlir.integrations.transformers import Config, register


def attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, wants_lse: bool) -> None:
    assert_type(hip_mlir.attention(q, k, v, hip_mlir.HIP, sink=128, window=1024), torch.Tensor)
    out, lse, lists = hip_mlir.attention(q, k, v, hip_mlir.HIP, return_lse=True, return_lists=True)
    assert_type(lse, torch.Tensor)
    assert_type(hip_mlir.attention(q, k, v, hip_mlir.HIP, lists=lists, return_lse=True, out=(out, lse)),
                tuple[torch.Tensor, torch.Tensor])
    hip_mlir.table(torch.ones(4))

    assert_type(hip_mlir.torch.attention(q, k, v, hip_mlir.HIP, sink=128), torch.Tensor)
    assert_type(hip_mlir.torch.attention(q, k, v, "hip", return_lse=True), tuple[torch.Tensor, torch.Tensor])
    assert_type(hip_mlir.torch.attention(q, k, v, "hip", return_lists=True),
                tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]])
    assert_type(hip_mlir.torch.attention(q, k, v, "hip", return_lse=True, return_lists=True),
                tuple[torch.Tensor, torch.Tensor, tuple[torch.Tensor, torch.Tensor]])
    assert_type(hip_mlir.torch.attention(q, k, v, "hip", return_lse=wants_lse, lists=lists),
                torch.Tensor | tuple[torch.Tensor | tuple[torch.Tensor, torch.Tensor], ...])
    assert_type(hip_mlir.torch.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True, policy="hip"),
                torch.Tensor)

    kv = hip_mlir.Paged(k, v, lists[0], lists[1])
    assert_type(hip_mlir.attention(q, kv=kv, policy="hip"), torch.Tensor)
    assert_type(hip_mlir.torch.attention(q, kv=kv, policy="hip", positions=lists[1]), torch.Tensor)
    assert_type(hip_mlir.torch.attention(q, kv=hip_mlir.Ragged(k, v, lists[0]), return_lse=True),
                tuple[torch.Tensor, torch.Tensor])

    hip_mlir.torch.attention(q, k, v, engine=hip_mlir.Engine())  # type: ignore[call-overload]
    hip_mlir.torch.attention(q, k, v, out=out)  # type: ignore[call-overload]
    hip_mlir.torch.scaled_dot_product_attention(q, k, v, attn_mask=q)  # type: ignore[arg-type]


def models() -> None:
    config = Config(prefill="hip", decode=hip_mlir.Boxes(), refresh=(4,), layers={5: {"window": 2048}})
    assert_type(config.window, int)
    assert_type(config.of_layer(5), Config)
    assert_type(register(config, name="mine"), Config)

    Config(list_heads="each")  # type: ignore[arg-type]
    Config(refresh=0.5)  # type: ignore[arg-type]
