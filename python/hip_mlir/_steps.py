"""Decode steps that share searches: each part of a policy is searched at an interval of its own (S17).

A step is one program: it searches the parts whose turn it is, unites their lists with those that other parts
found in earlier steps, and attends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ._arrays import CODES, ELEMENTS, adapter_of, dtype_name, read_arrays, views_of
from ._call_checks import check_views
from ._step_text import step_text
from ._summaries import Summaries
from .engine import default_engine
from .policies import Policy, parts_of
from .program import Program, compile_text

INT32 = CODES["int32"]


def intervals_of(policy: Policy, refresh: int | tuple[int, ...]) -> tuple[int, ...]:
    """Steps between two searches of each part. A number is that of trees and stages: the key that the next token
    needs may be in no box of the last one's list, so boxes are searched in each step."""
    if not isinstance(refresh, int):
        return refresh
    return tuple(1 if part.searches_each_step else refresh for part in parts_of(policy))


def band_start(policy: Policy, keys: int, sink: int, window: int) -> int:
    """E of a step over so many keys (S3)."""
    return sink + max(0, keys - window - sink) // policy.chunk * policy.chunk


@dataclass
class Found:
    """What the last search of a part gave."""

    blocks: Any
    counts: Any
    start: int  # E of the step that searched
    age: int = 0  # steps since


class Steps:
    """Attention of one query row a step, [B, Hq, 1, D], over keys that grow by one.

    intervals: of each part, see intervals_of(). The rest is as in hip_mlir.attention(). A call that does not follow
    the one before (arrays like those, with one key more) searches everything.
    """

    def __init__(self, policy: Policy, intervals: tuple[int, ...], **options: Any) -> None:
        self.policy, self.intervals, self.options = policy, intervals, options
        self.found: list[Any] = [None] * len(intervals)
        self.summaries = Summaries(policy) if policy.boxes else None
        self._form: tuple[Any, ...] | None = None
        self._keys = 0
        self._starts: tuple[int, Any] | None = None
        self._programs: dict[tuple[bool, ...], Program] = {}

    def __call__(self, q: Any, k: Any, v: Any) -> Any:
        due = self._due(q, k, v)
        start = band_start(self.policy, k.shape[2], self.options["sink"], self.options["window"])
        arrays = [q, k, v]
        if any(due):
            # With so many keys the E of each part is that of the union.
            arrays.append(k[:, :, :start + self.options["window"]])
        arrays += self._summaries_of(due, k)
        kept = [found for found, searches in zip(self.found, due) if not searches]
        for found in kept:
            arrays += [found.blocks, found.counts]
        arrays.append(self._array_of_starts(q, min([start, *(found.start for found in kept)])))
        if self.options["scale"] is not None:
            arrays.append(self.options["scale"])
        results = self._program(due, q, k, v)(*arrays)
        out, *lists = results if any(due) else [results]
        self._keep(due, iter(lists), start)
        self._keys = k.shape[2]
        return out

    def _due(self, q: Any, k: Any, v: Any) -> tuple[bool, ...]:
        """Which parts are searched in this step."""
        form = type(q), q.dtype, getattr(q, "device", None), tuple(q.shape), tuple(k.shape[:2]), v.shape[3]
        follows = form == self._form and k.shape[2] == self._keys + 1
        if form != self._form:
            self._form, self._starts, self._programs = form, None, {}
        if not follows and self.summaries is not None:
            self.summaries.reset()
        return tuple(not follows or found.age >= interval for found, interval in zip(self.found, self.intervals))

    def _summaries_of(self, due: tuple[bool, ...], k: Any) -> list[Any]:
        """Those of the parts that are searched, of all keys (S17b)."""
        searched = [bool(part.boxes) and searches for part, searches in zip(parts_of(self.policy), due)]
        if self.summaries is None or not any(searched):
            return []
        arrays = iter(self.summaries._updated(k))
        made = [[next(arrays) for _ in part.boxes] for part in parts_of(self.policy)]
        return [array for each, searches in zip(made, searched) if searches for array in each]

    def _keep(self, due: tuple[bool, ...], lists: Iterator[Any], start: int) -> None:
        for place, searches in enumerate(due):
            if searches:
                self.found[place] = Found(next(lists), next(lists), start)
            self.found[place].age += 1

    def _array_of_starts(self, like: Any, start: int) -> Any:
        """Where the band starts in each batch entry, i32 [B, 1]."""
        if self._starts is None or self._starts[0] != start:
            array = adapter_of(like).empty((like.shape[0], 1), INT32, like, None)
            array[...] = start
            self._starts = start, array
        return self._starts[1]

    def _program(self, due: tuple[bool, ...], *arrays: Any) -> Any:
        if due not in self._programs:
            names = ("q", "k", "v")
            q, k, v = views_of(names, arrays, read_arrays(names, arrays))
            check_views(q, k, v)
            sizes = ELEMENTS[dtype_name(q)], q[4][1], k[4][1], q[4][3], v[4][3]
            text = step_text(self.policy, due, *sizes, **self.options)
            self._programs[due] = compile_text(default_engine(*q[:2]), text)
        return self._programs[due]
