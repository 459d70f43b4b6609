"""Batches of servers: rows of several requests, one after another, over keys in pages or one after another too.

Attention takes as many rows of each batch entry in a call. So requests that have one row, those that decode, go
together, and one that has more, a part of a prompt, goes alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import torch

from hip_mlir._storage import Paged, Ragged

# (query [B, T, Hq, D], keys of hip_mlir.attention() in the layout "bthd") -> [B, T, Hq, Dv]
Call = Callable[[torch.Tensor, Mapping[str, Any]], torch.Tensor]


def attend_batch(query: torch.Tensor, stored: Paged | Ragged, call: Call, starts: Sequence[int] | None = None,
                 key_starts: Sequence[int] = (), out: torch.Tensor | None = None) -> torch.Tensor:
    """Attention of query [N, Hq, D], the rows of all requests, each over its own keys: [N, Hq, Dv].

    stored: the keys, with a batch entry for each request; those of its rows are its last ones.
    starts: the first row of each request and, last, how many there are; None: each has one row, and nothing is read.
    key_starts: where stored is Ragged and starts are given, the numbers of its offsets.
    out: where to write instead; rows past the last request are left, of a new array they are 0.
    """
    if starts is None:
        rows = call(query[:, None], {"kv": stored})[:, 0]
        return rows if out is None else out.copy_(rows)
    if out is None:
        values: Any = stored[1]
        out = query.new_zeros(*query.shape[:-1], values.shape[-1])
    for first, last in _runs(starts):
        rows = query[starts[first]:starts[last]]
        keys = _keys_of(stored, first, last, key_starts)
        if starts[last] - starts[first] == last - first:
            made = call(rows[:, None], keys)[:, 0]
        else:
            made = call(rows[None], keys)[0]
        out[starts[first]:starts[last]] = made
    return out


def _runs(starts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First request of each call and the one after its last; requests without rows are in none."""
    def rows_of(entry: int) -> int:
        return starts[entry + 1] - starts[entry]
    for rows, group in groupby(range(len(starts) - 1), rows_of):
        entries = list(group)
        if rows == 1:
            yield entries[0], entries[-1] + 1
        elif rows:
            yield from ((entry, entry + 1) for entry in entries)


def _keys_of(stored: Paged | Ragged, first: int, last: int, key_starts: Sequence[int]) -> dict[str, Any]:
    """The keys of requests first up to last."""
    views: Any = stored
    if isinstance(stored, Paged):
        return {"kv": Paged(stored.k_pages, stored.v_pages, views.table[first:last], views.lengths[first:last])}
    begin, end = key_starts[first], key_starts[last]
    k, v = views.k[begin:end], views.v[begin:end]
    if last - first == 1:
        return {"key": k[None], "value": v[None]}
    return {"kv": Ragged(k, v, views.offsets[first:last + 1] - begin)}


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
