"""Decode steps that share searches, by a counter on the device (S17)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ._arrays import View, adapter_of, dtype_name, read_arrays, views_of
from ._call_checks import list_shapes
from ._checks import integer, shown
from ._policy_text import policy_of
from ._steps import intervals_of
from .errors import ArgumentTypeError, InvalidError, UnsupportedError
from .policies import Policy, parts_of

if TYPE_CHECKING:
    from .typing import Array, ListHeads, PolicyLike

INT32 = 0, 32


class Refresh:
    """Lists of a decode, which a step searches anew where its number says so and else attends as they are.

        step = torch.zeros(1, dtype=torch.int32, device="cuda")
        refresh = hip_mlir.Refresh(step, every=8)
        for ...:  # or a CUDA graph of this, which serves every step
            out = hip_mlir.attention(q, k, v, "hip", refresh=refresh)
            step += 1

    step: int32 [1], the number of the step, on the device of the keys. A part of the policy is searched where it is a
        multiple of the part's interval. Add 1 after each step, in which the keys of an entry grow by no more rows than q
        has, and set it to 0 for other keys.
    every: steps from one search to the next, 1 or more: of trees and stages, while boxes are searched in each step, since
        the key that the next token needs may be in no box of the last list; or a tuple with an interval for each part
        of the policy.
    lists: blocks and counts of each part whose interval is above 1, int32 arrays of the shapes of shapes(); by default
        the first call makes them. They are read and written in place.

    One Refresh is for the calls of one layer. NumPy, PyTorch and CuPy arrays can be kept.
    """

    def __init__(self, step: Array, every: int | tuple[int, ...] = 8, *, lists: Sequence[Array] | None = None) -> None:
        self._step: Any = step
        self._every = checked_every(every)
        self._lists: list[Any] = [] if lists is None else list(lists)
        self._owns = lists is None
        self._seen: Any = None

    @property
    def step(self) -> Any:
        """The array with the number of the step."""
        return self._step

    @property
    def lists(self) -> tuple[Any, ...]:
        """Blocks and counts of each part whose interval is above 1. Empty before the first call."""
        return tuple(self._lists)

    @staticmethod
    def shapes(q: Sequence[int], k: Sequence[int], policy: PolicyLike, every: int | tuple[int, ...] = 8, *,
               list_heads: ListHeads = "kv") -> list[tuple[int, ...]]:
        """Shapes of the lists that calls keep with q and k of these shapes, [B, H, T, D] or [H, T, D], of up to so many
        keys."""
        policy = policy_of("policy", policy)
        intervals = checked_intervals(policy, checked_every(every))
        return [shape for part, each in zip(parts_of(policy), intervals) if each > 1
                for shape in list_shapes(q, k, part, list_heads)]

    def reset(self) -> None:
        """Sets the step to 0, for other keys."""
        self._step[...] = 0

    def _prepare(self, q: Any, dense: Sequence[View], policy: Policy, list_heads: Any, seen: Any) -> None:
        """Makes or checks the lists of calls that look like `seen`, with views of q and k as [B, H, T, D]."""
        self._make(q, dense[0], self.shapes(dense[0][4], dense[1][4], policy, self._every, list_heads=list_heads))
        self._seen = seen

    def _read(self) -> list[Any]:
        """What adapters read of the step and the lists."""
        return read_arrays(refresh_names(1 + len(self._lists)), [self._step, *self._lists])

    def _make(self, q: Any, like: View, wanted: Sequence[tuple[int, ...]]) -> None:
        """Lists of such shapes, of which those that are there may have more room."""
        adapter = adapter_of(q)
        if not adapter.slices:
            raise UnsupportedError(f"q is a {type(q).__name__}, whose lists cannot be kept; give NumPy, PyTorch or CuPy "
                                   "arrays, or leave out refresh")
        if not self._owns:
            _check(self._lists, wanted)
            return
        if len(self._lists) != len(wanted):
            self._lists = [None] * len(wanted)
        for place, shape in enumerate(wanted):
            old = self._lists[place]
            if old is not None and _fits(place, tuple(old.shape), shape):
                continue
            new = adapter.empty(shape, INT32, q, like)
            if old is not None and tuple(old.shape[:-1]) == shape[:-1]:
                new[..., :old.shape[-1]] = old
            self._lists[place] = new

    def __repr__(self) -> str:
        return f"<hip_mlir.Refresh every {self._every} steps, {len(self._lists)} arrays>"


def checked_every(every: object) -> int | tuple[int, ...]:
    if isinstance(every, tuple):
        return tuple(integer("every", each, 1) for each in every)
    return integer("every", every, 1)


def checked_intervals(policy: Policy, every: int | tuple[int, ...]) -> tuple[int, ...]:
    """Steps between two searches of each part."""
    if not policy.makes_lists:
        raise InvalidError(f"{policy.NAME} makes no lists that could be refreshed; leave out refresh (S17)")
    parts, intervals = parts_of(policy), intervals_of(policy, every)
    if len(intervals) != len(parts):
        raise InvalidError(f"every = {every} has {len(intervals)} numbers, but the policy has {len(parts)} parts, "
                           f"{', '.join(map(str, parts))}; give one for each, or a number (S17)")
    return intervals


def checked_refresh(refresh: object, lists: object, return_lists: object) -> Refresh:
    if not isinstance(refresh, Refresh):
        raise ArgumentTypeError(f"refresh is {shown(refresh)}; give a hip_mlir.Refresh")
    if lists is not None or return_lists:
        name = "return_lists" if lists is None else "lists"
        raise InvalidError(f"refresh and {name} are given, but steps keep the lists of each part; leave out one of them "
                           "(S17)")
    return refresh


def refresh_names(count: int) -> list[str]:
    """What errors call the step and the lists."""
    return ["refresh.step", *(f"refresh.lists[{place}]" for place in range(count - 1))]


def _fits(place: int, shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Blocks, at even places, may have room for more."""
    if place % 2 or not shape:
        return shape == wanted
    return shape[:-1] == wanted[:-1] and shape[-1] >= wanted[-1]


def _check(lists: Sequence[Any], wanted: Sequence[tuple[int, ...]]) -> None:
    if len(lists) != len(wanted):
        raise InvalidError(f"refresh has {len(lists)} lists, but this call keeps {len(wanted)} arrays; give those of "
                           "hip_mlir.Refresh.shapes() (S17)")
    names = refresh_names(1 + len(lists))[1:]
    views = views_of(names, lists, read_arrays(names, lists, True))
    for place, (name, view, shape) in enumerate(zip(names, views, wanted)):
        if not _fits(place, view[4], shape):
            raise InvalidError(f"{name} has shape {list(view[4])}; this call needs {list(shape)}"
                               f"{'' if place % 2 else ', or more in the last dimension'} (S17)")
        if view[2:4] != INT32:
            raise ArgumentTypeError(f"{name} is {dtype_name(view)}; give int32")
