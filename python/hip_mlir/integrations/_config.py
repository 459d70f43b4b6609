"""What attention does in each layer of a model: the settings that all integrations share."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from hip_mlir._attention import LIST_HEADS
from hip_mlir._checks import flag, one_of
from hip_mlir._fields import documented
from hip_mlir._policy_text import policy_of
from hip_mlir.errors import ArgumentTypeError, InvalidError
from hip_mlir.policies import HIP, Dense, parts_of
from hip_mlir.typing import ListHeads, PolicyLike

# Where servers, which start processes of their own, find the settings.
ENVIRONMENT = "HIP_MLIR_CONFIG"


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
    summaries: whether servers keep summaries beside their pages, where these have 16 rows or more (in generate_batch 32),
        for the boxes that decode steps search (S17b).
    """

    prefill: PolicyLike = HIP
    decode: PolicyLike = HIP
    sink: int = 128
    window: int = 1024
    list_heads: ListHeads = "kv"
    refresh: int | tuple[int, ...] = 8
    dense_layers: int = 0
    layers: Mapping[int, Mapping[str, object]] = field(default_factory=dict)
    summaries: bool = True

    def __post_init__(self) -> None:
        for name in ("prefill", "decode"):
            object.__setattr__(self, name, policy_of(name, getattr(self, name)))
        for name, value, least in (("sink", self.sink, 0), ("window", self.window, 0),
                                   ("dense_layers", self.dense_layers, 0),
                                   *(("refresh", value, 1) for value in numbers(self.refresh))):
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
        flag("summaries", self.summaries)
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


def numbers(refresh: int | tuple[int, ...]) -> tuple[int, ...]:
    return refresh if isinstance(refresh, tuple) else (refresh,)


def served_config() -> Config:
    """The Config of $HIP_MLIR_CONFIG, a JSON object of its fields such as {"window": 2048}, or Config()."""
    text = os.environ.get(ENVIRONMENT, "{}")
    try:
        given = json.loads(text)
    except ValueError as error:
        raise InvalidError(f"${ENVIRONMENT} is no JSON: {error}; give an object such as {{\"window\": 2048}}") from None
    known = [each.name for each in fields(Config)]
    if not isinstance(given, dict) or not set(given) <= set(known):
        raise InvalidError(f"${ENVIRONMENT} is {text}; give a JSON object of {', '.join(known)}")
    if "layers" in given:
        layers = given["layers"]
        if not isinstance(layers, dict) or not all(map(str.isdecimal, layers)):
            raise InvalidError(f"layers of ${ENVIRONMENT} is {layers}; give an object of layer numbers, as {{\"5\": {{}}}}")
        given["layers"] = {int(layer): changes for layer, changes in layers.items()}
    if isinstance(given.get("refresh"), list):
        given["refresh"] = tuple(given["refresh"])
    return Config(**given)
