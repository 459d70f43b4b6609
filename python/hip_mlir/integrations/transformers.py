"""Attention implementations `hip` and `hip_dense` for transformers.

    from hip_mlir.integrations.transformers import Config, register
    register(Config(window=1024, dense_layers=3))
    model = AutoModelForCausalLM.from_pretrained(name, attn_implementation="hip")

`hip` follows the Config, by default the union of a tree and boxes; `hip_dense` is exact. Both serve
decoder models with dynamic caches, and batches without padding; what they cannot do (masks, padding,
dropout, static caches, output of attention weights) is refused with NotImplementedError, never done
differently.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import bidirectional_mask_function, causal_mask_function

import hip_mlir.torch
from hip_mlir._attention import LIST_HEADS
from hip_mlir._checks import one_of
from hip_mlir._fields import documented
from hip_mlir._policy_text import policy_of
from hip_mlir._steps import Steps, intervals_of
from hip_mlir._torch_rules import cast, dense_rows, is_plain
from hip_mlir.errors import ArgumentTypeError, InvalidError, UnsupportedError
from hip_mlir.policies import HIP, Dense, parts_of
from hip_mlir.typing import ListHeads, Options, PolicyLike

__all__ = ["Config", "register"]


@documented
@dataclass(frozen=True)
class Config:
    """What `hip` does in each layer.

    prefill: policy, or its text, of calls with many query rows; it is kept as a policy.
    decode: the same of calls with one.
    sink: first keys, which are always attended, 0 or more.
    window: last keys, which are always attended, 0 or more.
    list_heads: which query heads share a list, as in hip_mlir.attention().
    refresh: decode steps from one search of trees and stages to the next, 1 or more; boxes are searched in each
        step, by summaries that are kept of old keys (S17b). A tuple has a number for each part of `decode`, in its
        order. Between searches new keys are attended as part of the window (S17). 1 keeps nothing from step to step:
        a model that decodes several sequences in turn, or by beam search, needs that; what torch.compile, other
        traces and modes see is searched in each step.
    dense_layers: so many first layers are exact, 0 or more.
    layers: overrides by layer number, such as {5: {"window": 2048}}; also of layers that dense_layers names.
    """

    prefill: PolicyLike = HIP
    decode: PolicyLike = HIP
    sink: int = 128
    window: int = 1024
    list_heads: ListHeads = "kv"
    refresh: int | tuple[int, ...] = 8
    dense_layers: int = 0
    layers: Mapping[int, Mapping[str, object]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("prefill", "decode"):
            object.__setattr__(self, name, policy_of(name, getattr(self, name)))
        for name, value, least in (("sink", self.sink, 0), ("window", self.window, 0),
                                   ("dense_layers", self.dense_layers, 0),
                                   *(("refresh", value, 1) for value in _numbers(self.refresh))):
            if not isinstance(value, int) or isinstance(value, bool):
                more = " or a tuple of them" if name == "refresh" else ""
                raise ArgumentTypeError(f"{name} is {value!r}; give an int{more}")
            if value < least:
                raise InvalidError(f"{name} = {value}; give {least} or more")
        parts = parts_of(policy_of("decode", self.decode))
        if isinstance(self.refresh, tuple) and len(self.refresh) != len(parts):
            raise InvalidError(f"refresh = {self.refresh} has {len(self.refresh)} numbers, but decode has "
                               f"{len(parts)} parts, {', '.join(map(str, parts))}; give one each")
        one_of("list_heads", self.list_heads, LIST_HEADS)
        for layer in self.layers:
            self.of_layer(layer)

    def of_layer(self, layer: int) -> Config:
        """The Config of one layer, without overrides."""
        known = {f.name for f in fields(self)} - {"layers", "dense_layers"}
        changes: dict[str, Any] = dict(self.layers.get(layer, {}))
        if unknown := set(changes) - known:
            raise InvalidError(f"layer {layer} sets {', '.join(sorted(unknown))}; it can set "
                               f"{', '.join(sorted(known))}")
        if layer < self.dense_layers:
            changes = {"prefill": Dense(), "decode": Dense(), "refresh": 1, **changes}
        return replace(self, layers={}, dense_layers=0, **changes)


def _numbers(refresh: int | tuple[int, ...]) -> tuple[int, ...]:
    return refresh if isinstance(refresh, tuple) else (refresh,)


class Implementation:
    """An attention function of transformers, with one Config for each layer."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.layers: dict[int, Config] = {}
        self.steps: weakref.WeakKeyDictionary[torch.nn.Module, Steps] = weakref.WeakKeyDictionary()

    def layer_config(self, layer: int) -> Config:
        if layer not in self.layers:
            self.layers[layer] = self.config.of_layer(layer)
        return self.layers[layer]

    def __call__(self, module: torch.nn.Module, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor,
                 attention_mask: torch.Tensor | None, dropout: float = 0.0, scaling: float | None = None,
                 is_causal: bool | None = None, softcap: float | None = None, sliding_window: int | None = None,
                 **others: object) -> tuple[torch.Tensor, None]:
        """query [B, Hq, Tq, D], key and value [B, Hkv, Tk, D] -> (out [B, Tq, Hq, D], None)."""
        _refuse(key, attention_mask, dropout, sliding_window, others)
        causal = getattr(module, "is_causal", True) if is_causal is None else bool(is_causal)
        config = self.layer_config(getattr(module, "layer_idx", None) or 0)
        options: Options = {"sink": config.sink, "window": config.window, "causal": causal, "scale": scaling,
                            "softcap": softcap, "list_heads": config.list_heads}
        query, key, value = (dense_rows(x) for x in cast((query, key, value)))
        if query.shape[2] == 1:
            out = self._decode(module, query, key, value, config, options)
        else:
            self.steps.pop(module, None)
            out = hip_mlir.torch.attention(query, key, value, config.prefill, **options)
        return out.transpose(1, 2).contiguous(), None

    def _decode(self, module: torch.nn.Module, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor,
                config: Config, options: Options) -> torch.Tensor:
        policy = policy_of("decode", config.decode)
        intervals = intervals_of(policy, config.refresh)
        compiling = torch.compiler.is_compiling()
        if not compiling:
            policy = policy.chosen(1, key.shape[2])
        if max(_numbers(config.refresh)) == 1 or not policy.makes_lists or compiling or not is_plain(query, key, value):
            return hip_mlir.torch.attention(query, key, value, policy, **options)
        steps = self.steps.get(module)
        if steps is None or steps.options != options:
            steps = self.steps[module] = Steps(policy, intervals, **options)
        out: torch.Tensor = steps(query, key, value)
        return out


def _refuse(key: torch.Tensor, attention_mask: torch.Tensor | None, dropout: float, sliding_window: int | None,
            others: dict[str, object]) -> None:
    if attention_mask is not None:
        raise UnsupportedError("got an attention mask; hip knows causal and full attention without "
                               "padding")
    if dropout:
        raise UnsupportedError(f"dropout = {dropout}; hip has none, use model.eval()")
    if sliding_window is not None and sliding_window < key.shape[2]:
        raise UnsupportedError(f"a layer has sliding_window = {sliding_window}; use another "
                               "implementation for it")
    for name in ("position_bias", "s_aux", "head_mask"):
        if others.get(name) is not None:
            raise UnsupportedError(f"got {name}, which hip does not know")
    if others.get("output_attentions"):
        raise UnsupportedError("output_attentions: hip has no attention weights; use eager")


def _no_padding(attention_mask: torch.Tensor, keys: int) -> None:
    """Raises where a row of the mask [B, keys] hides a key."""
    seen = attention_mask[:, -keys:].all()
    if torch.compiler.is_compiling():
        torch._assert_async(seen, "hip does not know padding")
    elif not seen:
        raise UnsupportedError("a prompt is padded; give prompts of one length, or one at a time")


def make_mask(batch_size: int, q_length: int, kv_length: int, q_offset: int | torch.Tensor = 0, kv_offset: int = 0,
              mask_function: Callable[..., object] = causal_mask_function, attention_mask: torch.Tensor | None = None,
              **_others: object) -> None:
    """The mask interface: None, as hip masks by itself, or NotImplementedError."""
    if mask_function not in (causal_mask_function, bidirectional_mask_function):
        raise UnsupportedError("the model asks for a mask that is neither causal nor full; hip knows no "
                               "other (packed sequences, prefixes, sliding windows)")
    if mask_function is causal_mask_function and (
            isinstance(q_offset, torch.Tensor) or q_offset + q_length != kv_offset + kv_length):
        raise UnsupportedError("the cache is longer than what was seen; use a dynamic cache")
    if attention_mask is not None:
        _no_padding(attention_mask, kv_length)
    return None


def register(config: Config | None = None, *, name: str = "hip") -> Config:
    """Adds the implementations `name` (by config, or Config()) and `name`_dense (exact).

    Registering again replaces them. Returns the Config in use. A model takes one through
    from_pretrained(attn_implementation=) or set_attn_implementation().
    """
    config = Config() if config is None else config
    if not isinstance(config, Config):
        raise ArgumentTypeError(f"config is {config!r}; give a Config")
    exact = Config(prefill=Dense(), decode=Dense())
    for key, each in ((name, config), (f"{name}_dense", exact)):
        AttentionInterface.register(key, _as_function(Implementation(each)))
        AttentionMaskInterface.register(key, make_mask)
    return config


def _as_function(implementation: Implementation) -> Callable[..., tuple[torch.Tensor, None]]:
    def hip_attention(module: torch.nn.Module, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor,
                      attention_mask: torch.Tensor | None, **arguments: Any) -> tuple[torch.Tensor, None]:
        return implementation(module, query, key, value, attention_mask, **arguments)
    return hip_attention
