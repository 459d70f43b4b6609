"""The attention backend of SGLang 0.5.23; sglang.py adds it.

Pools are [slots, Hkv, D], of which --page-size make a page; the slots of each request are on the device, and so are its
lengths. A decode step reads nothing of the device, and a CUDA graph can record it.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import torch
from sglang.srt.layers.attention.base_attn_backend import AttentionBackend

from hip_mlir._storage import Paged
from hip_mlir.errors import UnsupportedError
from hip_mlir.integrations._batches import Rows, attend_batch
from hip_mlir.integrations._calls import call_of, options_of
from hip_mlir.integrations._config import Config, served_config
from hip_mlir.integrations._kept import Kept


class Backend(AttentionBackend):  # type: ignore[misc]
    """The attention of all layers of a model runner."""

    def __init__(self, runner: Any) -> None:
        super().__init__()
        if getattr(runner, "use_mla_backend", False):
            raise UnsupportedError("the model has latent attention (MLA), which hip does not know; use another backend")
        if getattr(runner.token_to_kv_pool, "swa_layer_nums", 0):
            raise UnsupportedError("the pool has slots of its own for sliding windows; give --disable-hybrid-swa-memory")
        self.page = int(runner.page_size)
        if self.page < 1 or self.page & (self.page - 1):
            raise UnsupportedError(f"--page-size is {self.page}; give a power of two, such as 64 (S23)")
        self.token_to_kv_pool, self.req_to_token_pool = runner.token_to_kv_pool, runner.req_to_token_pool
        self.config = served_config()
        self.layers: dict[int, tuple[Config, Kept]] = {}
        self.table: Any = None
        self.lengths: Any = None
        self.rows: Rows | None = None

    def init_forward_metadata(self, forward_batch: Any) -> None:
        """Tables, lengths and rows of a forward pass, no wider than the longest request that the host knows of."""
        on_host, rows = forward_batch.seq_lens_cpu, forward_batch.extend_seq_lens_cpu
        longest = None if on_host is None or not len(on_host) else int(on_host.max())
        self._make_table(forward_batch, longest)
        self.rows = None
        if rows is not None:
            offsets = torch.nn.functional.pad(forward_batch.extend_seq_lens.cumsum(0), (1, 0)).int()
            self.rows = Rows(offsets, [0, *accumulate(map(int, rows))])

    def init_forward_metadata_in_graph(self, forward_batch: Any) -> None:
        """The same as a CUDA graph records it, for requests of any length."""
        self._make_table(forward_batch, None)

    def _make_table(self, batch: Any, longest: int | None) -> None:
        slots = self.req_to_token_pool.req_to_token
        width = slots.shape[1] if longest is None else min(-(-longest // self.page) * self.page, slots.shape[1])
        self.table = (slots[batch.req_pool_indices, :width:self.page] // self.page).int()
        self.lengths = batch.seq_lens.int()

    def init_cuda_graph_state(self, max_bs: int, max_num_tokens: int) -> None:
        """What is kept from step to step lies beside the pages."""

    def get_cuda_graph_seq_len_fill_value(self) -> int:
        return 1

    def support_triton(self) -> bool:
        return False

    def forward_decode(self, q: torch.Tensor, k: torch.Tensor | None, v: torch.Tensor | None, layer: Any,
                       forward_batch: Any, save_kv_cache: bool = True, **others: Any) -> torch.Tensor:
        """q [B, Hq * D], a row of each request -> [B, Hq * Dv]."""
        return self._attend(q, k, v, layer, forward_batch, save_kv_cache, None, others)

    def forward_extend(self, q: torch.Tensor, k: torch.Tensor | None, v: torch.Tensor | None, layer: Any,
                       forward_batch: Any, save_kv_cache: bool = True, **others: Any) -> torch.Tensor:
        """q [N, Hq * D], parts of prompts and rows that decode -> [N, Hq * Dv]; rows past them give 0."""
        if forward_batch.extend_seq_lens_cpu is None:
            raise UnsupportedError("a batch has no extend_seq_lens_cpu, as in speculative decoding, which hip does not know; "
                                   "leave out --speculative-algorithm")
        return self._attend(q, k, v, layer, forward_batch, save_kv_cache, self.rows, others)

    def _attend(self, q: torch.Tensor, k: torch.Tensor | None, v: torch.Tensor | None, layer: Any, batch: Any,
                saves: bool, rows: Rows | None, others: dict[str, Any]) -> torch.Tensor:
        _refuse(layer, others)
        if saves and k is not None and v is not None:
            self.token_to_kv_pool.set_kv_buffer(layer, batch.out_cache_loc, k, v)
        k_pages, v_pages = (self._pages(buffer(layer.layer_id)) for buffer in (
            self.token_to_kv_pool.get_key_buffer, self.token_to_kv_pool.get_value_buffer))
        stored = Paged(k_pages, v_pages, self.table, self.lengths)
        known = self.layers.get(layer.layer_id)
        if known is None:
            config = self.config.of_layer(layer.layer_id)
            known = self.layers[layer.layer_id] = config, Kept(config)
        config, kept = known
        options = options_of(config, True, layer.scaling, layer.logit_cap or None)
        # A row sees its own key and so many before it.
        window = layer.sliding_window_size + 1 if (layer.sliding_window_size or -1) > -1 else None
        summaries = None if window is not None else kept.of(k_pages)
        call = call_of(config, options, window, others.get("sinks"), summaries)
        query = q.reshape(-1, layer.tp_q_head_num, layer.qk_head_dim)
        out: torch.Tensor = attend_batch(query, stored, call, rows).flatten(1)
        return out

    def _pages(self, buffer: torch.Tensor) -> torch.Tensor:
        """A view [P, page, Hkv, D] of the slots [slots, Hkv, D] of a layer."""
        whole = buffer[:len(buffer) // self.page * self.page]
        pages: torch.Tensor = whole.unflatten(0, (-1, self.page))
        return pages


def _refuse(layer: Any, others: dict[str, Any]) -> None:
    if layer.is_cross_attention or getattr(layer.attn_type, "value", layer.attn_type) != "decoder":
        raise UnsupportedError(f"layer {layer.layer_id} is no causal attention of a decoder; use another backend")
    if layer.k_scale is not None or layer.v_scale is not None:
        raise UnsupportedError(f"layer {layer.layer_id} has keys of 8 bits with scales; give --kv-cache-dtype auto")
    if layer.logit_cap and layer.logit_capping_method != "tanh":
        raise UnsupportedError(f"layer {layer.layer_id} caps scores by {layer.logit_capping_method!r}; hip knows 'tanh'")
    if unknown := [name for name, value in others.items() if value is not None and name != "sinks"]:
        raise UnsupportedError(f"layer {layer.layer_id} gives {', '.join(sorted(unknown))}, which hip does not know; use "
                               "another backend")
