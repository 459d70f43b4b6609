"""Random programs that are right, against NumPy: lists bit for bit, outputs within test/numeric/bounds.py.

A program is hip.attention, or hip.prune and hip.block_sparse_attention over its list (what searches may get summaries), or
the latter over a list that the caller gives, with a band that the caller may start (S17) and hip.check_list.
"""

import re
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

NUMERIC = Path(__file__).resolve().parents[1] / "numeric"
sys.path.insert(0, str(NUMERIC))

import hip_run  # noqa: E402
import process  # noqa: E402
import programs  # noqa: E402
from bounds import bounds  # noqa: E402
from cases import BUILDERS, TYPES, fill  # noqa: E402
from finding import Finding  # noqa: E402
from process import fault  # noqa: E402
from reference import Window, attention, prune  # noqa: E402
from reference.attention import default_scale  # noqa: E402
from reference.bands import Band  # noqa: E402
from reference.policies import levels_of  # noqa: E402
from reference.scores import summarize  # noqa: E402
from scores import Maker  # noqa: E402

BATCH = 4
VALUES = ("ternary", "eights", "sparse", "repeated", "equal", "normal")
FAR = 2**31 - 1


def pick(rng, options, weights=None):
    weights = None if weights is None else np.array(weights) / sum(weights)
    return options[int(rng.choice(len(options), p=weights))]


@dataclass
class Shape:
    kind: str  # attention, prune or given
    policy: object
    dtype: str
    batch: int
    lengths: list  # keys of each entry; of a batch without entries, one for the shapes
    rows: int
    query_heads: int
    kv_heads: int
    head_size: int
    value_size: int
    sink: int
    window: int
    causal: bool
    heads: str
    values: str
    scale: float | None
    softcap: float | None
    positions: object  # i32 [B] or None
    score: object
    page: int
    views: tuple
    static: bool
    flags: list

    @property
    def listed(self):
        return self.policy.listed

    @property
    def lists(self):
        return {"query": self.query_heads, "kv": self.kv_heads, "all": 1}[self.heads]

    @property
    def blocks(self):
        return -(-self.rows // self.policy.list_block_q)

    @property
    def attributes(self):
        parts = [f"sink = {self.sink} : i64", f"window = {self.window} : i64", f"heads = #hip.heads<{self.heads}>"]
        return ", ".join(parts + ["causal"] * self.causal)

    @property
    def numbers(self):
        parts = [f"{name} = {value!r} : f32" for name, value in (("scale", self.scale), ("softcap", self.softcap))
                 if value is not None]
        return ", ".join(parts)

    def position0(self, entry):
        return None if self.positions is None else int(self.positions[entry])


#===-----------------------------------------------------------------------===#
# Choices
#===-----------------------------------------------------------------------===#

def _lengths(rng, view_is_uniform):
    """The batch, and keys of each entry."""
    batch = pick(rng, (1, 2, 3, 0), (4, 3, 1, 0.2))
    entries = max(batch, 1)
    keys = pick(rng, (0, 1, int(rng.integers(1, 40)), int(rng.integers(1, 300))), (1, 1, 6, 12))
    if view_is_uniform or rng.random() < 0.3:
        return batch, [keys] * entries
    return batch, [int(rng.integers(0, keys + 1)) if rng.random() < 0.7 else keys for _ in range(entries)]


def _rows(rng, keys):
    return pick(rng, (1, 2, int(rng.integers(1, 9)), keys, int(rng.integers(1, keys + 20)), 0),
                (3, 1, 2, 2, 6, 0.3))


def _positions(rng, lengths, rows):
    """None (S1), or of each entry: inside its keys, before them, past them, far away."""
    if rng.random() < 0.6:
        return None
    far = pick(rng, (False, True), (9, 1))
    place = lambda keys: pick(rng, (keys - rows, int(rng.integers(0, keys + 1)), int(rng.integers(-rows - 3, keys + 9)),
                                    *([FAR, FAR - rows, -FAR - 1] if far else [])))
    return np.array([place(keys) for keys in lengths], np.int32)


def _page(rng, policy):
    """A power of two that divides or is a multiple of block_k (S23)."""
    return pick(rng, [p for p in (1, 2, 4, 8, 16, 64) if p % policy.block_k == 0 or policy.block_k % p == 0])


def make_shape(rng, cuda):
    policy = BUILDERS[pick(rng, list(BUILDERS), (4, 4, 4, 2, 2, 4))](rng)
    kinds = ("attention", *["prune"] * policy.listed, *["given"] * (policy.listed or policy.NAME != "union"))
    views = pick(rng, (("dense",) * 2, ("strided",) * 2, ("dense", "strided"), ("ragged",) * 2, ("paged",) * 2),
                 (4, 2, 1, 2, 3))
    batch, lengths = _lengths(rng, "dense" in views or "strided" in views)
    rows = _rows(rng, max(lengths))
    query_heads, kv_heads = pick(rng, ((1, 1), (2, 2), (4, 2), (4, 1), (3, 1), (6, 2)))
    sizes = (16, 32, 48, 64, 96, 128) if cuda else (1, 3, 8, 16, 20, 32, 33, 64, 80, 128)
    head_size = pick(rng, sizes)
    value_size = head_size if rng.random() < 0.7 else pick(rng, sizes)
    score = Maker(rng, len(lengths), query_heads, rows, max(lengths)).make() if rng.random() < 0.3 else None
    multiple, kind = policy.sink_multiple, pick(rng, kinds)
    # Lists are known exactly where products are.
    values = VALUES if kind == "given" or not policy.listed else VALUES[:-1]
    return Shape(
        kind, policy, pick(rng, list(TYPES)), batch, lengths, rows, query_heads, kv_heads, head_size, value_size,
        multiple * int(rng.integers(0, max(2, 48 // multiple))), pick(rng, (0, 1, 7, 16, 32, 100, FAR)),
        bool(rng.random() < 0.7), pick(rng, ("query", "kv", "all")), pick(rng, values),
        pick(rng, (None, None, 0.125, 1.0, -0.25, 0.0)), None if score else pick(rng, (None, None, None, 5.0, 30.0)),
        _positions(rng, lengths[:batch], rows), score, _page(rng, policy), views, bool(rng.random() < 0.4),
        pick(rng, ([], ["--opt-level=0"], ["--opt-level=1"], ["--threads=3"]), (2, 2, 2, 1)))


#===-----------------------------------------------------------------------===#
# The program
#===-----------------------------------------------------------------------===#

@dataclass
class Text:
    """A function in the making: arguments with their arrays, lines, and results with their types."""

    arguments: list = field(default_factory=list)
    arrays: list = field(default_factory=list)
    lines: list = field(default_factory=list)
    results: list = field(default_factory=list)

    def argument(self, name, array, dynamic=()):
        type_ = programs.tensor(array, dynamic)
        self.arguments.append(f"%{name}: {type_}")
        self.arrays.append(array)
        return type_

    def line(self, text):
        self.lines.append(f"  {text}\n")

    def empty(self, name, dims, element):
        """A destination; a dimension is a number or the name of a value."""
        type_ = f"tensor<{'x'.join('?' if isinstance(dim, str) else str(dim) for dim in dims)}x{element}>"
        self.line(f"%{name} = tensor.empty({', '.join(dim for dim in dims if isinstance(dim, str))}) : {type_}")
        return type_

    def __str__(self):
        names, types = zip(*self.results)
        return (f"func.func @f({', '.join(self.arguments)})\n    -> ({', '.join(types)}) {{\n{''.join(self.lines)}"
                f"  return {', '.join(names)} : {', '.join(types)}\n}}\n")


def _without_entries(storage, view):
    """The same keys or values for a batch of 0."""
    sizes = {"dense": [0], "strided": [0], "ragged": [None, 1], "paged": [None, 0, 0]}[view]
    first = lambda type_, size: type_ if size is None else re.sub(r"<\d+", f"<{size}", type_)
    return replace(storage, arrays=[array[:size] for array, size in zip(storage.arrays, sizes)],
                   types=[first(type_, size) for type_, size in zip(storage.types, sizes)], kv=first(storage.kv, 0))


class Program:
    """The text, its arrays, and what NumPy says of it."""

    def __init__(self, rng, shape):
        self.rng, self.shape, self.text = rng, shape, Text()
        self.q = self._values(shape.query_heads, shape.rows, shape.head_size, shape.batch)
        self.ks = [self._values(shape.kv_heads, n, shape.head_size) for n in shape.lengths]
        self.vs = [self._values(shape.kv_heads, n, shape.value_size, real=True) for n in shape.lengths]
        self.starts, self.lists, self.faults = None, [None] * shape.batch, None
        self._write()

    def _values(self, heads, rows, size, *batch, real=False):
        values = "normal" if real and self.rng.random() < 0.5 else self.shape.values
        dims = *batch, heads, rows, size
        array = fill(self.rng, values, dims) if rows and all(batch) or not batch else np.zeros(dims)
        return array.astype(TYPES[self.shape.dtype])

    def _band(self, entry):
        shape = self.shape
        return Band(shape.policy.block_q, shape.policy.chunk, shape.sink, shape.window, shape.causal,
                    shape.position0(entry))

    def _storage(self, name, entries, view):
        make = {"dense": programs.dense, "strided": programs.strided, "ragged": programs.ragged,
                "paged": lambda e: programs.paged(e, self.shape.page, int(self.rng.integers(1 << 20)))}[view]
        storage = make(entries)
        if not self.shape.batch:
            storage = _without_entries(storage, view)
        if self.shape.static and view == "dense":
            storage.types[0] = programs.tensor(storage.arrays[0])
        self.text.arguments += storage.arguments(name)
        self.text.arrays += storage.arrays
        lines, value = storage.value(name)
        self.text.lines.append(lines)
        return value, storage.type

    def _write(self):
        shape, text = self.shape, self.text
        self.q_type = text.argument("q", self.q, () if shape.static else (2,))
        self.k, self.k_type = self._storage("k", self.ks, shape.views[0])
        self.v, self.v_type = self._storage("v", self.vs, shape.views[1])
        self.positions = ""
        if shape.positions is not None:
            self.positions = f"positions(%p : {text.argument('p', shape.positions)}) "
        text.line("%two = arith.constant 2 : index")
        text.line(f"%t = tensor.dim %q, %two : {self.q_type}")
        text.line(f"%unit = arith.constant {shape.policy.list_block_q} : index")
        text.line("%m = arith.ceildivui %t, %unit : index")
        {"attention": self._attention, "prune": self._prune, "given": self._given}[shape.kind]()

    def _outs(self):
        shape, text = self.shape, self.text
        rows = shape.rows if shape.static else "%t"
        element = "f32" if self.rng.random() < 0.1 else programs.TYPE_NAMES[TYPES[shape.dtype].name]
        out = text.empty("o", [shape.batch, shape.query_heads, rows, shape.value_size], element)
        lse = text.empty("l", [shape.batch, shape.query_heads, rows], "f32")
        return out, lse

    def _result(self, out, lse):
        self.text.results += [("%r#0", out), ("%r#1", lse)]

    def _attention(self):
        shape = self.shape
        out, lse = self._outs()
        attributes = ", ".join(filter(None, [shape.attributes, shape.numbers]))
        summaries = self._summaries()
        self.text.line(f"%r:2 = hip.attention ins(%q, {self.k}, {self.v} : {self.q_type}, {self.k_type}, {self.v_type}) "
                       f"{summaries}{self.positions}outs(%o, %l : {out}, {lse}) policy #hip.{shape.policy}"
                       f"{shape.score.text if shape.score else ''} {{{attributes}}} -> {out}, {lse}")
        self._result(out, lse)
        self._prune_entries()

    def _prune_entries(self):
        shape = self.shape
        for entry, keys in enumerate(self.ks[:shape.batch]):
            if shape.rows and keys.shape[1] and shape.listed:
                self.lists[entry] = prune(shape.policy, self.q[entry:entry + 1], keys[np.newaxis], shape.sink,
                                          shape.window, shape.causal, shape.heads, shape.position0(entry))

    def _summaries(self):
        """None, of hip.summarize, or arrays of the caller, which may have more entries than there are boxes (S17b)."""
        if not levels_of(self.shape.policy) or self.rng.random() < 0.3:
            return ""
        shape, text, names, types = self.shape, self.text, [], []
        given = self.rng.random() < 0.5
        for level, (box, _) in enumerate(levels_of(shape.policy)):
            if given:
                array = self._given_summary(box)
                types.append(text.argument(f"s{level}", array, () if self.rng.random() < 0.3 else (2,)))
            else:
                text.line(f"%box{level} = arith.constant {max(shape.lengths) // box} : index")
                type_ = text.empty(f"si{level}", [shape.batch, shape.kv_heads, f"%box{level}", 2, shape.head_size],
                                   programs.TYPE_NAMES[TYPES[shape.dtype].name])
                text.line(f"%s{level} = hip.summarize ins({self.k} : {self.k_type}) outs(%si{level} : {type_}) "
                          f"{{granule = {box} : i64}} -> {type_}")
                types.append(type_)
            names.append(f"%s{level}")
        return f"summaries({', '.join(names)} : {', '.join(types)}) "

    def _given_summary(self, box):
        shape = self.shape
        array = np.full((shape.batch, shape.kv_heads, max(shape.lengths) // box, 2, shape.head_size), 99.0,
                        TYPES[shape.dtype])
        for entry, keys in enumerate(self.ks[:shape.batch]):
            for head, rows in enumerate(keys):
                low, high = summarize(rows, box)
                array[entry, head, :len(low), 0], array[entry, head, :len(low), 1] = low, high
        return array

    def _prune(self):
        shape, text = self.shape, self.text
        self._prune_entries()
        summaries = self._summaries()
        width = shape.policy.width(max(shape.lengths))
        blocks = text.empty("bi", [shape.batch, shape.lists, "%m", width], "i32")
        counts = text.empty("ci", [shape.batch, shape.lists, "%m"], "i32")
        text.line(f"%list:2 = hip.prune ins(%q, {self.k} : {self.q_type}, {self.k_type}) {summaries}{self.positions}"
                  f"outs(%bi, %ci : {blocks}, {counts}) policy #hip.{shape.policy} {{{shape.attributes}}} "
                  f"-> {blocks}, {counts}")
        self._sparse("%list#0", "%list#1", blocks, counts)
        text.results += [("%list#0", blocks), ("%list#1", counts)]

    def _given(self):
        """Lists of the caller: ascending candidates, and entries that are none (S24)."""
        shape, text = self.shape, self.text
        self._make_starts()
        blocks, counts = self._make_lists()
        block_type = text.argument("blocks", blocks, (2,))
        count_type = text.argument("counts", counts, (2,))
        start = ""
        if self.starts is not None:
            start = f"band_start(%e : {text.argument('e', self.starts, (1,))}) "
        self._sparse("%blocks", "%counts", block_type, count_type, start)
        faults = text.empty("fi", [shape.batch, shape.lists, "%m"], "i32")
        text.line(f"%f = hip.check_list ins(%q, {self.k} : {self.q_type}, {self.k_type}) "
                  f"list(%blocks, %counts : {block_type}, {count_type}) {self.positions}{start}outs(%fi : {faults}) "
                  f"{self._geometry()} -> {faults}")
        text.results.append(("%f", faults))

    def _geometry(self, numbers="", score=""):
        policy = self.shape.policy
        causal = "" if self.shape.causal else ", causal = false"
        attributes = f"block_q = {policy.list_block_q} : i64, block_k = {policy.block_k} : i64"
        return (f"band #hip.band<block_q = {policy.block_q}, chunk = {policy.chunk}, sink = {self.shape.sink}, "
                f"window = {self.shape.window}{causal}>{score} {{{', '.join(filter(None, [attributes, numbers]))}}}")

    def _sparse(self, blocks, counts, block_type, count_type, start=""):
        shape = self.shape
        out, lse = self._outs()
        self.text.line(
            f"%r:2 = hip.block_sparse_attention ins(%q, {self.k}, {self.v} : {self.q_type}, {self.k_type}, "
            f"{self.v_type}) list({blocks}, {counts} : {block_type}, {count_type}) {self.positions}{start}"
            f"outs(%o, %l : {out}, {lse}) {self._geometry(shape.numbers, shape.score.text if shape.score else '')} "
            f"-> {out}, {lse}")
        self._result(out, lse)

    def _ends(self, entry):
        """E of every list's query block."""
        shape = self.shape
        if self.starts is not None:
            return self.starts[entry].astype(np.int64)
        ends = self._band(entry).ends(shape.rows, shape.lengths[entry])
        return ends[np.arange(shape.blocks) * shape.policy.list_block_q // shape.policy.block_q]

    def _make_starts(self):
        """S17: the E of an earlier step is at most that of this one."""
        shape = self.shape
        if self.rng.random() < 0.5:
            return
        ends = np.array([self._ends(entry) for entry in range(shape.batch)], int).reshape(shape.batch, shape.blocks)
        steps = (ends - shape.sink) // shape.policy.chunk
        self.starts = (shape.sink + self.rng.integers(0, steps + 1) * shape.policy.chunk).astype(np.int32)

    def _make_lists(self):
        shape, block = self.shape, self.shape.policy.block_k
        width = int(self.rng.integers(0, 7))
        blocks = np.full((shape.batch, shape.lists, shape.blocks, width), 2**30, np.int32)
        counts = np.zeros(blocks.shape[:3], np.int32)
        self.faults = np.zeros_like(counts)
        for entry in range(shape.batch):
            ends = self._ends(entry)
            good = np.zeros((1, *blocks.shape[1:]), np.int32), np.zeros((1, *counts.shape[1:]), np.int32)
            for at in np.ndindex(counts.shape[1:]):
                self._make_list(blocks[entry][at], counts[entry], at, ends[at[1]], shape.lengths[entry], block,
                                (good[0][0][at], good[1][0]), self.faults[entry])
            self.lists[entry] = good
        return blocks, counts

    def _make_list(self, row, counts, at, end, keys, block, good, faults):
        first, last = -(-self.shape.sink // block), max(min(end, keys), 0) // block
        candidates = np.arange(first, last)
        count = int(self.rng.integers(0, min(len(row), len(candidates)) + 1))
        chosen = np.sort(self.rng.choice(candidates, count, replace=False)) if count else np.zeros(0, int)
        good[0][:count], good[1][at] = chosen, count
        bad = int(self.rng.integers(0, len(row) - count + 1)) if self.rng.random() < 0.2 else 0
        wrong = self.rng.choice([-1, -(2**31), FAR, 2**30, max(end, keys) // block + 5], bad)
        row[:count + bad] = self.rng.permutation([*wrong, *chosen]) if bad and self.rng.random() < 0.5 \
            else [*chosen, *wrong]
        listed = row[:count + bad].astype(np.int64)
        counts[at] = count + bad
        # What is no candidate, or not above the one before it (S5).
        faults[at] = np.count_nonzero(~np.isin(listed, candidates) | (np.diff(listed, prepend=listed[:1] - 1) <= 0))
        if count + bad == len(row) and self.rng.random() < 0.1:
            counts[at] += int(self.rng.integers(1, 10**6))
            faults[at] += 1

    #===-------------------------------------------------------------------===#
    # Against NumPy
    #===-------------------------------------------------------------------===#

    def fault(self, results):
        """What is wrong with the arrays that a run gave; None if nothing is."""
        shape = self.shape
        by_name = dict(zip([name for name, _ in self.text.results], results))
        if self.faults is not None and not np.array_equal(by_name["%f"], self.faults):
            return f"check_list gives {by_name['%f'].ravel()[:9]}, not {self.faults.ravel()[:9]}"
        if not shape.rows or not shape.batch:
            return next((f"{name} has {array.shape}" for name, array in by_name.items() if array.size), None)
        for entry in range(shape.batch):
            said = self._list_fault(entry, by_name) or self._attention_fault(entry, by_name)
            if said:
                return f"entry {entry}: {said}"
        return None

    def _list_fault(self, entry, by_name):
        if "%list#0" not in by_name:
            return None
        blocks, counts = by_name["%list#0"][entry], by_name["%list#1"][entry]
        want = self.lists[entry] or (np.zeros((1, *blocks.shape), int), np.zeros((1, *counts.shape), int))
        if not np.array_equal(counts, want[1][0]):
            return f"counts {counts.ravel()[:9]}, not {want[1][0].ravel()[:9]}"
        for at in np.ndindex(counts.shape):
            n = counts[at]
            if not np.array_equal(blocks[at][:n], want[0][0][at][:n]):
                return f"blocks{list(at)} = {blocks[at][:n]}, not {want[0][0][at][:n]}"
        return None

    def _attention_fault(self, entry, by_name):
        shape, score = self.shape, self.shape.score
        lists = self.lists[entry] or (np.zeros((1, shape.lists, shape.blocks, 0), int),
                                      np.zeros((1, shape.lists, shape.blocks), int))
        function = (lambda s, b, *x: score.value(s, entry, *x)) if score else None
        policy = shape.policy
        if shape.kind == "given" and policy.is_dense:
            policy = Window(policy.block_q)  # No candidate is attended that is not listed.
        with np.errstate(all="ignore"):
            expected = attention(policy, self.q[entry:entry + 1], self.ks[entry][np.newaxis],
                                 self.vs[entry][np.newaxis], *lists, shape.sink, shape.window, shape.causal,
                                 shape.position0(entry), shape.scale, shape.softcap, function,
                                 starts=None if self.starts is None else self.starts[entry])
        scale = default_scale(shape.head_size) if shape.scale is None else shape.scale
        more = 2 * max(score.slope, 1) if score else 1
        limits = bounds(expected, TYPES[shape.dtype], shape.head_size, more * scale,
                        (shape.softcap or 0) + (2 * score.size if score else 0))
        pairs = (("out", "%r#0", expected.out, limits[0]), ("lse", "%r#1", expected.lse, limits[1]))
        for name, result, want, bound in pairs:
            said = _far(by_name[result][entry].astype(np.float64), want[0], bound[0])
            if said:
                return f"{name}{said}"
        return None


def _far(got, want, bound):
    with np.errstate(invalid="ignore"):
        close = (got == want) | (np.abs(got - want) <= bound) | (np.isnan(got) & np.isnan(want))
    if close.all():
        return None
    at = tuple(int(x) for x in np.argwhere(~close)[0])
    return f"{list(at)} = {got[at]!r}, expected {want[at]!r} +- {bound[at]:.3g}; {np.sum(~close)} of {close.size} differ"


#===-----------------------------------------------------------------------===#
# Runs
#===-----------------------------------------------------------------------===#

def run(tools, program, folder, pipeline):
    """(arrays or None, finding or None) of one run."""
    files = {"program.mlir": str(program.text).encode()}
    command = [tools.tool("hip-run"), "{program.mlir}", "--no-cache", *hip_run.where(pipeline), *program.shape.flags]
    for x, array in enumerate(program.text.arrays):
        # Without a key or a row an array is in any order; the tools take one that says row-major.
        np.save(folder / "in.npy", np.ascontiguousarray(array))
        files[f"in{x}.npy"] = (folder / "in.npy").read_bytes()
        command += ["--in", "{in%d.npy}" % x]
    outs = [f"out{x}.npy" for x in range(len(program.text.results))]
    for name in outs:
        command += ["--out", "{%s}" % name]
        files[name] = b""
    finding = Finding("generate", "", command, files)
    if pipeline == "cuda":
        return on_gpu(finding, folder, outs)
    outcome = finding.run(folder)
    finding.output = outcome.errors
    if outcome.status == 0 and not outcome.timed_out:
        return [hip_run.load(folder / name) for name in outs], finding
    finding.kind = named(tools, program, pipeline, fault(outcome)) or refusal(outcome.errors)
    return None, finding


def on_gpu(finding, folder, outs):
    """By a hip-run that takes one program after another: a GPU's context is made once a process."""
    finding.write(folder)
    tool, *words = finding.words(folder)
    try:
        hip_run.execute(tool, words, cuda=True)
    except AssertionError as said:
        finding.kind = refusal(str(said))
        return None, finding
    return [hip_run.load(folder / name) for name in outs], finding


def named(tools, program, pipeline, name):
    """hip-run prints no stack; where its passes die, hip-opt tells where."""
    passes = {"reference": "--hip-reference", "cpu": "--hip-to-cpu"}[pipeline]
    if not name or "?" not in name or not (tools.folder / "hip-opt").is_file():
        return name
    again = fault(process.run([tools.tool("hip-opt"), passes], stdin=str(program.text).encode()))
    return again or f"{name} (hip-run, compiled code or LLVM)"


def refusal(errors):
    said = next((line for line in errors.split("\n") if "error:" in line), "no message")
    said = re.sub(r"^[^ ]*/[^ ]*", "", said.split("error:")[-1].strip())
    return "a right program is refused: " + re.sub(r"\d+", "N", said)[:120]


def work(tools, rng, folder):
    """Some programs: (how many ran, findings)."""
    findings = []
    for number in range(BATCH):
        program = Program(rng, make_shape(rng, "cuda" in tools.pipelines))
        for pipeline in tools.pipelines:
            results, finding = run(tools, program, folder, pipeline)
            said = program.fault(results) if results else finding.kind
            if said:
                finding.kind = f"{pipeline} {program.shape.kind} {program.shape.policy.NAME}: {said.split('[')[0][:60]}" \
                    if results else said
                finding.output = f"{said}\n{program.shape}\n{finding.output}"
                findings.append(finding)
    return {"inputs": BATCH}, findings
