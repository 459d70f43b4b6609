"""An attention backend of SGLang, out of its tree: `--attention-backend hip_mlir`.

The entry point `hip_mlir` of `sglang.srt.plugins` adds it in each process of a server. Settings are a Config in
$HIP_MLIR_CONFIG, as {"window": 2048, "dense_layers": 3}; its `refresh` is of no use here, every step searches. Decoders with
sliding windows, soft-caps and sinks are known, over pages of any power of two (--page-size); latent attention, keys of 8
bits, cross attention, pools of their own for sliding windows and speculative decoding are refused. The interface is that of
SGLang 0.5.23.
"""

from __future__ import annotations

from typing import Any

from sglang.srt.arg_groups.choices import ATTENTION_BACKEND_CHOICES
from sglang.srt.layers.attention.attention_registry import register_attention_backend

from hip_mlir.integrations._config import Config

__all__ = ["Config", "register"]

NAME = "hip_mlir"


def register() -> None:
    """Adds the backend hip_mlir; again, it replaces it. SGLang calls it, as an entry point, in each process."""
    register_attention_backend(NAME)(_make)
    if NAME not in ATTENTION_BACKEND_CHOICES:
        ATTENTION_BACKEND_CHOICES.append(NAME)


def _make(runner: Any) -> Any:
    from hip_mlir.integrations._sglang import Backend
    return Backend(runner)
