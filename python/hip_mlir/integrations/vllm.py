"""An attention backend of vLLM, out of its tree: `vllm serve MODEL --attention-backend HIP_MLIR`.

The entry point `hip_mlir` of `vllm.general_plugins` adds it in each process of a server. Settings are a Config in
$HIP_MLIR_CONFIG, as {"window": 2048, "dense_layers": 3}; its `refresh` is of no use here, every step searches. Decoders with
sliding windows, soft-caps and sinks are known; ALiBi, latent attention, keys of 8 bits, encoders and speculative decoding by
masks are refused. The interface is that of vLLM 0.33.0.
"""

from __future__ import annotations

from vllm.v1.attention.backends.registry import AttentionBackendEnum, register_backend

from hip_mlir.integrations._config import Config

__all__ = ["Config", "register"]

NAME = "HIP_MLIR"


def register() -> None:
    """Adds the backend HIP_MLIR; where it is, nothing happens. vLLM calls it, as an entry point, in each process."""
    if NAME not in AttentionBackendEnum.__members__:
        register_backend(NAME, "hip_mlir.integrations._vllm.Backend")
