"""Summaries that a layer of a server keeps beside its pages (S17b)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from hip_mlir._paged_summaries import PagedSummaries
from hip_mlir._policy_text import policy_of
from hip_mlir._storage import Paged
from hip_mlir.integrations._config import Config
from hip_mlir.policies import Policy

# Of smaller pages summaries take more than an eighth of the memory of the keys.
LEAST_PAGE = 16


class Kept:
    """Those of a layer of this Config, as long as its pages are the same, where its decode steps search boxes."""

    def __init__(self, config: Config) -> None:
        policy = policy_of("decode", config.decode)
        self._policy = policy if config.summaries and policy.boxes else None
        self._summaries: PagedSummaries | None = None
        self._seen: Any = None

    def of(self, k_pages: torch.Tensor) -> PagedSummaries | None:
        """Those beside k_pages [P, page, Hkv, D]; None where none are kept."""
        page = k_pages.shape[1]
        if self._policy is None or page < LEAST_PAGE or any(page % box and box % page for box in self._policy.boxes):
            return None
        seen = k_pages.data_ptr(), k_pages.shape, k_pages.dtype
        if seen != self._seen:
            self._summaries, self._seen = PagedSummaries(self._policy), seen
        return self._summaries


def keys_with(summaries: PagedSummaries, policy: Policy, keys: Mapping[str, Any], rows: int) -> Mapping[str, Any]:
    """Keys of a call of so many rows an entry, which brings the summaries up to date: a search by this policy reads
    them, if it has their boxes."""
    if policy.boxes == summaries.boxes:
        return {**keys, "summaries": summaries}
    stored: Paged = keys["kv"]
    summaries.update(stored, rows)
    return keys
