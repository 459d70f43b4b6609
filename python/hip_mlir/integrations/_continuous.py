"""Continuous batching of transformers (generate_batch): rows of several requests in one forward pass.

The interface is that of transformers 5.24. Its cache hands over the keys of all requests, gathered one request after
another; in a decode step, where a model has no sliding windows, its pages and their tables instead, which are attended
in place. transformers knows an implementation that takes such arguments by "flash" in its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from typing import Any

import torch
import transformers
from transformers import AttentionInterface

from hip_mlir._paged_summaries import PagedSummaries
from hip_mlir._storage import Paged, Ragged
from hip_mlir.errors import InvalidError, UnsupportedError
from hip_mlir.integrations._batches import Call, Rows, attend_batch, write_rows
from hip_mlir.integrations._cache_pages import CachePages
from hip_mlir.integrations._config import Config

#: Names of the implementations that register() has added.
registered: set[str] = set()
# What a forward pass is given besides: [(tensor, its numbers)] of offsets that were read for all layers, and the pages of its
# cache.
READ, PAGES = "hip_read", "hip_pages"


def _attend_requests(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor,
                     call_with: Callable[[PagedSummaries | None], Call], layer: int, config: Config, *,
                     cu_seq_lens_q: torch.Tensor, cu_seq_lens_k: torch.Tensor, max_length_q: int | None = None,
                     block_table: torch.Tensor | None = None, k_cache: torch.Tensor | None = None,
                     v_cache: torch.Tensor | None = None, hip_read: Sequence[tuple[torch.Tensor, list[int]]] = (),
                     hip_pages: CachePages | None = None, read_index: Sequence[torch.Tensor] = (),
                     write_index: Sequence[torch.Tensor] = (), max_length_k: int | None = None, cache: object = None,
                     **_others: object) -> torch.Tensor:
    """query [1, Hq, N, D], key and value [1, Hkv, K, D] of all requests -> [1, N, Hq, Dv].

    cu_seq_lens_q, cu_seq_lens_k: int32 [requests + 1], where rows and keys of each begin.
    block_table: int32 [requests, max_pages], with k_cache and v_cache [P, page, Hkv, D]: each request has one row, whose
    key and value are written to its pages first. Nothing is read on the host then, nor where max_length_q is 1.
    hip_pages: of the cache, where layers keep summaries beside them. read_index, write_index: for each of its groups of layers
    where the keys lie, and the new ones of them.
    """
    if cache is not None:
        raise UnsupportedError(f"transformers {transformers.__version__} leaves its cache to the attention function; hip "
                               "knows the interface of 5.24, where the keys of all requests are handed over")
    if len(query) != 1:
        raise InvalidError(f"query has {len(query)} batch entries beside cu_seq_lens_q; give the rows of all requests in "
                           "one")
    summaries = None if hip_pages is None else hip_pages.of(layer, config)
    rows, k, v = (x[0].transpose(0, 1) for x in (query, key, value))
    if block_table is not None and k_cache is not None and v_cache is not None:
        lengths = cu_seq_lens_k.diff()
        for pages, new in ((k_cache, k), (v_cache, v)):
            write_rows(pages, new, block_table, lengths - 1)
        return attend_batch(rows, Paged(k_cache, v_cache, block_table, lengths), call_with(summaries))[None]
    if hip_pages is not None and summaries is not None:
        hip_pages.add(layer, summaries, read_index, write_index, cu_seq_lens_k, max_length_q or len(rows),
                      max_length_k or len(k))
    call = call_with(None)
    stored = Ragged(k, v, cu_seq_lens_k.int())
    if max_length_q == 1 and len(cu_seq_lens_q) == len(rows) + 1:
        return attend_batch(rows, stored, call)[None]
    starts, key_starts = (_numbers(x, hip_read) for x in (cu_seq_lens_q, cu_seq_lens_k))
    return attend_batch(rows, stored, call, Rows(cu_seq_lens_q.int(), starts), key_starts)[None]


#: The same, outside of what torch.compile traces: it writes to the cache, and which calls there are is data.
attend_requests: Callable[..., torch.Tensor] = torch.compiler.disable(_attend_requests)


def _numbers(offsets: torch.Tensor, read: Sequence[tuple[torch.Tensor, list[int]]]) -> list[int]:
    for tensor, numbers in read:
        if tensor is offsets:
            return numbers
    made: list[int] = offsets.tolist()
    return made


class _Passes:
    """Adds to the arguments of forward passes what layers share."""

    def __init__(self) -> None:
        self.keeps = True
        self._pages: CachePages | None = None
        self._cache: Any = None

    def __call__(self, _module: object, arguments: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, Any]:
        cache = named.get("cache")
        if self._cache is not cache:
            tables = self.keeps and bool(getattr(cache, "max_blocks_per_request", 0))
            self._cache, self._pages = cache, CachePages(cache) if tables else None
        if self._pages is not None:
            named = {**named, PAGES: self._pages}
        return _read_offsets(arguments, named)


def _read_offsets(arguments: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, Any]:
    """Adds the numbers of offsets, where layers read them, so that it is done once."""
    keys = named.get("cu_seq_lens_k")
    if keys is None or named.get("block_table") is not None or named.get("max_length_q") == 1:
        return arguments, named
    offsets = named["cu_seq_lens_q"], *(keys.values() if isinstance(keys, dict) else (keys,))
    return arguments, {**named, READ: [(x, x.tolist()) for x in offsets]}


@contextmanager
def serving(model: Any, name: str = "hip") -> Iterator[Any]:
    """Within it, model.generate_batch() attends with the implementation `name` that register() has added.

        with serving(model):
            answers = model.generate_batch(prompts, max_new_tokens=64)

    init_continuous_batching() and continuous_batching_context_manager() of the model do so too, which is given. A
    step in which each request has one row is one call, over pages in place where page_size is a power of two and no
    layer has a sliding window. In others the parts of prompts are one call more. Every step searches: Config.refresh is
    not for requests that come and go. Pages of 32 rows or more have summaries beside them (Config.summaries), but not
    with cpu_offload_space. use_cuda_graph=(False, True) asks for CUDA graphs of decode steps; prompts have
    none, which is refused with NotImplementedError, as is a transformers without this interface.
    """
    plain = getattr(model, "init_continuous_batching", None)
    if plain is None or not hasattr(model.config, "_attn_implementation"):
        raise UnsupportedError(f"{type(model).__name__} of transformers {transformers.__version__} has no continuous "
                               "batching that hip knows; its interface is that of transformers 5.24")
    if name not in registered:
        raise InvalidError(f"name = {name!r} is no implementation of hip; call register(name={name!r}) first")

    passes = _Passes()

    def init_continuous_batching(generation_config: Any = None, continuous_batching_config: Any = None,
                                 workload_hints: Any = None) -> Any:
        asked = continuous_batching_config or transformers.ContinuousBatchingConfig()
        if asked.cuda_graph_booleans[0]:
            raise UnsupportedError(f"use_cuda_graph = {asked.use_cuda_graph}; hip has no CUDA graphs of prompts: give "
                                   "(False, True) for those of decode steps")
        # What comes back from the host has no summaries.
        passes.keeps = asked.cpu_offload_space == 0
        resolved = copy(asked)
        resolved.max_blocks_per_request = None  # transformers warns where it is no FlashAttention that has tables
        manager = plain(generation_config, resolved, workload_hints)
        if manager.batch_processor is None:
            _resolve(manager.continuous_batching_config, asked, workload_hints)
        return manager

    alias = f"{name}_flash"
    AttentionInterface.register(alias, AttentionInterface()[name])
    kept = [(config, config._attn_implementation) for config in _configs(model.config)]
    model.config._attn_implementation = alias
    model.init_continuous_batching = init_continuous_batching
    hook = model.register_forward_pre_hook(passes, with_kwargs=True)
    try:
        yield model
    finally:
        hook.remove()
        del model.init_continuous_batching
        for config, implementation in kept:
            config._attn_implementation = implementation


def _resolve(config: Any, asked: Any, hints: Any) -> None:
    """Settings of a manager that transformers makes for SDPA or FlashAttention alone: pages in place, and graphs."""
    page = config.page_size
    if asked.max_blocks_per_request is not None:
        blocks = asked.max_blocks_per_request
    elif hints is not None and hints.max_prompt_length + hints.max_generated_length:
        blocks = -(-(hints.max_prompt_length + hints.max_generated_length) // page)
    else:
        blocks = asked.fallback_max_blocks_per_request
    config.max_blocks_per_request = blocks if page & (page - 1) == 0 else 0
    graphs = asked.cuda_graph_booleans[1] and config.cuda_graph_booleans[1]
    config.use_cuda_graph = False, graphs
    if asked.use_async_batching is None:
        config.use_async_batching = graphs


def _configs(config: Any) -> Iterator[Any]:
    """A configuration and those that are parts of it, which take over what it is set to."""
    yield config
    for part in config.sub_configs:
        if getattr(config, part, None) is not None:
            yield from _configs(getattr(config, part))
