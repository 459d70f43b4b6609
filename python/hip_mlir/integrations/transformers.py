"""Attention implementations `hip` and `hip_dense` for transformers.

    from hip_mlir.integrations.transformers import Config, register
    register(Config(window=1024, dense_layers=3))
    model = AutoModelForCausalLM.from_pretrained(name, attn_implementation="hip")

`hip` follows the Config, by default the union of a tree and boxes; `hip_dense` is exact. Layers of a model that have a
sliding window are exact in both. Dynamic and static caches, padded batches, soft-caps, the sink logits of GPT-OSS and,
by serving(), continuous batching are known; what they cannot do (other masks, dropout, output of attention weights) is
refused with NotImplementedError, never done differently.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface

import hip_mlir.torch
from hip_mlir._policy_text import policy_of
from hip_mlir._steps import Steps, intervals_of
from hip_mlir._torch_rules import cast, dense_rows, is_plain
from hip_mlir.errors import ArgumentTypeError, UnsupportedError
from hip_mlir.integrations._calls import attend, call_of, exact_window, options_of, policy_for
from hip_mlir.integrations._config import Config, numbers
from hip_mlir.integrations._continuous import attend_requests, registered, serving
from hip_mlir.integrations._masks import Places, make_mask, places_of
from hip_mlir.policies import Dense, Policy
from hip_mlir.typing import Options

__all__ = ["Config", "register", "serving"]


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
        causal = getattr(module, "is_causal", True) if is_causal is None else bool(is_causal)
        layer = getattr(module, "layer_idx", None) or 0
        config = self.layer_config(layer)
        options = options_of(config, causal, scaling, softcap)
        query, key, value = (dense_rows(x) for x in cast((query, key, value)))
        if others.get("cu_seq_lens_q") is not None:
            call = partial(call_of, config, options, sliding_window, s_aux)
            return attend_requests(query, key, value, call, layer, config, **others), None
        places = places_of(attention_mask)
        step = query.shape[2] == 1
        if not step:
            self.steps.pop(module, None)
        if sliding_window is not None:
            window = exact_window(sliding_window, query.shape[2], key.shape[2], options)
            out = _attend(query, key, value, *window, places, s_aux)
        elif step and places is None and s_aux is None:
            out = self._decode(module, query, key, value, config, options)
        else:
            out = _attend(query, key, value, policy_for(config, step), options, places, s_aux)
        return out.transpose(1, 2).contiguous(), None

    def _decode(self, module: torch.nn.Module, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor,
                config: Config, options: Options) -> torch.Tensor:
        policy = policy_of("decode", config.decode)
        intervals = intervals_of(policy, config.refresh)
        compiling = torch.compiler.is_compiling()
        if not compiling:
            policy = policy.chosen(1, key.shape[2])
        if max(numbers(config.refresh)) == 1 or not policy.makes_lists or compiling or not is_plain(query, key, value):
            return hip_mlir.torch.attention(query, key, value, policy, **options)
        steps = self.steps.get(module)
        if steps is None or steps.options != options:
            steps = self.steps[module] = Steps(policy, intervals, **options)
        out: torch.Tensor = steps(query, key, value)
        return out


def _attend(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, policy: Policy,
            options: Mapping[str, Any], places: Places | None, sinks: torch.Tensor | None) -> torch.Tensor:
    """One call; query, key, value and the result are [B, H, T, D]."""
    if places is None:
        return attend(query, {"key": key, "value": value}, policy, options, sinks)
    keys = {"kv": places.stored(key, value), "positions": places.positions}
    return places.moved(attend(places.moved(query), keys, policy, options, sinks), back=True)


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
        registered.add(key)
    return config


def _as_function(implementation: Implementation) -> Callable[..., tuple[torch.Tensor, None]]:
    def hip_attention(module: torch.nn.Module, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor,
                      attention_mask: torch.Tensor | None, **arguments: Any) -> tuple[torch.Tensor, None]:
        return implementation(module, query, key, value, attention_mask, **arguments)
    return hip_attention
