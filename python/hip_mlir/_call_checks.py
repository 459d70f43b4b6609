"""What makes the arrays of a call fit each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._arrays import ELEMENTS, NARROW, View, device_name, dtype_name
from ._checks import MOST_KEYS
from ._storage import DENSE_KEYS, Given, dense_views
from .errors import ArgumentTypeError, InvalidError
from .policies import Policy

FLOATS = tuple(ELEMENTS)


def check_views(q: View, k: View, v: View, names: Sequence[str] = DENSE_KEYS.names) -> None:
    """What makes q, k and v fit each other, as [B, H, T, D] or [H, T, D]."""
    _, keys, values = names[:3]
    for name, view in zip(names, (q, k, v)):
        shape = list(view[4])
        if len(shape) != len(q[4]) or len(shape) not in (3, 4):
            raise InvalidError(f"{name} has shape {shape}; give [B, H, T, D], or [H, T, D] for all three")
        is_narrow = view is not q and dtype_name(view) in NARROW
        if not is_narrow and dtype_name(view) not in ELEMENTS:
            raise ArgumentTypeError(f"{name} is {dtype_name(view)}; give one of {', '.join(FLOATS)}")
        if not is_narrow and view[2:4] != q[2:4]:
            raise ArgumentTypeError(f"{name} is {dtype_name(view)}, but q is {dtype_name(q)}; make "
                                    "them the same (S19)")
        if view[:2] != q[:2]:
            raise InvalidError(f"{name} is on {device_name(view)}, but q is on {device_name(q)}; move it there")
        if shape[:-3] != list(q[4][:-3]):
            raise InvalidError(f"{name} has batch size {shape[0]}, but q has {q[4][0]}; make them the same")
        if not shape[-1] or not shape[-3]:
            raise InvalidError(f"{name} has shape {shape}, with {shape[-3]} heads of {shape[-1]} numbers; "
                               "give 1 or more of both")
        if shape[-2] > MOST_KEYS:
            raise InvalidError(f"{name} has {shape[-2]} rows; positions are i32, so give at most {MOST_KEYS} (S5)")
    if v[2:4] != k[2:4]:
        raise ArgumentTypeError(f"{values} is {dtype_name(v)}, but {keys} is {dtype_name(k)}; make them the same (S23b)")
    if k[4][-1] != q[4][-1]:
        raise InvalidError(f"{keys} has head size {k[4][-1]}, but q has {q[4][-1]}; make them the same")
    for what, place in (("heads", -3), ("rows", -2)):
        if v[4][place] != k[4][place]:
            raise InvalidError(f"{values} has {v[4][place]} {what}, but {keys} has {k[4][place]}; make them the same")
    check_groups(q[4][-3], k[4][-3], f"q has {{}} heads, no multiple of the {{}} of {keys}; give {{}} or {{}}")


def check_groups(query_heads: int, kv_heads: int, text: str) -> None:
    if query_heads % kv_heads:
        lower = max(query_heads // kv_heads, 1) * kv_heads
        raise InvalidError(text.format(query_heads, kv_heads, lower, lower + kv_heads))


def check_call(views: Sequence[View], policy: Policy, list_heads: str, return_lists: bool, given: Given
               ) -> tuple[View, View, View]:
    """What makes the arrays of a call fit each other. Returns views of q, k and v as [B, H, T, D]."""
    dense = dense_views(given, views)
    check_views(*dense, given.names)
    if given.lists:
        check_lists(policy, list_heads, return_lists, *dense, *views[-2:])
    return dense


def list_shapes(q: Sequence[Any], k: Sequence[Any], policy: Policy, list_heads: str
                ) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Shapes of blocks and counts, of those of q and k."""
    heads = {"query": q[-3], "kv": k[-3], "all": 1}[list_heads]
    counts = (*q[:-3], heads, (q[-2] + policy.list_block_q - 1) // policy.list_block_q)
    return (*counts, policy.list_length(k[-2])), counts


def check_lists(policy: Policy, list_heads: str, return_lists: bool, q: View, k: View, _v: View, blocks: View,
                counts: View) -> None:
    """What a program leaves free, as it depends on Tq (S16)."""
    if not policy.makes_lists:
        raise InvalidError(f"{policy.NAME} makes no lists; leave out return_lists and lists (S15)")
    if return_lists:
        raise InvalidError("lists and return_lists=True are given, but lists of the caller are not given back; "
                           "leave out one of them")
    rows = policy.list_block_q
    wanted = list_shapes(q[4], k[4], policy, list_heads)[1]
    for name, view, shape in (("blocks", blocks, blocks[4][:-1]), ("counts", counts, counts[4])):
        if tuple(shape) != wanted:
            rest = ", N" if name == "blocks" else ""
            raise InvalidError(f"{name} has shape {list(view[4])}; {q[4][-2]} query rows in blocks of "
                               f"{rows} need [{', '.join(map(str, wanted))}{rest}]")
        if view[2:4] != (0, 32):
            raise ArgumentTypeError(f"{name} is {dtype_name(view)}; give int32")
        if view[:2] != q[:2]:
            raise InvalidError(f"{name} is on {device_name(view)}, but q is on {device_name(q)}; move it there")
