"""Attention implementations `hip` and `hip_dense` for transformers.

    from hip_mlir.integrations.transformers import Config, register
    register(Config(window=1024, dense_layers=3))
    model = AutoModelForCausalLM.from_pretrained(name, attn_implementation="hip")

`hip` follows the Config, by default the union of a tree and boxes; `hip_dense` is exact. Layers of a model that have a
sliding window are exact in both. Dynamic and static caches, padded batches, soft-caps and the sink logits of GPT-OSS
are known; what they cannot do (other masks, dropout, output of attention weights) is refused with NotImplementedError,
never done differently.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface

import hip_mlir.torch
from hip_mlir._attention import LIST_HEADS
from hip_mlir._checks import one_of
from hip_mlir._fields import documented
from hip_mlir._policy_text import policy_of
from hip_mlir._score_mods import ScoreMod, score_mod
from hip_mlir._steps import Steps, intervals_of
from hip_mlir._torch_rules import cast, dense_rows, is_plain
from hip_mlir.errors import ArgumentTypeError, InvalidError, UnsupportedError
from hip_mlir.integrations._masks import Places, make_mask, places_of
from hip_mlir.policies import HIP, Dense, Policy, Window, parts_of
from hip_mlir.tracing import Value, tanh, where
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
                 s_aux: torch.Tensor | None = None, **others: object) -> tuple[torch.Tensor, None]:
        """query [B, Hq, Tq, D], key and value [B, Hkv, Tk, D] -> (out [B, Tq, Hq, D], None).

        attention_mask: None, or what make_mask() gave. sliding_window: keys that a row sees, with its own; None in layers
        that have none. s_aux: [Hq], a logit of each head that has no value.
        """
        _refuse(dropout, others)
        places = places_of(attention_mask)
        causal = getattr(module, "is_causal", True) if is_causal is None else bool(is_causal)
        config = self.layer_config(getattr(module, "layer_idx", None) or 0)
        options: Options = {"sink": config.sink, "window": config.window, "causal": causal, "scale": scaling,
                            "softcap": softcap, "list_heads": config.list_heads}
        query, key, value = (dense_rows(x) for x in cast((query, key, value)))
        step = query.shape[2] == 1
        if not step:
            self.steps.pop(module, None)
        if sliding_window is not None:
            out = _attend(query, key, value, *_exact_window(sliding_window, query, key, options), places, s_aux)
        elif step and places is None and s_aux is None:
            out = self._decode(module, query, key, value, config, options)
        else:
            policy = policy_of("decode", config.decode) if step else policy_of("prefill", config.prefill)
            out = _attend(query, key, value, policy, options, places, s_aux)
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


def _attend(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, policy: Policy,
            options: Mapping[str, Any], places: Places | None, sinks: torch.Tensor | None) -> torch.Tensor:
    """One call; query, key, value and the result are [B, H, T, D]."""
    keys: dict[str, Any] = {"key": key, "value": value}
    if places is not None:
        query, keys = places.moved(query), {"kv": places.stored(key, value), "positions": places.positions}
    if sinks is None:
        out: torch.Tensor = hip_mlir.torch.attention(query, policy=policy, **keys, **options)
    else:
        out, lse = hip_mlir.torch.attention(query, policy=policy, return_lse=True, **keys, **options)
        # Of the sum of weights this is the part that has values.
        out = (out * torch.sigmoid(lse - sinks.float()[:, None])[..., None]).to(out.dtype)
    return out if places is None else places.moved(out, back=True)


def _exact_window(window: int, query: torch.Tensor, key: torch.Tensor,
                  options: Mapping[str, Any]) -> tuple[Policy, Mapping[str, Any]]:
    """Policy and options by which a row sees its own key and the window - 1 before it."""
    if window >= key.shape[2]:
        return Dense(), options
    if not options["causal"]:
        raise UnsupportedError(f"a layer has sliding_window = {window} and is not causal; use another implementation for "
                               "it")
    exact = {**options, "sink": 0, "window": window}
    if query.shape[2] < key.shape[2] or torch.compiler.is_compiling():
        # The band of a query block of one row is the window (S3).
        return Window(block_q=1), exact
    # Rows are keys: those of a block share a band, which is masked to the window of each.
    return Window(), {**exact, "softcap": None, "score_mod": _window_of(window, options["softcap"])}


@cache
def _window_of(window: int, softcap: float | None) -> ScoreMod:
    def sliding(score: Value, b: Value, h: Value, i: Value, j: Value) -> Value:
        return where(i - j < window, score if softcap is None else softcap * tanh(score / softcap), -math.inf)
    return score_mod(sliding)


def _refuse(dropout: float, others: dict[str, object]) -> None:
    if dropout:
        raise UnsupportedError(f"dropout = {dropout}; hip has none, use model.eval()")
    for name in ("position_bias", "head_mask"):
        if others.get(name) is not None:
            raise UnsupportedError(f"got {name}, which hip does not know")
    if others.get("output_attentions"):
        raise UnsupportedError("output_attentions: hip has no attention weights; use eager")


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
