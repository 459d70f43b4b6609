"""The programs of a report as MLIR text: what a policy attends in blocks of query rows, and what dense attention does
in some rows. A block, or a row, is an entry of the batch with a position of its own, so that one call has all of
them, on each device."""

from __future__ import annotations

import functools

from ._step_text import room_of
from .policies import Policy

# Element type, query and KV heads, head size of keys and of values.
Sizes = tuple[str, int, int, int, int]


class _Text:
    """A function of q [N, Hq, rows, D], k and v [N, Hkv, Tk, D], positions [N] and the scale."""

    def __init__(self, kind: str, heads: int, kv_heads: int, size: int, value_size: int, rows: int | str, causal: bool,
                 softcap: float | None) -> None:
        self.heads, self.rows = heads, rows
        self.q, self.out = (f"tensor<?x{heads}x{rows}x{each}x{kind}>" for each in (size, value_size))
        self.k, self.v = (f"tensor<?x{kv_heads}x?x{each}x{kind}>" for each in (size, value_size))
        self.lse = f"tensor<?x{heads}x{rows}xf32>"
        self.sizes = "%n, %r" if rows == "?" else "%n"
        self.causal = ", causal" if causal else ""
        self.softcap = "" if softcap is None else f", softcap = {softcap:.17e} : f32"
        self.lines: list[str] = []
        self.results: list[tuple[str, str]] = []

    def empty(self, name: str, of: str, sizes: str = "%n") -> str:
        self.lines.append(f"%{name}_empty = tensor.empty({sizes}) : {of}")
        return f"%{name}_empty"

    def attend(self, op: str, inputs: str, rest: str) -> None:
        """An attention with its lse, of `inputs` (text, types) after q, k and v."""
        outs = f"{self.empty('out', self.out, self.sizes)}, {self.empty('lse', self.lse, self.sizes)}"
        types = f"{self.out}, {self.lse}"
        self.lines.append(f"%attended:2 = {op} ins(%q, %k, %v : {self.q}, {self.k}, {self.v}){inputs} "
                          f"positions(%p : tensor<?xi32>) scale(%s : f32) outs({outs} : {types}) {rest} -> {types}")
        self.results += [("%attended#0", self.out), ("%attended#1", self.lse)]

    def text(self) -> str:
        names, types = (", ".join(column) for column in zip(*self.results))
        body = "\n  ".join(["%c0 = arith.constant 0 : index", "%c2 = arith.constant 2 : index",
                            f"%n = tensor.dim %q, %c0 : {self.q}", f"%t = tensor.dim %k, %c2 : {self.k}",
                            f"%r = tensor.dim %q, %c2 : {self.q}", *self.lines, f"return {names} : {types}"])
        return (f"func.func @report(%q: {self.q}, %k: {self.k}, %v: {self.v}, %p: tensor<?xi32>, %s: f32) "
                f"-> ({types}) {{\n  {body}\n}}\n")


@functools.lru_cache(maxsize=256)
def exact_text(sizes: Sizes, top: int, causal: bool, softcap: float | None) -> str:
    """The module of dense attention and of a search for the best keys, in rows.

    sizes: element type, query and KV heads, head size of keys and of values. It gives out, lse, and the ranges
    (key, 1) of the `top` greatest scores and of the greatest. hip-run attention --report compiles the same.
    """
    made = _Exact(*sizes, 1, causal, softcap)
    made.attend("hip.attention", "", "policy #hip.dense<block_q = 1> "
                f"{{sink = 0 : i64, window = 0 : i64{made.causal}{made.softcap}}}")
    made.list_all()
    made.score("all", "?")
    made.select("top", "all", "?", top)
    made.score("top", top)
    made.select("best", "top", top, 1)
    made.results += [("%top#0", made.ranges(top)), ("%best#0", made.ranges(1))]
    return made.text()


class _Exact(_Text):
    @property
    def counts(self) -> str:
        return f"tensor<?x{self.heads}x1xi32>"

    def ranges(self, count: int | str) -> str:
        return f"tensor<?x{self.heads}x1x{count}x2xi32>"

    def scores(self, count: int | str) -> str:
        return f"tensor<?x{self.heads}x1x{count}xf32>"

    def list_all(self) -> None:
        """Each key that a row sees is a range."""
        types = f"{self.ranges('?')}, {self.counts}"
        outs = f"{self.empty('all', self.ranges('?'), '%n, %t')}, {self.empty('seen', self.counts)}"
        causal = "true" if self.causal else "false"
        self.lines.append(
            f"%all:2 = hip.partition ins(%q, %k : {self.q}, {self.k}) positions(%p : tensor<?xi32>) "
            f"outs({outs} : {types}) band #hip.band<block_q = 1, chunk = 1, sink = 0, window = 0, causal = {causal}> "
            f"{{granule = 1 : i64, size = 1 : i64}} -> {types}")

    def score(self, name: str, count: int | str) -> None:
        """NAME_score of the ranges NAME."""
        to = self.scores(count)
        out = self.empty(f"{name}_score", to, "%n, %t" if count == "?" else "%n")
        self.lines.append(f"%{name}_score = hip.score ins(%q, %k, %{name}#0, %{name}#1 : {self.q}, {self.k}, "
                          f"{self.ranges(count)}, {self.counts}) outs({out} : {to}) "
                          f"{{block_q = 1 : i64, granule = 1 : i64}} -> {to}")

    def select(self, name: str, of: str, count: int | str, keep: int) -> None:
        """The `keep` ranges that have the greatest scores."""
        types = f"{self.ranges(keep)}, {self.counts}"
        outs = f"{self.empty(name, self.ranges(keep))}, {self.empty(f'{name}_count', self.counts)}"
        self.lines.append(f"%{name}:2 = hip.select ins(%{of}#0, %{of}#1, %{of}_score : {self.ranges(count)}, "
                          f"{self.counts}, {self.scores(count)}) outs({outs} : {types}) {{keep = {keep} : i64}} "
                          f"-> {types}")


@functools.lru_cache(maxsize=256)
def kept_text(sizes: Sizes, policy: Policy, causal: bool, softcap: float | None, sink: int, window: int,
              list_heads: str) -> str:
    """The module of a policy's attention in blocks of query rows: out, lse and, if it makes lists, blocks and
    counts."""
    made = _Kept(*sizes, "?", causal, softcap)
    made.options = f"sink = {sink} : i64, window = {window} : i64{made.causal}, heads = #hip.heads<{list_heads}>"
    if policy.makes_lists:
        made.search(policy, {"query": sizes[1], "kv": sizes[2], "all": 1}[list_heads])
        made.attend_lists(policy, sink, window)
    else:
        # Tiles of dense attention are the chip's where a policy leaves them open, which no result shows.
        name = str(policy) if policy.block_q else f"{policy.NAME}<block_q = {ROWS}>"
        made.attend("hip.attention", "", f"policy #hip.{name} {{{made.options}{made.softcap}}}")
    return made.text()


# Query rows of tiles that a policy leaves open.
ROWS = 64


class _Kept(_Text):
    options: str

    def search(self, policy: Policy, heads: int) -> None:
        room = room_of(policy)
        self.counts = f"tensor<?x{heads}x?xi32>"
        self.blocks = f"tensor<?x{heads}x?x{'?' if room is None else room}xi32>"
        self.lines += [f"%rows_of_list = arith.constant {policy.list_block_q} : index",
                       "%m = arith.ceildivui %r, %rows_of_list : index",
                       f"%block_size = arith.constant {policy.block_k} : index",
                       "%most = arith.ceildivui %t, %block_size : index"]
        types = f"{self.blocks}, {self.counts}"
        outs = (f"{self.empty('blocks', self.blocks, '%n, %m, %most' if room is None else '%n, %m')}, "
                 f"{self.empty('counts', self.counts, '%n, %m')}")
        self.lines.append(f"%list:2 = hip.prune ins(%q, %k : {self.q}, {self.k}) positions(%p : tensor<?xi32>) "
                          f"outs({outs} : {types}) policy #hip.{policy} {{{self.options}}} -> {types}")

    def attend_lists(self, policy: Policy, sink: int, window: int) -> None:
        causal = "true" if self.causal else "false"
        self.attend("hip.block_sparse_attention", f" list(%list#0, %list#1 : {self.blocks}, {self.counts})",
                    f"band #hip.band<block_q = {policy.block_q}, chunk = {policy.chunk}, sink = {sink}, "
                    f"window = {window}, causal = {causal}> "
                    f"{{block_q = {policy.list_block_q} : i64, block_k = {policy.block_k} : i64{self.softcap}}}")
        self.results += [("%list#0", self.blocks), ("%list#1", self.counts)]
