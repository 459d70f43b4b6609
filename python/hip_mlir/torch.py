"""PyTorch: custom ops for all that traces, maps or overrides, and the face of SDPA.

    import hip_mlir.torch
    out = hip_mlir.torch.attention(q, k, v, policy=hip_mlir.HIP)
    out = hip_mlir.torch.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)

Tensors are [B, H, T, D] as in hip_mlir.attention(). Eager calls on plain tensors are those of hip_mlir.attention();
torch.compile, jit.trace, make_fx, fake and meta tensors, torch.func, modes and subclasses meet torch.ops.hip_mlir.*.
Ops write nothing but their results and summaries, do not wait for the GPU and take memory from PyTorch's allocator: CUDA graphs
capture them, after a first call that compiles. There is no backward pass.
"""

from typing import TYPE_CHECKING, Any, Literal, SupportsFloat, SupportsIndex, overload

import torch
from torch.overrides import handle_torch_function

from . import _attention
from ._arrays import Extent, adapter_of
from ._attention import DENSE, checked_options
from ._call_checks import list_shapes
from ._checks import flag
from ._paged_summaries import PagedSummaries, checked_summaries
from ._policy_text import parse_policy, policy_of
from ._score_mods import ScoreMod, score_mod as trace, traced
from ._storage import DENSE_KEYS, PACKING, Given, Paged, Ragged, RaggedRows, arrays_of
from ._summaries import Summaries
from ._torch_rules import (add_rules, are_tensors, call, cast, check_tensors, dense_rows, is_plain, refuse_gradients,
                           refuse_stored)
from .errors import InvalidError, UnsupportedError
from .typing import Array, Layout, ListHeads, MaskFunction, Pair, PolicyLike, ScoreFunction, TensorOptions

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["attention", "scaled_dot_product_attention"]


# Without its overloads.
_eager: Any = _attention.attention


def _run(query, key, value, policy, sink, window, causal, scale, softcap, list_heads, score, captured=(), **more):
    with torch.no_grad():
        # What rules a subclass has were followed on the way to here.
        query, key, value = (x if type(x) in (torch.Tensor, type(None)) else x.as_subclass(torch.Tensor)
                             for x in (query, key, value))
        return _eager(
            query, key, value, parse_policy(policy), sink=sink, window=window, causal=causal, scale=scale,
            softcap=softcap, list_heads=list_heads,
            score_mod=ScoreMod(score, arrays=tuple(captured)) if score else None, **more)


def _out_like(query, value):
    return query.new_empty((*query.shape[:-1], value.shape[-1]))


def _lists_like(query, key, policy, list_heads):
    return [query.new_empty(shape, dtype=torch.int32)
            for shape in list_shapes(query.shape, key.shape, parse_policy(policy), list_heads)]


@torch.library.custom_op("hip_mlir::attention", mutates_args=())
def _attention_op(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, policy: str, sink: int,
                  window: int, causal: bool, scale: float | None, softcap: float | None,
                  list_heads: str, score: str | None) -> torch.Tensor:
    return _run(query, key, value, policy, sink, window, causal, scale, softcap, list_heads, score)


@_attention_op.register_fake
def _(query, key, value, policy, sink, window, causal, scale, softcap, list_heads, score):
    return _out_like(query, value)


@torch.library.custom_op("hip_mlir::attention_and_lse", mutates_args=())
def _lse_op(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, policy: str, sink: int,
            window: int, causal: bool, scale: float | None, softcap: float | None, list_heads: str,
            score: str | None) -> tuple[torch.Tensor, torch.Tensor]:
    return _run(query, key, value, policy, sink, window, causal, scale, softcap, list_heads, score,
                return_lse=True)


@_lse_op.register_fake
def _(query, key, value, policy, sink, window, causal, scale, softcap, list_heads, score):
    return _out_like(query, value), query.new_empty(query.shape[:-1], dtype=torch.float32)


@torch.library.custom_op("hip_mlir::attention_and_lists", mutates_args=())
def _lists_op(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, policy: str, sink: int,
              window: int, causal: bool, scale: float | None, softcap: float | None, list_heads: str,
              score: str | None) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    out, lse, lists = _run(query, key, value, policy, sink, window, causal, scale, softcap, list_heads,
                           score, return_lse=True, return_lists=True)
    return out, lse, *lists


@_lists_op.register_fake
def _(query, key, value, policy, sink, window, causal, scale, softcap, list_heads, score):
    lse = query.new_empty(query.shape[:-1], dtype=torch.float32)
    return _out_like(query, value), lse, *_lists_like(query, key, policy, list_heads)


@torch.library.custom_op("hip_mlir::attention_over_lists", mutates_args=())
def _over_lists_op(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, blocks: torch.Tensor,
                   counts: torch.Tensor, policy: str, sink: int, window: int, causal: bool,
                   scale: float | None, softcap: float | None, list_heads: str,
                   score: str | None) -> tuple[torch.Tensor, torch.Tensor]:
    return _run(query, key, value, policy, sink, window, causal, scale, softcap, list_heads, score,
                lists=(blocks, counts), return_lse=True)


@_over_lists_op.register_fake
def _(query, key, value, blocks, counts, policy, sink, window, causal, scale, softcap, list_heads, score):
    return _out_like(query, value), query.new_empty(query.shape[:-1], dtype=torch.float32)


def _storage_of(places: list[torch.Tensor]) -> Any:
    """The storage that needs so many arrays besides keys and values."""
    return (None, Ragged, Paged)[len(places)]


def _cast_all(query, key, value, kv):
    """The floats of a call under autocast."""
    return *cast((query, key, value)), type(kv)(*cast(kv)) if isinstance(kv, (Paged, Ragged)) else kv


@torch.library.custom_op("hip_mlir::stored_attention", mutates_args=())
def _stored_op(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, places: list[torch.Tensor],
               positions: torch.Tensor | None, lists: list[torch.Tensor], captured: list[torch.Tensor], policy: str,
               sink: int, window: int, causal: bool, scale: float | None, softcap: float | None, list_heads: str,
               score: str | None, return_lse: bool, return_lists: bool, packing: list[torch.Tensor]
               ) -> list[torch.Tensor]:
    """Keys and values in an array, ragged with places = [offsets], paged with [table, lengths]; lists = [] or [blocks,
    counts]; captured is what the score reads; packing = [] or [offsets, an array [most, 0]] of queries.
    Gives out, then lse, blocks and counts where they are asked for."""
    return _run_stored(query, key, value, places, positions, lists, captured, policy, sink, window, causal, scale, softcap,
                       list_heads, score, return_lse, return_lists, packing)


def _run_stored(query, key, value, places, positions, lists, captured, policy, sink, window, causal, scale, softcap,
                list_heads, score, return_lse, return_lists, packing, summaries=None):
    storage = _storage_of(places)
    kv = storage and storage(key, value, *places)
    made = _run(query, None if kv else key, None if kv else value, policy, sink, window, causal, scale, softcap,
                list_heads, score, captured, kv=kv, positions=positions, lists=tuple(lists) or None,
                q_rows=RaggedRows(packing[0], packing[1].shape[0]) if packing else None, return_lse=return_lse,
                return_lists=return_lists, summaries=summaries)
    if not return_lists:
        return list(made) if return_lse else [made]
    return [*made[:-1], *made[-1]]


@_stored_op.register_fake
def _(query, key, value, places, positions, lists, captured, policy, sink, window, causal, scale, softcap, list_heads,
      score, return_lse, return_lists, packing):
    return _stored_like(query, key, value, places, policy, list_heads, return_lse, return_lists, packing)


def _stored_like(query, key, value, places, policy, list_heads, return_lse, return_lists, packing):
    made = [_out_like(query, value)]
    rows, lse = query.shape, query.shape[:-1]
    if packing:
        rows, lse = (packing[0].shape[0] - 1, rows[1], packing[1].shape[0], rows[2]), (rows[1], rows[0])
    if return_lse:
        made.append(query.new_empty(lse, dtype=torch.float32))
    if return_lists:
        keys, _ = Given(_storage_of(places)).shapes([x.shape for x in (key, value, *places)])
        made += [query.new_empty(shape, dtype=torch.int32)
                 for shape in list_shapes(rows, keys, parse_policy(policy), list_heads)]
    return made


class _Read(PagedSummaries):
    """Summaries that are up to date."""

    def _updated(self, kv, rows, k_scale=None, like=None):
        arrays = [kv.k_pages]
        self._begin(arrays, [adapter_of(kv.k_pages).read(kv.k_pages)], like)
        return self._whole


def _by_level(policy, summaries):
    """An array for each level, of one for each size of boxes."""
    boxes = policy.boxes
    by_size = dict(zip(dict.fromkeys(boxes), summaries))
    return [by_size[box] for box in boxes]


@torch.library.custom_op("hip_mlir::update_summaries", mutates_args=("summaries",))
def _update_op(key: torch.Tensor, value: torch.Tensor, table: torch.Tensor, lengths: torch.Tensor, rows: int, policy: str,
               summaries: list[torch.Tensor], check: bool) -> None:
    """Makes those of the boxes that the last `rows` keys of each entry have completed."""
    whole = parse_policy(policy)
    PagedSummaries(whole, arrays=_by_level(whole, summaries), check=check).update(Paged(key, value, table, lengths), rows)


@_update_op.register_fake
def _(key, value, table, lengths, rows, policy, summaries, check):
    return None


@torch.library.custom_op("hip_mlir::kept_attention", mutates_args=())
def _kept_op(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, places: list[torch.Tensor],
             positions: torch.Tensor | None, lists: list[torch.Tensor], captured: list[torch.Tensor], policy: str,
             sink: int, window: int, causal: bool, scale: float | None, softcap: float | None, list_heads: str,
             score: str | None, return_lse: bool, return_lists: bool, packing: list[torch.Tensor],
             summaries: list[torch.Tensor]) -> list[torch.Tensor]:
    """The same over pages with their summaries, an array for each size of boxes."""
    whole = parse_policy(policy)
    kept = _Read(whole, arrays=_by_level(whole, summaries))
    return _run_stored(query, key, value, places, positions, lists, captured, policy, sink, window, causal, scale, softcap,
                       list_heads, score, return_lse, return_lists, packing, kept)


@_kept_op.register_fake
def _(query, key, value, places, positions, lists, captured, policy, sink, window, causal, scale, softcap, list_heads,
      score, return_lse, return_lists, packing, summaries):
    return _stored_like(query, key, value, places, policy, list_heads, return_lse, return_lists, packing)


for _op in (_attention_op, _lse_op, _lists_op, _over_lists_op):
    add_rules(_op)
add_rules(_stored_op, refuse_stored)
add_rules(_kept_op, refuse_stored)
# What writes has no rule of autograd; gradients were refused before.
_update_op.register_vmap(refuse_stored)


def _tensors_of(query, key, value, lists, kv, positions, layout, q_rows):
    """The arrays of a call in their order, and which there are; a size that one of them stands for is a tensor's."""
    arrays, given = arrays_of(query, key, value, lists, kv, positions, layout, q_rows=q_rows)
    if given.packed:
        offsets = arrays[given.names.index(PACKING[0])]
        arrays = tuple([offsets.new_empty((x.size, 0)) if isinstance(x, Extent) else x for x in arrays])
    return arrays, given


def _through_stored(tensors, given, captured, options, return_lse, return_lists, kept):
    """The call as the op for all that _through_ops() has none for."""
    rest = list(tensors[3:])
    lists, rest = (rest[-2:], rest[:-2]) if given.lists else ([], rest)
    positions = rest.pop() if given.positions else None
    packing, rest = (rest[-2:], rest[:-2]) if given.packed else ([], rest)
    arguments = (*tensors[:3], rest, positions, lists, [*captured]), (*options, return_lse, return_lists, packing)
    if kept is None:
        made = call(torch.ops.hip_mlir.stored_attention, *arguments)
    else:
        rows = packing[1].shape[0] if packing else tensors[0].shape[-2]
        torch.ops.hip_mlir.update_summaries(*tensors[1:3], *rest, rows, options[0], *kept)
        made = call(torch.ops.hip_mlir.kept_attention, arguments[0], (*arguments[1], kept[0]))
    if return_lists:
        made = [*made[:-2], (made[-2], made[-1])]
    return made[0] if len(made) == 1 else tuple(made)


def _through_ops(tensors, given, captured, options, return_lse, return_lists, kept=None):
    """The call as one of the ops; tensors are in the order of hip_mlir.attention(), the score reads `captured`, a search
    the summaries `kept`, an array for each size of boxes and whether to check them."""
    if given.layout == "bthd":
        laid_out = range(given.packed, given.laid_out)
        tensors = [x.transpose(-3, -2) if place in laid_out else x for place, x in enumerate(tensors)]
        made = _through_ops(tensors, given._replace(layout="bhtd"), captured, options, return_lse, return_lists, kept)
        if given.packed:
            return made
        if isinstance(made, tuple):
            return (made[0].transpose(-3, -2), *made[1:])
        return made.transpose(-3, -2)
    if given.storage is not None or given.positions or given.packed or captured:
        return _through_stored(tensors, given, captured, options, return_lse, return_lists, kept)
    ops = torch.ops.hip_mlir
    if len(tensors) > 3:
        if return_lists:
            raise UnsupportedError("lists and return_lists=True are given, but lists of the caller are not given back; "
                                   "leave out one of them")
        out, lse = call(ops.attention_over_lists, tensors, options)
        return (out, lse) if return_lse else out
    if not return_lists:
        return call(ops.attention_and_lse if return_lse else ops.attention, tensors, options)
    out, lse, *lists = call(ops.attention_and_lists, tensors, options)
    return (out, lse, tuple(lists)) if return_lse else (out, tuple(lists))


@overload
def attention(query: torch.Tensor, key: torch.Tensor = ..., value: torch.Tensor = ..., policy: PolicyLike = ..., *,
              return_lse: Literal[False] = ..., return_lists: Literal[False] = ...,
              **options: "Unpack[TensorOptions]") -> torch.Tensor: ...
@overload
def attention(query: torch.Tensor, key: torch.Tensor = ..., value: torch.Tensor = ..., policy: PolicyLike = ..., *,
              return_lse: Literal[True], return_lists: Literal[False] = ...,
              **options: "Unpack[TensorOptions]") -> tuple[torch.Tensor, torch.Tensor]: ...
@overload
def attention(query: torch.Tensor, key: torch.Tensor = ..., value: torch.Tensor = ..., policy: PolicyLike = ..., *,
              return_lse: Literal[False] = ..., return_lists: Literal[True],
              **options: "Unpack[TensorOptions]") -> tuple[torch.Tensor, Pair[torch.Tensor]]: ...
@overload
def attention(query: torch.Tensor, key: torch.Tensor = ..., value: torch.Tensor = ..., policy: PolicyLike = ..., *,
              return_lse: Literal[True], return_lists: Literal[True],
              **options: "Unpack[TensorOptions]") -> tuple[torch.Tensor, torch.Tensor, Pair[torch.Tensor]]: ...
@overload
def attention(query: torch.Tensor, key: torch.Tensor = ..., value: torch.Tensor = ..., policy: PolicyLike = ..., *,
              return_lse: bool = ..., return_lists: bool = ...,
              **options: "Unpack[TensorOptions]") -> torch.Tensor | tuple[torch.Tensor | Pair[torch.Tensor], ...]: ...
def attention(query: torch.Tensor, key: torch.Tensor | None = None, value: torch.Tensor | None = None,
              policy: PolicyLike = DENSE, *, sink: SupportsIndex = 128, window: SupportsIndex = 1024,
              causal: bool = True, scale: SupportsFloat | None = None, softcap: SupportsFloat | None = None,
              list_heads: ListHeads = "kv", kv: Paged | Ragged | None = None, q_rows: RaggedRows | None = None,
              positions: Array | None = None, layout: Layout = "bhtd", return_lse: bool = False,
              return_lists: bool = False, lists: Pair[Array] | None = None, summaries: Summaries | PagedSummaries | None = None,
              score_mod: ScoreFunction | ScoreMod | None = None,
              mask_mod: MaskFunction | None = None) -> torch.Tensor | tuple[Array | Pair[Array], ...]:
    """hip_mlir.attention() for tensors, also where PyTorch traces, maps or overrides.

    Arguments, results and errors are those of hip_mlir.attention(). Under torch.autocast the tensors are cast as those
    of PyTorch's attention are, and torch.vmap makes its dimension part of the batch. A score_mod has to be the result
    of hip_mlir.score_mod(), which takes a mask_mod too, when it is compiled. torch.compile follows `summaries` that are a
    hip_mlir.PagedSummaries whose arrays are there; what else traces, maps or overrides has no use for them, and gets the
    same bits.
    """
    if torch.compiler.is_compiling():
        arrays, given = _tensors_of(query, key, value, lists, kv, positions, layout, q_rows)
        tensors = cast(arrays)
        refuse_gradients(tensors)
        score = None if score_mod is None and mask_mod is None else trace(score_mod, mask_mod)
        captured = () if score is None else score.arrays
        options = (str(policy_of("policy", policy)), sink, window, causal, scale, softcap, list_heads,
                   None if score is None else score.text)
        kept = None
        if isinstance(summaries, PagedSummaries) and summaries.arrays:
            checked_summaries(summaries, kv)
            kept = list(dict(zip(summaries.boxes, summaries.arrays)).values()), summaries._check
        return _through_ops(tensors, given, captured, options, return_lse, return_lists, kept)
    if torch._C._is_any_autocast_enabled():
        query, key, value, kv = _cast_all(query, key, value, kv)
    if is_plain(query, *kv) if isinstance(kv, (Paged, Ragged)) else is_plain(query, key, value):
        return _eager(
            query, key, value, policy, sink=sink, window=window, causal=causal, scale=scale, softcap=softcap,
            list_heads=list_heads, kv=kv, q_rows=q_rows, positions=positions, layout=layout, return_lse=return_lse,
            return_lists=return_lists, lists=lists, summaries=summaries, score_mod=score_mod, mask_mod=mask_mod)
    arrays, given = _tensors_of(query, key, value, lists, kv, positions, layout, q_rows)
    policy, *rest, score, return_lse, return_lists = checked_options(
        policy, sink, window, causal, scale, softcap, list_heads, traced(score_mod, mask_mod), return_lse, return_lists)
    check_tensors(arrays, given, policy, list_heads, return_lists)
    captured = () if score is None else score.arrays
    return _through_ops(arrays, given, captured, (str(policy), *rest, score and score.text), return_lse, return_lists)


def _check_sdpa(query, key, value, attn_mask, dropout_p, enable_gqa):
    if attn_mask is not None:
        raise UnsupportedError("attn_mask is given; leave it out and use is_causal, window or "
                               "hip_mlir.attention(score_mod=)")
    if dropout_p:
        raise UnsupportedError(f"dropout_p = {dropout_p}; there is no dropout, give 0")
    if not query.dim() == key.dim() == value.dim() or query.dim() not in (3, 4):
        shapes = [list(x.shape) for x in (query, key, value)]
        raise InvalidError("query, key and value have shapes {}, {} and {}; give [B, H, T, D], or [H, T, D] for all "
                           "three".format(*shapes))
    if not enable_gqa and query.shape[-3] != key.shape[-3]:
        raise InvalidError(f"query has {query.shape[-3]} heads and key {key.shape[-3]}; give "
                           "enable_gqa=True")


def scaled_dot_product_attention(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, attn_mask: None = None,
                                 dropout_p: float = 0.0, is_causal: bool = False, scale: float | None = None,
                                 enable_gqa: bool = False, *, policy: PolicyLike = DENSE, sink: SupportsIndex = 128,
                                 window: SupportsIndex = 1024, softcap: SupportsFloat | None = None,
                                 list_heads: ListHeads = "kv") -> torch.Tensor:
    """torch.nn.functional.scaled_dot_product_attention with a policy.

    query [B, Hq, L, D] or [Hq, L, D], key [B, Hkv, S, D], value [B, Hkv, S, Dv]. As in PyTorch,
    is_causal aligns the first row with the first key; L > S is refused with it. attn_mask has to be
    None and dropout_p 0: NotImplementedError says so. The default policy is exact.
    """
    tensors = query, key, value
    if not torch.compiler.is_compiling() and not are_tensors(tensors, DENSE_KEYS.names):
        return handle_torch_function(
            scaled_dot_product_attention, tensors, *tensors, attn_mask, dropout_p, is_causal, scale, enable_gqa,
            policy=policy, sink=sink, window=window, softcap=softcap, list_heads=list_heads)
    is_causal, enable_gqa = flag("is_causal", is_causal), flag("enable_gqa", enable_gqa)
    _check_sdpa(query, key, value, attn_mask, dropout_p, enable_gqa)
    policy = policy_of("policy", policy)
    query, key, value = map(dense_rows, tensors)
    if is_causal:
        rows = query.shape[-2]
        if rows > key.shape[-2]:
            raise UnsupportedError(f"query has {rows} rows and key {key.shape[-2]}; is_causal needs no "
                                   "fewer keys than rows")
        key, value = key[..., :rows, :], value[..., :rows, :]
    flat = query.dim() == 3
    if flat:
        query, key, value = (x.unsqueeze(0) for x in (query, key, value))
    out = attention(query, key, value, policy, sink=sink, window=window, causal=is_causal, scale=scale,
                    softcap=softcap, list_heads=list_heads)
    return out[0] if flat else out
