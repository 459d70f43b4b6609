"""The attention backend of vLLM 0.33.0; vllm.py adds it.

Pages are [P, Hkv, page, D + Dv], the key of a row before its value; block tables and lengths are on the device, offsets of
rows there and on the host. A step in which each request has one row reads nothing of the device, and a CUDA graph can record it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from vllm.v1.attention.backend import (AttentionBackend, AttentionCGSupport, AttentionImpl, AttentionMetadata,
                                       AttentionMetadataBuilder)

from hip_mlir._storage import Paged
from hip_mlir.errors import UnsupportedError
from hip_mlir.integrations._batches import Rows, attend_batch, write_slots
from hip_mlir.integrations._calls import call_of, options_of
from hip_mlir.integrations._config import Config, served_config
from hip_mlir.integrations._kept import Kept


@dataclass
class Metadata(AttentionMetadata):  # type: ignore[misc]
    """What the layers of a forward pass share."""

    count: int  # of rows
    rows: Rows | None  # of each request, or None where each has one
    most_keys: int | None  # of a request, where rows are given
    table: torch.Tensor
    lengths: torch.Tensor
    causal: bool


class Builder(AttentionMetadataBuilder):  # type: ignore[misc]
    """Makes the Metadata of a batch from what vLLM knows of it, without a look at the device."""

    _cudagraph_support: ClassVar[Any] = AttentionCGSupport.UNIFORM_SINGLE_TOKEN_DECODE
    # Requests of one row come first, so that the others are one call.
    reorder_batch_threshold: ClassVar[int | None] = 1

    def __init__(self, kv_cache_spec: Any, layer_names: list[str], vllm_config: Any, device: torch.device) -> None:
        super().__init__(kv_cache_spec, layer_names, vllm_config, device)

    def build(self, common_prefix_len: int, common_attn_metadata: Any, fast_build: bool = False) -> Metadata:
        batch = common_attn_metadata
        single = batch.max_query_len == 1 and batch.num_reqs == batch.num_actual_tokens
        rows = None if single else Rows(batch.query_start_loc, batch.query_start_loc_cpu.tolist())
        return Metadata(batch.num_actual_tokens, rows, None if single else batch.max_seq_len, batch.block_table_tensor,
                        batch.seq_lens, batch.causal)


class Implementation(AttentionImpl):  # type: ignore[misc]
    """The attention of one layer."""

    def __init__(self, num_heads: int, head_size: int, scale: float, num_kv_heads: int | None = None,
                 alibi_slopes: list[float] | None = None, sliding_window: int | None = None,
                 kv_cache_dtype: str = "auto", logits_soft_cap: float | None = None, attn_type: str = "decoder",
                 kv_sharing_target_layer_name: str | None = None, sinks: torch.Tensor | None = None) -> None:
        if alibi_slopes is not None:
            raise UnsupportedError("the model has ALiBi slopes, which hip does not know; use another attention backend")
        if attn_type != "decoder":
            raise UnsupportedError(f"a layer has attn_type = {attn_type!r}; hip knows 'decoder', use another backend")
        if kv_cache_dtype not in Backend.supported_kv_cache_dtypes:
            raise UnsupportedError(f"kv_cache_dtype = {kv_cache_dtype!r}; give one of "
                                   f"{', '.join(Backend.supported_kv_cache_dtypes)}")
        self.num_heads, self.head_size, self.scale = num_heads, head_size, float(scale)
        self.num_kv_heads = num_heads if num_kv_heads is None else num_kv_heads
        self.kv_cache_dtype, self.kv_sharing_target_layer_name = kv_cache_dtype, kv_sharing_target_layer_name
        self.sliding_window, self.softcap, self.sinks = sliding_window, logits_soft_cap or None, sinks
        self.config = served_config()
        self._layer: Config | None = None
        self._kept: Kept | None = None

    def forward(self, layer: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, kv_cache: torch.Tensor,
                attn_metadata: Metadata | None, output: torch.Tensor, output_scale: torch.Tensor | None = None,
                output_block_scale: torch.Tensor | None = None) -> torch.Tensor:
        """query [N, Hq, D] -> output [N, Hq, Dv], of which rows past those of the requests are left.

        kv_cache: [P, Hkv, page, D + Dv], to which do_kv_cache_update() has written. No attn_metadata: vLLM measures memory.
        """
        if output_scale is not None or output_block_scale is not None:
            raise UnsupportedError("vLLM asks for outputs of 8 bits; leave out fuse_attn_quant")
        if attn_metadata is None:
            output.fill_(0)
            return output
        if self._layer is None or self._kept is None:
            self._layer = self.config.of_layer(_layer_number(layer.layer_name))
            self._kept = Kept(self._layer)
        batch, table = attn_metadata, attn_metadata.table
        options = options_of(self._layer, bool(batch.causal), self.scale, self.softcap)
        k_pages, v_pages = self._pages(kv_cache)
        if batch.most_keys is not None:
            table = table[:, :-(-batch.most_keys // k_pages.shape[1])]
        summaries = None if self.sliding_window is not None else self._kept.of(k_pages)
        call = call_of(self._layer, options, self.sliding_window, self.sinks, summaries)
        attend_batch(query[:batch.count], Paged(k_pages, v_pages, table, batch.lengths), call, batch.rows,
                     out=output[:batch.count])
        return output

    def do_kv_cache_update(self, layer: Any, key: torch.Tensor, value: torch.Tensor, kv_cache: torch.Tensor,
                           slot_mapping: torch.Tensor) -> None:
        """Writes key and value [N, Hkv, D] where slot_mapping says; rows of padding have -1."""
        for pages, rows in zip(self._pages(kv_cache), (key, value)):
            write_slots(pages, rows[:len(slot_mapping)], slot_mapping)

    def _pages(self, kv_cache: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Views [P, page, Hkv, D] of keys and [P, page, Hkv, Dv] of values."""
        pages = kv_cache.transpose(1, 2)
        return pages[..., :self.head_size], pages[..., self.head_size:]


class Backend(AttentionBackend):  # type: ignore[misc]
    """What vLLM asks of a backend before it takes it."""

    supported_dtypes: ClassVar[list[torch.dtype]] = [torch.float16, torch.bfloat16]
    supported_kv_cache_dtypes: ClassVar[list[Any]] = ["auto", "float16", "bfloat16"]
    forward_includes_kv_cache_update = False

    @staticmethod
    def get_name() -> str:
        return "HIP_MLIR"

    @staticmethod
    def get_impl_cls() -> type[Implementation]:
        return Implementation

    @staticmethod
    def get_builder_cls() -> type[Builder]:
        return Builder

    @staticmethod
    def get_supported_kernel_block_sizes(kv_cache_spec: Any = None) -> list[int]:
        # Powers of two (S23).
        return [16, 32, 64, 128, 256]

    @classmethod
    def supports_head_size(cls, head_size: int) -> bool:
        return head_size <= 1024 and head_size % 8 == 0

    @classmethod
    def supports_compute_capability(cls, capability: Any) -> bool:
        return bool(capability.major >= 8)

    @classmethod
    def supports_sink(cls) -> bool:
        return True

    @classmethod
    def supports_sliding_window(cls) -> bool:
        return True

    @classmethod
    def supports_device_cpu_query_lens_mismatch(cls) -> bool:
        # Rows of a call are what the host says.
        return False


def _layer_number(name: str) -> int:
    """Of a layer's name, such as 5 of model.layers.5.self_attn.attn."""
    found = re.search(r"\.(\d+)\.", name)
    return int(found[1]) if found else 0
