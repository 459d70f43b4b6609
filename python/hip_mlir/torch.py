"""PyTorch: custom ops that torch.compile traces through, and the face of SDPA.

    import hip_mlir.torch
    out = hip_mlir.torch.attention(q, k, v, policy=hip_mlir.HIP)
    out = hip_mlir.torch.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)

Tensors are [B, H, T, D] as in hip_mlir.attention(). Ops write nothing but their results, do not wait for
the GPU and take memory from PyTorch's allocator: CUDA graphs capture them, after a first call that
compiles. There is no backward pass.
"""

from typing import TYPE_CHECKING, Literal, SupportsFloat, SupportsIndex, overload

import torch

from . import _attention
from ._attention import DENSE
from ._policy_text import parse_policy, policy_of
from .errors import InvalidError, UnsupportedError
from .tracing import ScoreMod, score_mod as trace
from .typing import Array, ListHeads, Pair, PolicyLike, ScoreFunction, TensorOptions

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["attention", "scaled_dot_product_attention"]


def _run(query, key, value, policy, sink, window, causal, scale, softcap, list_heads, score, **more):
    with torch.no_grad():
        return _attention.attention(
            query, key, value, parse_policy(policy), sink=sink, window=window, causal=causal, scale=scale,
            softcap=softcap, list_heads=list_heads, score_mod=ScoreMod(score) if score else None, **more)


def _out_like(query, value):
    return query.new_empty((*query.shape[:-1], value.shape[-1]))


def _lists_like(query, key, policy, list_heads):
    policy = parse_policy(policy)
    heads = {"query": query.shape[-3], "kv": key.shape[-3], "all": 1}[list_heads]
    rows = (query.shape[-2] + policy.list_block_q - 1) // policy.list_block_q
    shape = (*query.shape[:-3], heads, rows)
    return (query.new_empty((*shape, policy.list_length(key.shape[-2])), dtype=torch.int32),
            query.new_empty(shape, dtype=torch.int32))


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


def _traced(query, key, value, options, return_lse, return_lists, lists):
    """The call as ops in a graph."""
    if lists is not None:
        if return_lists:
            raise UnsupportedError("takes lists or return_lists under torch.compile, not both")
        out, lse = torch.ops.hip_mlir.attention_over_lists(query, key, value, *lists, *options)
        return (out, lse) if return_lse else out
    if not return_lists:
        name = "attention_and_lse" if return_lse else "attention"
        return getattr(torch.ops.hip_mlir, name)(query, key, value, *options)
    out, lse, *lists = torch.ops.hip_mlir.attention_and_lists(query, key, value, *options)
    return (out, lse, tuple(lists)) if return_lse else (out, tuple(lists))


@overload
def attention(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, policy: PolicyLike = ..., *,
              return_lse: Literal[False] = ..., return_lists: Literal[False] = ...,
              **options: "Unpack[TensorOptions]") -> torch.Tensor: ...
@overload
def attention(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, policy: PolicyLike = ..., *,
              return_lse: Literal[True], return_lists: Literal[False] = ...,
              **options: "Unpack[TensorOptions]") -> tuple[torch.Tensor, torch.Tensor]: ...
@overload
def attention(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, policy: PolicyLike = ..., *,
              return_lse: Literal[False] = ..., return_lists: Literal[True],
              **options: "Unpack[TensorOptions]") -> tuple[torch.Tensor, Pair[torch.Tensor]]: ...
@overload
def attention(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, policy: PolicyLike = ..., *,
              return_lse: Literal[True], return_lists: Literal[True],
              **options: "Unpack[TensorOptions]") -> tuple[torch.Tensor, torch.Tensor, Pair[torch.Tensor]]: ...
@overload
def attention(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, policy: PolicyLike = ..., *,
              return_lse: bool = ..., return_lists: bool = ...,
              **options: "Unpack[TensorOptions]") -> torch.Tensor | tuple[torch.Tensor | Pair[torch.Tensor], ...]: ...
def attention(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, policy: PolicyLike = DENSE, *,
              sink: SupportsIndex = 128, window: SupportsIndex = 1024, causal: bool = True,
              scale: SupportsFloat | None = None, softcap: SupportsFloat | None = None, list_heads: ListHeads = "kv",
              return_lse: bool = False, return_lists: bool = False, lists: Pair[Array] | None = None,
              score_mod: ScoreFunction | ScoreMod | None = None) -> torch.Tensor | tuple[Array | Pair[Array], ...]:
    """hip_mlir.attention() for tensors [B, H, T, D], also inside torch.compile(fullgraph=True) and torch.jit.trace().

    Arguments, results and errors are those of hip_mlir.attention(). A score_mod has to be the result of
    hip_mlir.score_mod() when it is compiled.
    """
    if not torch.compiler.is_compiling() and not torch.jit.is_tracing():
        return _attention.attention(
            query, key, value, policy, sink=sink, window=window, causal=causal, scale=scale, softcap=softcap,
            list_heads=list_heads, return_lse=return_lse, return_lists=return_lists, lists=lists,
            score_mod=score_mod)
    score = None if score_mod is None else trace(score_mod).text
    options = (str(policy_of("policy", policy)), sink, window, causal, scale, softcap, list_heads, score)
    return _traced(query, key, value, options, return_lse, return_lists, lists)


def _check_sdpa(query, key, attn_mask, dropout_p, enable_gqa):
    if attn_mask is not None:
        raise UnsupportedError("attn_mask is given; leave it out and use is_causal, window or "
                               "hip_mlir.attention(score_mod=)")
    if dropout_p:
        raise UnsupportedError(f"dropout_p = {dropout_p}; there is no dropout, give 0")
    if query.dim() not in (3, 4):
        raise InvalidError(f"query has shape {list(query.shape)}; give [B, H, T, D] or [H, T, D]")
    if not enable_gqa and query.shape[-3] != key.shape[-3]:
        raise InvalidError(f"query has {query.shape[-3]} heads and key {key.shape[-3]}; give "
                           "enable_gqa=True")


def dense_rows(tensor: torch.Tensor) -> torch.Tensor:
    """The tensor, or a copy whose last dimension is contiguous."""
    return tensor if tensor.stride(-1) == 1 else tensor.contiguous()


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
    _check_sdpa(query, key, attn_mask, dropout_p, enable_gqa)
    policy = policy_of("policy", policy)
    query, key, value = map(dense_rows, (query, key, value))
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
