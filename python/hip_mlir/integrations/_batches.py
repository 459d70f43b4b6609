"""Batches of servers: rows of several requests, one after another, over keys in pages or one after another too.

Requests that have one row, those that decode, are a call of one row each: it has the decode policy, needs no offsets, so that
a CUDA graph can record it, and cuts the keys of each into parts that run side by side, which a call of more rows does not.
Requests with more, parts of prompts, are a call of packed queries (S1b). So a batch is two calls at most where the server
puts one kind behind the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple, Protocol

import torch

from hip_mlir._storage import Paged, Ragged, RaggedRows


class Rows(NamedTuple):
    """Which rows of a batch each request has, made once for all layers.

    offsets: int32 [requests + 1], on the device: request r has rows offsets[r] up to offsets[r + 1].
    starts: the same numbers, on the host.
    """

    offsets: torch.Tensor
    starts: Sequence[int]


class Call(Protocol):
    """What attends some of a batch."""

    def __call__(self, query: torch.Tensor, keys: Mapping[str, Any], longest: int | None = None) -> torch.Tensor:
        """query [B, 1, Hq, D] -> [B, 1, Hq, Dv], or [N, Hq, D] -> [N, Hq, Dv] where keys has q_rows.

        keys: arguments of hip_mlir.attention() in the layout "bthd". longest: the most keys of a request, where the host
        knows.
        """


def attend_batch(query: torch.Tensor, stored: Paged | Ragged, call: Call, rows: Rows | None = None,
                 key_starts: Sequence[int] = (), out: torch.Tensor | None = None) -> torch.Tensor:
    """Attention of query [N, Hq, D], the rows of all requests, each over its own keys: [N, Hq, Dv].

    stored: the keys, with a batch entry for each request; those of its rows are its last ones.
    rows: which each request has; None: each has one row, and nothing is read.
    key_starts: where stored is Ragged and rows are given, the numbers of its offsets.
    out: where to write instead; rows past the last request are left, of a new array they are 0.
    """
    if rows is None:
        made = call(query[:, None], {"kv": stored})[:, 0]
        return made if out is None else out.copy_(made)
    if out is None:
        values: Any = stored[1]
        out = query.new_zeros(*query.shape[:-1], values.shape[-1])
    for first, last, most in _runs(rows.starts):
        begin, end = rows.starts[first], rows.starts[last]
        keys = {"kv": _keys_of(stored, first, last, key_starts)}
        if most == 1:
            out[begin:end] = call(query[begin:end, None], keys)[:, 0]
            continue
        packed = RaggedRows(rows.offsets[first:last + 1], most)
        longest = max((key_starts[n + 1] - key_starts[n] for n in range(first, last)), default=0) if key_starts else None
        out[begin:end] = call(query, {**keys, "q_rows": packed}, longest)[begin:end]
    return out


def _runs(starts: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """First request of each call, the one after its last, and the most rows of one: 1 where each has one."""
    counts = [end - begin for begin, end in zip(starts, starts[1:])]
    for step, group in groupby(range(len(counts)), lambda entry: counts[entry] == 1):
        entries = list(group)
        most = max(counts[entry] for entry in entries)
        if most:
            yield entries[0], entries[-1] + 1, most


def _keys_of(stored: Paged | Ragged, first: int, last: int, key_starts: Sequence[int]) -> Paged | Ragged:
    """The keys of requests first up to last."""
    views: Any = stored
    if isinstance(stored, Paged):
        return Paged(stored.k_pages, stored.v_pages, views.table[first:last], views.lengths[first:last])
    begin, end = key_starts[first], key_starts[last]
    offsets = views.offsets[first:last + 1]
    return Ragged(views.k[begin:end], views.v[begin:end], offsets - begin if begin else offsets)


def write_rows(pages: torch.Tensor, rows: torch.Tensor, table: torch.Tensor, places: torch.Tensor) -> None:
    """Writes rows [B, Hkv, D] at key `places` [B] of each request, by its table [B, max_pages], as write_slots() does."""
    size = pages.shape[1]
    held = places.clamp(min=0).long()
    page = table.gather(1, (held // size)[:, None])[:, 0]
    write_slots(pages, rows, (page * size + held % size).where(places.ge(0), -1))


def write_slots(pages: torch.Tensor, rows: torch.Tensor, slots: torch.Tensor) -> None:
    """Writes rows [N, Hkv, D] into pages [P, page, Hkv, D], row n as row slots[n] % page of page slots[n] // page.

    A slot below 0 is of padding: zeros go to the first row of page 0, which servers give to no request.
    """
    size = pages.shape[1]
    held = slots.clamp(min=0).long()
    pages[held // size, held % size] = rows.where(slots.ge(0)[:, None, None], 0).to(pages.dtype)
