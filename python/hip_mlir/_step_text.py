"""The program of a decode step as MLIR text: search, unite, attend (S17)."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from .policies import STATIC_ENTRIES, Policy, parts_of


@functools.lru_cache(maxsize=256)
def step_text(policy: Policy, due: tuple[bool, ...], *sizes: Any, **options: Any) -> str:
    """The module of a step that searches the parts which are `due`, and has lists of the others.

    sizes: element type, query and KV heads, head size of keys and of values. The function takes q, k and v;
    the keys to search, if a part is due; the summaries of each part that is, one a level of boxes; blocks and counts of
    each part that is not; where the band starts; the scale, unless it is None. It gives the attention, then blocks and counts of each part that is due.
    """
    return _Step(policy, due, *sizes, **options).text()


class _Step:
    def __init__(self, policy: Policy, due: tuple[bool, ...], kind: str, heads: int, kv_heads: int, size: int,
                 value_size: int, *, sink: int, window: int, causal: bool, scale: float | None, softcap: float | None,
                 list_heads: str) -> None:
        self.policy, self.due, self.parts = policy, due, parts_of(policy)
        self.scale, self.softcap = scale, softcap
        self.q, self.out = (f"tensor<?x{heads}x1x{each}x{kind}>" for each in (size, value_size))
        self.k, self.v = (f"tensor<?x{kv_heads}x?x{each}x{kind}>" for each in (size, value_size))
        self.summary = f"tensor<?x{kv_heads}x?x2x{size}x{kind}>"
        lists = {"query": heads, "kv": kv_heads, "all": 1}[list_heads]
        self.list = f"tensor<?x{lists}x1"
        self.counts, self.start = f"{self.list}xi32>", "tensor<?x1xi32>"
        causality = ", causal" if causal else ""
        self.search_options = (f"{{sink = {sink} : i64, window = {window} : i64{causality}, "
                               f"heads = #hip.heads<{list_heads}>}}")
        self.band = (f"band #hip.band<block_q = {policy.block_q}, chunk = {policy.chunk}, sink = {sink}, "
                     f"window = {window}, causal = {'true' if causal else 'false'}>")
        self.blocks_of = f"block_q = {policy.list_block_q} : i64, block_k = {policy.block_k} : i64"
        self.lines: list[str] = []

    def blocks(self, policy: Policy) -> str:
        """The type of a list of blocks."""
        return f"{self.list}x{room_of(policy) or '?'}xi32>"

    def room(self, name: str, policy: Policy) -> str:
        """The outs of an op that makes a list."""
        sizes = "%batch"
        if room_of(policy) is None:
            sizes += f", %{name}_room"
            self.lines += [f"%{name}_size = arith.constant {policy.block_k} : index",
                           f"%{name}_room = arith.ceildivui %keys, %{name}_size : index"]
        self.lines += [f"%{name}_blocks = tensor.empty({sizes}) : {self.blocks(policy)}",
                       f"%{name}_counts = tensor.empty(%batch) : {self.counts}"]
        return f"outs(%{name}_blocks, %{name}_counts : {self.blocks(policy)}, {self.counts})"

    def search(self, name: str, part: Policy) -> tuple[str, str]:
        outs = self.room(name, part)
        names, types = (", ".join(column) for column in zip(*self.summaries(name, part))) if part.boxes else ("", "")
        given = f"summaries({names} : {types}) " if part.boxes else ""
        self.lines.append(f"%{name}:2 = hip.prune ins(%q, %searched : {self.q}, {self.k}) {given}{outs} policy #hip.{part} "
                          f"{self.search_options} -> {self.blocks(part)}, {self.counts}")
        return f"%{name}#0", f"%{name}#1"

    def summaries(self, name: str, part: Policy) -> list[tuple[str, str]]:
        """Names and types of one a level of boxes."""
        return [(f"%{name}_summary{level}", self.summary) for level in range(len(part.boxes))]

    def unite(self, found: Sequence[tuple[str, str]]) -> tuple[str, str]:
        """The list of all parts, which is made if there are several."""
        if len(found) == 1:
            return found[0]
        outs = self.room("union", self.policy)
        lists, counts = (", ".join(names) for names in zip(*found))
        types, sizes = map(self.blocks, self.parts), (str(part.block_k) for part in self.parts)
        self.lines.append(
            f"%union:2 = hip.union ins(%q, %k : {self.q}, {self.k}) lists({lists} : {', '.join(types)}) "
            f"counts({counts} : {', '.join([self.counts] * len(found))}) band_start(%start : {self.start}) {outs} "
            f"{self.band} {{{self.blocks_of}, list_block_k = array<i64: {', '.join(sizes)}>}} "
            f"-> {self.blocks(self.policy)}, {self.counts}")
        return "%union#0", "%union#1"

    def attend(self, blocks: str, counts: str) -> None:
        scale = "" if self.scale is None else " scale(%scale : f32)"
        softcap = "" if self.softcap is None else f", softcap = {self.softcap:.17e} : f32"
        self.lines += [
            f"%room = tensor.empty(%batch) : {self.out}",
            f"%out = hip.block_sparse_attention ins(%q, %k, %v : {self.q}, {self.k}, {self.v}) "
            f"list({blocks}, {counts} : {self.blocks(self.policy)}, {self.counts}) "
            f"band_start(%start : {self.start}){scale} outs(%room : {self.out}) {self.band} "
            f"{{{self.blocks_of}{softcap}}} -> {self.out}"]

    def text(self) -> str:
        arguments, results = [("%q", self.q), ("%k", self.k), ("%v", self.v)], [("%out", self.out)]
        if any(self.due):
            arguments.append(("%searched", self.k))
        for place, (part, searches) in enumerate(zip(self.parts, self.due)):
            arguments += self.summaries(f"new{place}", part) if searches else []
        found: list[tuple[str, str]] = []
        for place, (part, searches) in enumerate(zip(self.parts, self.due)):
            found.append(self.search(f"new{place}", part) if searches else
                         (f"%old{place}_blocks", f"%old{place}_counts"))
            (results if searches else arguments).extend(zip(found[-1], (self.blocks(part), self.counts)))
        self.attend(*self.unite(found))
        arguments.append(("%start", self.start))
        if self.scale is not None:
            arguments.append(("%scale", "f32"))
        return self.function(arguments, results)

    def function(self, arguments: Sequence[tuple[str, str]], results: Sequence[tuple[str, str]]) -> str:
        names, types = (", ".join(column) for column in zip(*results))
        body = "\n  ".join(["%c0 = arith.constant 0 : index", "%c2 = arith.constant 2 : index",
                            f"%batch = tensor.dim %q, %c0 : {self.q}", f"%keys = tensor.dim %k, %c2 : {self.k}",
                            *self.lines, f"return {names} : {types}"])
        return f"func.func @step({', '.join(map(': '.join, arguments))}) -> ({types}) {{\n  {body}\n}}\n"


def room_of(policy: Policy) -> int | None:
    """Places of a list; None where all blocks there are have one (S16)."""
    kept = policy.kept_keys
    return None if kept is None or kept // policy.block_k > STATIC_ENTRIES else kept // policy.block_k
