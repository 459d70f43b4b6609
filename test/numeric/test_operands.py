"""Operands that callers give instead of what the ops would make: positions, summaries, the start of the band."""

import dataclasses

import numpy as np
import pytest

import programs
from cases import TYPES
from reference import Band, Boxes, Stages, Tree, Union, attention, prune
from reference.policies import levels_of
from reference.attention import default_scale
from reference.scores import summarize
from bounds import bounds
from test_attention import check_close
from test_programs import POLICIES, VIEWS

HEADS, KV_HEADS, SIZE, ROWS, SINK, WINDOW = 4, 2, 32, 24, 16, 8
# Of each entry the position of row 0: a chunk in the middle, rows before the keys, rows past them, all past them.
LENGTHS = (130, 130, 130, 130)
POSITIONS = np.array([61, -9, 118, 140], np.int32)


@dataclasses.dataclass
class Arrays:
    q: np.ndarray
    ks: list
    vs: list

    def entry(self, b):
        return self.q[b:b + 1], self.ks[b][np.newaxis], self.vs[b][np.newaxis]


def make(dtype="f16", rows=ROWS, lengths=LENGTHS, kv_heads=KV_HEADS):
    """Integers, so that lists are exact; values are not, so that every key shows in the output."""
    rng = np.random.default_rng(len(lengths) * 1000 + rows)
    whole = lambda *shape: rng.integers(-3, 4, shape).astype(TYPES[dtype])
    return Arrays(whole(len(lengths), HEADS, rows, SIZE), [whole(kv_heads, n, SIZE) for n in lengths],
                  [rng.standard_normal((kv_heads, n, SIZE)).astype(TYPES[dtype]) for n in lengths])


class Program:
    """@f of q, keys, values and further arrays."""

    def __init__(self, arrays, view, policy):
        key, value = view(arrays.ks), view(arrays.vs)
        self.batch, self.policy = len(arrays.ks), policy
        self.inputs = [arrays.q, *key.arrays, *value.arrays]
        self.query, self.key, self.value = programs.tensor(arrays.q, (2,)), key.type, value.type
        self.arguments = [f"%q: {self.query}", *key.arguments("k"), *value.arguments("v")]
        (key_lines, self.k), (value_lines, self.v) = key.value("k"), value.value("v")
        unit = policy.list_block_q
        self.lines = (f"{key_lines}{value_lines}  %rows = arith.constant 2 : index\n"
                      f"  %t = tensor.dim %q, %rows : {self.query}\n  %unit = arith.constant {unit} : index\n"
                      "  %m = arith.ceildivui %t, %unit : index\n")
        self.element = programs.TYPE_NAMES[arrays.q.dtype.name]
        self.results = []

    def operand(self, keyword, name, array, dynamic=()):
        """`keyword(%name : type)` of an argument."""
        type_ = programs.tensor(array, dynamic)
        self.arguments.append(f"%{name}: {type_}")
        self.inputs.append(array)
        return f"{keyword}(%{name} : {type_}) "

    def array(self, name, array, dynamic=()):
        return self.operand("", name, array, dynamic)[:-1].split(" : ")[1][:-1]

    def outs(self, *dims_of):
        """Destinations; each is (name, dims, element) and a dimension that is a name is dynamic."""
        types = []
        for name, dims, element in dims_of:
            type_ = f"tensor<{'x'.join('?' if isinstance(dim, str) else str(dim) for dim in dims)}x{element}>"
            sizes = ", ".join(dim for dim in dims if isinstance(dim, str))
            self.lines += f"  %{name} = tensor.empty({sizes}) : {type_}\n"
            types.append(type_)
        names = ", ".join(f"%{name}" for name, _, _ in dims_of)
        return f"outs({names} : {', '.join(types)})", types

    def op(self, name, text, types, attributes=""):
        self.lines += f"  %{name}:{len(types)} = {text} {{{attributes}}} -> {', '.join(types)}\n"
        return [f"%{name}#{i}" for i in range(len(types))]

    def attention_outs(self):
        return self.outs(("o", (self.batch, HEADS, "%t", SIZE), self.element), ("l", (self.batch, HEADS, "%t"), "f32"))

    def list_outs(self, lists, width):
        return self.outs(("bi", (self.batch, lists, "%m", width), "i32"), ("ci", (self.batch, lists, "%m"), "i32"))

    def run(self, tool, folder, pipeline, names, types):
        text = (f"func.func @f({', '.join(self.arguments)}) -> ({', '.join(types)}) {{\n{self.lines}"
                f"  return {', '.join(names)} : {', '.join(types)}\n}}\n")
        return programs.run(tool, folder, text, self.inputs, len(names), pipeline)


def check(arrays, policy, b, lists, output, causal, position0=None, starts=None):
    expected = attention(policy, *arrays.entry(b), *lists, SINK, WINDOW, causal, position0, starts=starts)
    out_bound, lse_bound = bounds(expected, arrays.q.dtype, SIZE, default_scale(SIZE))
    check_close(f"lse of entry {b}", output[1][b], expected.lse[0], lse_bound[0])
    check_close(f"out of entry {b}", output[0][b].astype(np.float64), expected.out[0], out_bound[0])
    return expected


def check_lists(b, output, want):
    (blocks, counts), (want_blocks, want_counts) = output, want
    assert np.array_equal(counts[b], want_counts[0]), f"counts of entry {b}"
    for at in np.ndindex(want_counts[0].shape):
        n = want_counts[0][at]
        assert np.array_equal(blocks[b][at][:n], want_blocks[0][at][:n]), f"entry {b}, {at}"


def flags(causal):
    return f"sink = {SINK} : i64, window = {WINDOW} : i64" + ", causal" * causal


#===-----------------------------------------------------------------------===#
# Positions (S1)
#===-----------------------------------------------------------------------===#

@pytest.mark.parametrize("causal", [True, False], ids=["causal", "full"])
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("view", ["dense", "ragged", "paged4"])
def test_positions_of_attention(tool, place, view, policy, causal, pipeline):
    """Each entry's rows see the keys up to their own positions."""
    arrays, policy = make(), POLICIES[policy]
    program = Program(arrays, VIEWS[view], policy)
    positions = program.operand("positions", "p", POSITIONS)
    outs, types = program.attention_outs()
    names = program.op("r", f"hip.attention ins(%q, {program.k}, {program.v} : {program.query}, {program.key}, "
                       f"{program.value}) {positions}{outs} policy #hip.{policy}", types, flags(causal))
    output = program.run(tool, place, pipeline, names, types)
    for b, position in enumerate(POSITIONS):
        q, k, _ = arrays.entry(b)
        lists = prune(policy, q, k, SINK, WINDOW, causal, position0=int(position))
        expected = check(arrays, policy, b, lists, output, causal, int(position))
        unmoved = prune(policy, q, k, SINK, WINDOW, causal)
        other = attention(policy, *arrays.entry(b), *unmoved, SINK, WINDOW, causal)
        assert np.array_equal(expected.out, other.out) == (not causal)


@pytest.mark.parametrize("heads", ["query", "kv", "all"])
@pytest.mark.parametrize("policy", ["tree", "stages", "boxes"])
@pytest.mark.parametrize("view", ["dense", "ragged", "paged4"])
def test_positions_of_prune(tool, place, view, policy, heads, pipeline):
    """Lists bit for bit: the candidates end where the positions say."""
    arrays, policy = make(lengths=(130, 61, 9, 130)), POLICIES[policy]
    view = VIEWS[view]
    if view is programs.dense:
        arrays = make()
    program = Program(arrays, view, policy)
    positions = program.operand("positions", "p", POSITIONS)
    lists = {"query": HEADS, "kv": KV_HEADS, "all": 1}[heads]
    outs, types = program.list_outs(lists, policy.width(130))
    names = program.op("r", f"hip.prune ins(%q, {program.k} : {program.query}, {program.key}) {positions}{outs} "
                       f"policy #hip.{policy}", types, f"{flags(True)}, heads = #hip.heads<{heads}>")
    output = program.run(tool, place, pipeline, names, types)
    for b, position in enumerate(POSITIONS):
        q, k, _ = arrays.entry(b)
        check_lists(b, output, prune(policy, q, k, SINK, WINDOW, True, heads, int(position)))
    assert output[1].any()


#===-----------------------------------------------------------------------===#
# Summaries (S10b, S17b)
#===-----------------------------------------------------------------------===#

SUMMARIZED = {"one": Boxes(16, 4, ((16, 48),), 16), "two": Boxes(16, 2, ((16, 64), (4, 24)), 12, 2)}
SUMMARIZED["parts"] = Union((SUMMARIZED["one"], Tree(16, 8, 32), Union((SUMMARIZED["two"], SUMMARIZED["one"]))))


def given_summary(arrays, box, spare):
    """What hip.summarize gives, and `spare` entries that no box has: a search that read one would choose it."""
    longest = max(k.shape[1] for k in arrays.ks)
    shape = (len(arrays.ks), len(arrays.ks[0]), longest // box + spare, 2, SIZE)
    array = np.full(shape, 64, arrays.q.dtype)
    for b, keys in enumerate(arrays.ks):
        for h, rows in enumerate(keys):
            low, high = summarize(rows, box)
            array[b, h, :len(low), 0], array[b, h, :len(low), 1] = low, high
    return array


@pytest.mark.parametrize("policy", SUMMARIZED)
@pytest.mark.parametrize("spare", [0, 3])
@pytest.mark.parametrize("view", ["dense", "ragged", "paged4"])
@pytest.mark.parametrize("kv_heads", [2, 1])
def test_given_summaries(tool, place, kv_heads, view, spare, policy, pipeline):
    """A search that gets summaries gives the bits of one that makes them, with positions too."""
    arrays, policy = make(lengths=LENGTHS if view == "dense" else (130, 61, 9, 111), kv_heads=kv_heads), SUMMARIZED[policy]
    program = Program(arrays, VIEWS[view], policy)
    boxes = [given_summary(arrays, box, spare) for box, _ in levels_of(policy)]
    types = [program.array(f"s{i}", array, (2,)) for i, array in enumerate(boxes)]
    names = ", ".join(f"%s{i}" for i in range(len(boxes)))
    positions = program.operand("positions", "p", POSITIONS)
    outs, out_types = program.list_outs(kv_heads, policy.width(130))
    results = program.op("r", f"hip.prune ins(%q, {program.k} : {program.query}, {program.key}) "
                         f"summaries({names} : {', '.join(types)}) {positions}{outs} policy #hip.{policy}", out_types,
                         f"{flags(True)}, heads = #hip.heads<kv>")
    output = program.run(tool, place, pipeline, results, out_types)
    for b, position in enumerate(POSITIONS):
        q, k, _ = arrays.entry(b)
        check_lists(b, output, prune(policy, q, k, SINK, WINDOW, True, "kv", int(position)))
    assert output[1].any()


@pytest.mark.parametrize("policy", [*SUMMARIZED, "auto"])
@pytest.mark.parametrize("spare", [0, 3])
@pytest.mark.parametrize("view", ["dense", "ragged", "paged4"])
def test_summaries_of_attention(tool, place, view, spare, policy, pipeline):
    """Attention searches by the summaries that it gets, also as what `auto` chooses."""
    arrays = make(lengths=LENGTHS if view == "dense" else (130, 61, 9, 111))
    text = "auto<{}, until = 120>" if policy == "auto" else "{}"
    policy = SUMMARIZED["parts" if policy == "auto" else policy]
    program = Program(arrays, VIEWS[view], policy)
    boxes = [given_summary(arrays, box, spare) for box, _ in levels_of(policy)]
    types = [program.array(f"s{i}", array, (2,)) for i, array in enumerate(boxes)]
    names = ", ".join(f"%s{i}" for i in range(len(boxes)))
    positions = program.operand("positions", "p", POSITIONS)
    outs, out_types = program.attention_outs()
    results = program.op("r", f"hip.attention ins(%q, {program.k}, {program.v} : {program.query}, {program.key}, "
                         f"{program.value}) summaries({names} : {', '.join(types)}) {positions}{outs} "
                         f"policy #hip.{text.format(policy)}", out_types, flags(True))
    output = program.run(tool, place, pipeline, results, out_types)
    for b, position in enumerate(POSITIONS):
        q, k, _ = arrays.entry(b)
        check(arrays, policy, b, prune(policy, q, k, SINK, WINDOW, True, position0=int(position)), output, True,
              int(position))


@pytest.mark.parametrize("causal", [True, False], ids=["causal", "full"])
def test_summaries_are_what_is_searched(tool, place, causal, pipeline):
    """Summaries of other keys make a search for those: they are read, and not made again."""
    arrays, policy = make("f32"), SUMMARIZED["one"]
    others = make("f32", rows=ROWS + 1)
    program = Program(arrays, programs.dense, policy)
    type_ = program.array("s0", given_summary(others, 16, 0), (2,))
    outs, types = program.list_outs(KV_HEADS, policy.width(130))
    names = program.op("r", f"hip.prune ins(%q, {program.k} : {program.query}, {program.key}) summaries(%s0 : {type_}) "
                       f"{outs} policy #hip.{policy}", types, flags(causal))
    blocks, counts = program.run(tool, place, pipeline, names, types)
    for b in range(4):
        q, k, _ = arrays.entry(b)
        # Where boxes are a level of their own, those of other keys choose other blocks.
        want_blocks, want_counts = prune(policy, q, k, SINK, WINDOW, causal)
        assert np.array_equal(counts[b], want_counts[0])
        assert not np.array_equal(blocks[b], want_blocks[0])


SUMMARIZE = """func.func @f({arguments}) -> {type} {{
{lines}  %count = arith.constant {count} : index
  %init = tensor.empty(%count) : {type}
  %s = hip.summarize ins({k} : {key}) outs(%init : {type}) {{granule = {granule} : i64}} -> {type}
  return %s : {type}
}}
"""


@pytest.mark.parametrize("granule, dtype", [(1, "f32"), (3, "f16"), (16, "bf16")])
@pytest.mark.parametrize("view", ["dense", "strided", "ragged", "paged4"])
def test_summarize(tool, place, view, granule, dtype, pipeline):
    """Minimum and maximum of every full granule, exactly."""
    lengths = (50, 50) if view in ("dense", "strided") else (50, 33)
    rng = np.random.default_rng(granule)
    ks = [rng.standard_normal((KV_HEADS, n, SIZE)).astype(TYPES[dtype]) for n in lengths]
    key = VIEWS[view](ks)
    lines, k = key.value("k")
    type_ = f"tensor<2x{KV_HEADS}x?x2x{SIZE}x{dtype}>"
    text = SUMMARIZE.format(arguments=", ".join(key.arguments("k")), lines=lines, type=type_, count=50 // granule, k=k,
                            key=key.type, granule=granule)
    boxes, = programs.run(tool, place, text, key.arrays, 1, pipeline)
    for b, keys in enumerate(ks):
        for h, rows in enumerate(keys):
            low, high = summarize(rows, granule)
            assert np.array_equal(boxes[b, h, :len(low), 0].astype(np.float32), low)
            assert np.array_equal(boxes[b, h, :len(low), 1].astype(np.float32), high)


#===-----------------------------------------------------------------------===#
# The start of the band (S17)
#===-----------------------------------------------------------------------===#

STARTED = {"blocks": Tree(16, 4, 16), "rows": Stages(((32, 16, 32, 1), (8, 4, 16, 1))), "decode": Tree(1, 8, 16)}


def lists_before(rng, ends, block, keys, lists, width=5):
    """Ascending blocks inside [SINK, E) of each query block, and two at or past E, which are band (S17)."""
    blocks = np.zeros((lists, len(ends), width + 2), np.int32)
    counts = np.zeros(blocks.shape[:2], np.int32)
    good = np.zeros_like(blocks), np.zeros_like(counts)
    for at in np.ndindex(counts.shape):
        end = int(ends[at[1]])
        candidates = np.arange(SINK // block, end // block)
        chosen = np.sort(rng.choice(candidates, min(width, len(candidates)), replace=False))
        late = [-(-end // block), -(-end // block) + 1][:int(rng.integers(0, 3))]
        entries = [*chosen, *late]
        blocks[at][:len(entries)], counts[at] = entries, len(entries)
        good[0][at][:len(chosen)], good[1][at] = chosen, len(chosen)
    return blocks, counts, good


@pytest.mark.parametrize("moved", [False, True], ids=["end", "positions"])
@pytest.mark.parametrize("causal", [True, False], ids=["causal", "full"])
@pytest.mark.parametrize("policy", STARTED)
@pytest.mark.parametrize("view", ["dense", "ragged", "paged4"])
def test_band_start(tool, place, view, policy, causal, moved, pipeline):
    """The band of a list that an earlier step made starts at the E of that step; blocks past it are not counted twice."""
    arrays, policy = make() if view == "dense" else make(lengths=(130, 61, 90, 111)), STARTED[policy]
    rng = np.random.default_rng(8)
    first = [int(p) if moved else None for p in POSITIONS]
    program = Program(arrays, VIEWS[view], policy)
    ends, starts, made = [], [], []
    for b, keys in enumerate(arrays.ks):
        band = Band(policy.block_q, policy.chunk, SINK, WINDOW, causal, first[b])
        coarse = band.ends(ROWS, keys.shape[1])
        ends.append(coarse[np.arange(-(-ROWS // policy.list_block_q)) * policy.list_block_q // policy.block_q])
        starts.append(SINK + (ends[b] - SINK) // 2 // policy.chunk * policy.chunk)
        made.append(lists_before(rng, starts[b], policy.block_k, keys.shape[1], KV_HEADS))
    blocks, counts = (np.stack([entry[x] for entry in made]) for x in (0, 1))
    starts = np.stack(starts).astype(np.int32)
    block_type, count_type = program.array("b", blocks, (2,)), program.array("c", counts, (2,))
    operands = program.operand("positions", "p", POSITIONS) if moved else ""
    operands += program.operand("band_start", "e", starts, (1,))
    outs, types = program.attention_outs()
    geometry = (f"band #hip.band<block_q = {policy.block_q}, chunk = {policy.chunk}, sink = {SINK}, window = {WINDOW}, "
                f"causal = {str(causal).lower()}>")
    sizes = f"block_q = {policy.list_block_q} : i64, block_k = {policy.block_k} : i64"
    given = f"list(%b, %c : {block_type}, {count_type}) {operands}"
    names = program.op("r", f"hip.block_sparse_attention ins(%q, {program.k}, {program.v} : {program.query}, {program.key}, "
                       f"{program.value}) {given}{outs} {geometry}", types, sizes)
    fault_outs, fault_types = program.outs(("fi", (len(LENGTHS), KV_HEADS, "%m"), "i32"))
    names += program.op("f", f"hip.check_list ins(%q, {program.k} : {program.query}, {program.key}) {given}{fault_outs} "
                        f"{geometry}", fault_types, sizes)
    output = program.run(tool, place, pipeline, [*names[:2], names[2]], [*types, *fault_types])
    assert (starts < np.stack(ends)).any()
    for b, (_, claimed, good) in enumerate(made):
        lists = [x[np.newaxis] for x in good]
        check(arrays, policy, b, lists, output, causal, first[b], starts[b])
        assert np.array_equal(output[2][b], claimed - good[1]), f"faults of entry {b}"


@pytest.mark.parametrize("start", [-(2**31), -5, 0, SINK - 1])
def test_a_band_does_not_start_among_the_sinks(tool, place, start, pipeline):
    """S3, S24: each key belongs to one set; the bits are those of a band that starts after the sinks."""
    policy, outputs = Tree(16, 4, 16), []
    for first in (start, SINK):
        arrays = make(rows=40)
        program = Program(arrays, VIEWS["dense"], policy)
        band = program.operand("band_start", "e", np.full((len(LENGTHS), 3), first, np.int32), (1,))
        outs, types = program.attention_outs()
        names = program.op("r", f"hip.block_sparse_attention ins(%q, {program.k}, {program.v} : {program.query}, "
                           f"{program.key}, {program.value}) {band}{outs} band #hip.band<block_q = 16, chunk = 4, "
                           f"sink = {SINK}, window = {WINDOW}>", types, "block_q = 16 : i64, block_k = 4 : i64")
        outputs.append(program.run(tool, place / str(first), pipeline, names, types))
    for one, other in zip(*outputs):
        assert one.tobytes() == other.tobytes()
