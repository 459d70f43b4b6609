"""Calls of a layer's attention: policy and options of each, sliding windows and sink logits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import Any

import torch

import hip_mlir.torch
from hip_mlir._paged_summaries import PagedSummaries
from hip_mlir._policy_text import policy_of
from hip_mlir._score_mods import ScoreMod, score_mod
from hip_mlir._storage import Paged
from hip_mlir.errors import UnsupportedError
from hip_mlir.integrations._batches import Call
from hip_mlir.integrations._config import Config
from hip_mlir.integrations._kept import keys_with
from hip_mlir.policies import Dense, Policy, Window
from hip_mlir.tracing import Value, tanh, where
from hip_mlir.typing import Options


def options_of(config: Config, causal: bool, scale: float | None, softcap: float | None) -> Options:
    """Options of hip_mlir.attention() for a layer of a model."""
    return {"sink": config.sink, "window": config.window, "causal": causal, "scale": scale, "softcap": softcap,
            "list_heads": config.list_heads}


def policy_for(config: Config, step: bool) -> Policy:
    """The policy of a layer, of a decode step or of more rows."""
    return policy_of("decode", config.decode) if step else policy_of("prefill", config.prefill)


def attend(query: torch.Tensor, keys: Mapping[str, Any], policy: Policy, options: Mapping[str, Any],
           sinks: torch.Tensor | None) -> torch.Tensor:
    """One call; keys: `key` and `value`, or `kv`, and what else goes with them. sinks: [Hq], logits without values.

    Query and result are of the layout of the options, or [N, Hq, D] where the keys say whose rows they are (q_rows).
    """
    if sinks is None:
        plain: torch.Tensor = hip_mlir.torch.attention(query, policy=policy, **keys, **options)
        return plain
    out, lse = hip_mlir.torch.attention(query, policy=policy, return_lse=True, **keys, **options)
    # Of the sum of weights this is the part that has values.
    share = torch.sigmoid(lse - sinks.float()[:, None])
    if options.get("layout") == "bthd":
        share = share.transpose(-1, -2)
    weighed: torch.Tensor = (out * share[..., None]).to(out.dtype)
    return weighed


def exact_window(window: int, rows: int, keys: int | None,
                 options: Mapping[str, Any]) -> tuple[Policy, Mapping[str, Any]]:
    """Policy and options by which a row sees its own key and the window - 1 before it.

    keys: how many there are, None where only the device knows.
    """
    if keys is not None and window >= keys:
        return Dense(), options
    if not options["causal"]:
        raise UnsupportedError(f"a layer has sliding_window = {window} and is not causal; use another implementation for "
                               "it")
    exact = {**options, "sink": 0, "window": window}
    if rows != keys or torch.compiler.is_compiling():
        # The band of a query block of one row is the window (S3).
        return Window(block_q=1), exact
    # Rows are keys: those of a block share a band, which is masked to the window of each.
    return Window(), {**exact, "softcap": None, "score_mod": _window_of(window, options["softcap"])}


def packed_window(window: int, keys: Mapping[str, Any], longest: int | None,
                  options: Mapping[str, Any]) -> tuple[Policy, Mapping[str, Any]]:
    """The same of packed queries (keys has kv and q_rows), of which no request has more keys than `longest`."""
    rows: Any = keys["q_rows"].most
    policy, exact = exact_window(window, rows, longest, options)
    if isinstance(policy, Dense):
        return policy, exact
    kv: Any = keys["kv"]
    lengths = kv.lengths if isinstance(kv, Paged) else kv.offsets.diff()
    sliding = _placed_window(window, options["softcap"])
    places = lengths - keys["q_rows"].offsets.diff()
    return Window(), {**exact, "softcap": None, "score_mod": ScoreMod(sliding.text, sliding.name, (places,))}


def call_of(config: Config, options: Mapping[str, Any], window: int | None, sinks: torch.Tensor | None,
            summaries: PagedSummaries | None = None) -> Call:
    """What a layer of this Config does with the rows of one or more requests.

    window: keys that a row of it sees. summaries: those beside the pages of its keys, where it keeps them and has no window.
    """
    def call(query: torch.Tensor, keys: Mapping[str, Any], longest: int | None = None) -> torch.Tensor:
        packed = "q_rows" in keys
        rows = keys["q_rows"].most if packed else query.shape[1]
        policy, chosen = policy_for(config, rows == 1), options
        if longest is not None:
            policy = policy.chosen(rows, longest)
        if window is not None and packed:
            policy, chosen = packed_window(window, keys, longest, options)
        elif window is not None:
            policy, chosen = exact_window(window, rows, longest, options)
        elif summaries is not None:
            keys = keys_with(summaries, policy, keys, rows)
        return attend(query, keys, policy, {**chosen, "layout": "bthd"}, sinks)
    return call


@cache
def _window_of(window: int, softcap: float | None) -> ScoreMod:
    def sliding(score: Value, b: Value, h: Value, i: Value, j: Value) -> Value:
        return where(i - j < window, score if softcap is None else softcap * tanh(score / softcap), -math.inf)
    return score_mod(sliding)


@cache
def _placed_window(window: int, softcap: float | None) -> ScoreMod:
    """The same where the first row of each entry is at another key: its array has which, [B]."""
    places: Any = torch.zeros(1, dtype=torch.int32)

    def sliding(score: Value, b: Value, h: Value, i: Value, j: Value) -> Value:
        return where(places[b] + i - j < window, score if softcap is None else softcap * tanh(score / softcap), -math.inf)
    return score_mod(sliding)
