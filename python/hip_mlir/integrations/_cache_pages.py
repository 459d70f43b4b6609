"""Summaries beside the pages of transformers' continuous batching (S17b).

Its cache is one tensor, in which a block has a page of keys and one of values for each layer, and the pages of a layer are a view
of all of it that begins at the layer's own. So one array beside the whole tensor serves all layers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from hip_mlir._paged_summaries import PagedSummaries
from hip_mlir._policy_text import policy_of
from hip_mlir._storage import Paged
from hip_mlir.integrations._config import Config

# Of smaller pages summaries take more than an eighth of the memory of the keys, with what they have beside values.
LEAST_PAGE = 32


class CachePages:
    """The pages of a cache and what layers keep beside them, where their decode steps read pages in place."""

    def __init__(self, cache: Any) -> None:
        self._cache = cache
        self._arrays: dict[tuple[int, int], torch.Tensor] = {}
        self._layers: dict[int, PagedSummaries | None] = {}
        self._copy = cache.perform_cache_copy
        cache.perform_cache_copy = self._copied

    def of(self, layer: int, config: Config) -> PagedSummaries | None:
        """The summaries of a layer of this Config; None where none are kept."""
        if layer not in self._layers:
            self._layers[layer] = self._made(layer, config)
        return self._layers[layer]

    def add(self, layer: int, summaries: PagedSummaries, reads: Sequence[torch.Tensor], writes: Sequence[torch.Tensor],
            offsets: torch.Tensor, rows: int, keys: int) -> None:
        """Brings those of a layer up to date after a pass that has gathered its keys.

        reads, writes: where keys lie, and new ones of them, for each allocator; no reads: all keys are new. offsets: int32
        [requests + 1], where the keys of each begin. rows, keys: of a request at most. Nothing is read on the host.
        """
        allocator = self._cache.layer_to_allocator[layer]
        places = reads[allocator.index]
        places = places if len(places) else writes[allocator.index]
        page = allocator.tokens_per_page
        first = offsets[:-1, None] + torch.arange(0, keys, page, device=offsets.device)
        table = (places[first.clamp(max=len(places) - 1)] // page).where(first < offsets[1:, None], -1)
        k_pages, v_pages = allocator.get_cache_for_block_table(layer)
        summaries.update(Paged(k_pages, v_pages, table.int(), offsets.diff().int()), rows)

    def _made(self, layer: int, config: Config) -> PagedSummaries | None:
        policy, allocator = policy_of("decode", config.decode), self._cache.layer_to_allocator[layer]
        page = allocator.tokens_per_page
        if not config.summaries or not policy.boxes or not allocator.supports_block_table or page < LEAST_PAGE:
            return None
        if page & (page - 1) or any(page % box and box % page for box in policy.boxes):
            return None
        k_pages, _ = allocator.get_cache_for_block_table(layer)
        shapes = PagedSummaries.shapes(k_pages.shape, policy)
        return PagedSummaries(policy, arrays=[self._array(allocator.index, box, shape, k_pages)
                                              for box, shape in zip(policy.boxes, shapes)])

    def _array(self, group: int, box: int, shape: tuple[int, ...], k_pages: torch.Tensor) -> torch.Tensor:
        """That of a layer, in the array beside the whole cache."""
        first, pages = k_pages.storage_offset() // k_pages[0].numel(), shape[0]
        whole = self._arrays.get((group, box))
        if whole is None:
            count = k_pages.untyped_storage().nbytes() // (k_pages[0].numel() * k_pages.element_size())
            whole = self._arrays[group, box] = k_pages.new_empty((count, *shape[1:]))
        return whole[first:first + pages]

    def _copied(self, pairs: dict[str, tuple[list[int], list[int]]]) -> None:
        """Copies blocks of the cache, as of answers that begin alike, and what is beside them."""
        self._copy(pairs)
        for name, blocks in pairs.items():
            allocator = self._cache.cache_allocators[name]
            stride = allocator.block_physical_stride // allocator.tokens_per_page
            for (group, _), array in self._arrays.items():
                if group == allocator.index and blocks[0]:
                    each = torch.arange(stride, device=array.device)
                    old, new = ((torch.tensor(x, device=array.device)[:, None] * stride + each).flatten() for x in blocks)
                    array[new] = array[old]
