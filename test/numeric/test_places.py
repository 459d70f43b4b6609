"""S24: data that names no place, in every op: nothing outside an array is read or written.

Arrays lie between guards in larger ones: NaN, or numbers that no result has."""

import numpy as np
import pytest

import programs
from bounds import bounds
from cases import TYPES
from reference import Boxes, Dense, Stages, Tree, Union, Window, attention, prune, places, scores
from reference.attention import default_scale
from test_attention import check_close

LOW, MOST = -(2**31), 2**31 - 1
GUARD = 1357


class Guarded:
    """A program whose arrays are the middle of arguments with guards in front and behind."""

    def __init__(self):
        self.inputs, self.arguments, self.lines, self.results = [], [], [], []

    def take(self, array):
        """The name and the type of an array."""
        fill = np.nan if array.dtype.kind != "i" else GUARD
        guard = np.full((1, *array.shape[1:]), fill, array.dtype)
        wide, n = np.concatenate([guard, array, guard]), len(self.inputs)
        self.inputs.append(wide)
        whole, part = programs.tensor(wide), programs.tensor(array)
        self.arguments.append(f"%w{n}: {whole}")
        self.lines.append(f"%a{n} = tensor.extract_slice %w{n}{self._place(array)} : {whole} to "
                          f"{part}")
        return f"%a{n}", part

    @staticmethod
    def _place(array):
        rank = len(array.shape)
        return (f"[{', '.join(['1'] + ['0'] * (rank - 1))}] "
                f"[{', '.join(map(str, array.shape))}] [{', '.join(['1'] * rank)}]")

    def op(self, text, outs):
        """`text` with {outs} and {types}, which writes arrays like `outs`."""
        first, places_ = len(self.inputs), [self.take(out) for out in outs]
        types = ", ".join(type_ for _, type_ in places_)
        text = text.format(outs=f"{', '.join(name for name, _ in places_)} : {types}", types=types)
        self.lines.append(f"%r:{len(outs)} = {text}")
        for i, out in enumerate(outs):
            whole = programs.tensor(self.inputs[first + i])
            self.lines.append(f"%o{i} = tensor.insert_slice %r#{i} into %w{first + i}"
                              f"{self._place(out)} : {programs.tensor(out)} into {whole}")
            self.results.append((f"%o{i}", whole))

    def run(self, tool, folder, pipeline):
        """The results, whose guards are as they were."""
        types = ", ".join(type_ for _, type_ in self.results)
        lines = "\n  ".join(self.lines)
        text = (f"func.func @f({', '.join(self.arguments)}) -> ({types}) {{\n  {lines}\n  "
                f"return {', '.join(name for name, _ in self.results)} : {types}\n}}\n")
        got = programs.run(tool, folder, text, self.inputs, len(self.results), pipeline)
        for out in got:
            fill = np.nan if out.dtype.kind != "i" else GUARD
            for guard in (out[0], out[-1]):
                assert np.array_equal(guard.astype(float), np.full(guard.shape, fill, float),
                                      equal_nan=True), "a guard was written"
        return [out[1:-1] for out in got]


def operands(values):
    """'%a, %b : tensor, tensor' of what take() gave."""
    return f"{', '.join(name for name, _ in values)} : {', '.join(type_ for _, type_ in values)}"


# ----------------------------------------------------------------------------------------------
# Lists
# ----------------------------------------------------------------------------------------------

HEADS, LISTS, WIDTH, KEYS, ROWS, SIZE = 2, 5, 6, 70, 80, 32
BAD = [(-1, 4), (3, 0), (3, -2), (LOW, MOST), (MOST, MOST), (LOW, LOW), (MOST, 1), (5, 10**9),
       (-5, 10), (KEYS, 3), (KEYS // 2 - 1, 4), (2**30, 2**30 - 1), (MOST - 1, 1), (0, MOST)]
COUNTS = [WIDTH, -1, LOW, MOST, WIDTH + 1, 3, 0, 2 * WIDTH, 1, WIDTH - 1]


def bad_ranges(seed):
    """Ranges [2, HEADS, LISTS, WIDTH, 2], of which every third is none, and their counts."""
    rng = np.random.default_rng(seed)
    starts = np.sort(rng.integers(0, 30, (2, HEADS, LISTS, WIDTH)), axis=-1)
    ranges = np.stack([starts, rng.integers(1, 5, starts.shape)], axis=-1).astype(np.int32)
    flat = ranges.reshape(-1, 2)
    for i in range(0, len(flat), 3):
        flat[i] = BAD[i // 3 % len(BAD)]
    counts = np.resize(COUNTS, starts.shape[:3]).astype(np.int32)
    return ranges, counts


def check_lists(got, counts, wanted):
    for at in np.ndindex(counts.shape):
        want = np.array(wanted(at), np.int64)
        assert counts[at] == len(want), f"count of {at}"
        if len(want):
            assert np.array_equal(got[at][:len(want)], want), f"list {at}"


def run_lists(tool, place, pipeline, text, arrays, room, rank=5):
    program = Guarded()
    values = operands([program.take(array) for array in arrays])
    shape = (2, HEADS, LISTS, room, 2)[:rank]
    outs = [np.full(shape, GUARD, np.int32), np.full(shape[:3], GUARD, np.int32)]
    program.op(f"hip.{text[0]} ins({values}) outs({{outs}}) {{{{{text[1]}}}}} -> {{types}}", outs)
    return program.run(tool, place, pipeline)


@pytest.mark.parametrize("ways", [2, 3, 5])
def test_split(tool, place, ways, pipeline):
    ranges, counts = bad_ranges(1)
    room = ways * WIDTH
    got = run_lists(tool, place, pipeline, ("split", f"ways = {ways} : i64"), [ranges, counts], room)
    check_lists(*got, lambda at: places.split(ranges[at], counts[at], ways, room))


@pytest.mark.parametrize("granule, block_k, room",
                         [(2, 2, 8), (8, 2, 20), (2, 8, 3), (MOST - 1, 2, 7), (1, MOST, 7),
                          (MOST, 1, 4), (1, 1, 1)])
def test_blocks(tool, place, granule, block_k, room, pipeline):
    ranges, counts = bad_ranges(2)
    attributes = f"granule = {granule} : i64, block_k = {block_k} : i64"
    got = run_lists(tool, place, pipeline, ("blocks", attributes), [ranges, counts], room, 4)
    check_lists(*got, lambda at: places.blocks(ranges[at], counts[at], granule, block_k, room))


@pytest.mark.parametrize("keep", [1, 3, WIDTH, MOST])
def test_select(tool, place, keep, pipeline):
    ranges, counts = bad_ranges(3)
    drawn = np.random.default_rng(4).integers(-3, 4, ranges.shape[:4]).astype(np.float32)
    drawn[..., 2] = np.nan
    room = min(keep, WIDTH)
    got = run_lists(tool, place, pipeline, ("select", f"keep = {keep} : i64"),
                    [ranges, counts, drawn], room)
    check_lists(*got, lambda at: places.select(ranges[at], counts[at], drawn[at], keep, room))


def score_arrays(seed):
    rng = np.random.default_rng(seed)
    draw = lambda *shape: rng.integers(-4, 5, shape).astype(np.float32)
    return draw(2, HEADS, ROWS, SIZE), draw(2, HEADS, KEYS, SIZE)


def run_scores(tool, place, pipeline, op, arrays, attributes):
    program = Guarded()
    values = operands([program.take(array) for array in arrays])
    out = np.full(arrays[2].shape[:4], np.nan, np.float32)
    program.op(f"hip.{op} ins({values}) outs({{outs}}) {{{{block_q = 16 : i64, {attributes}}}}}"
               " -> {types}", [out])
    return program.run(tool, place, pipeline)[0]


def check_scores(got, ranges, counts, wanted):
    for at in np.ndindex(counts.shape):
        pairs = places.entries(ranges[at], counts[at])
        want = np.array([wanted(at, *pair) for pair in pairs], np.float32)
        assert np.array_equal(got[at][:len(want)], want, equal_nan=True), f"scores of {at}"


def key_products(q, k, at):
    """The greatest product of the rows of list `at` with each key."""
    b, h, m = at
    return scores.dot(q[b, h, m * 16:m * 16 + 16], k[b, h]).max(axis=0)


@pytest.mark.parametrize("which", ["first", "center", "last"])
@pytest.mark.parametrize("granule, k_stride", [(1, 1), (2, 1), (4, 3), (MOST, MOST)])
def test_score(tool, place, granule, k_stride, which, pipeline):
    q, k = score_arrays(5)
    ranges, counts = bad_ranges(6)
    got = run_scores(tool, place, pipeline, "score", [q, k, ranges, counts],
                     f"granule = {granule} : i64, k_stride = {k_stride} : i64, "
                     f"representative = #hip.representative<{which}>")
    check_scores(got, ranges, counts, lambda at, s, n: places.token_score(
        key_products(q, k, at), s, n, which, granule, k_stride))


@pytest.mark.parametrize("which", ["first", "center", "last"])
@pytest.mark.parametrize("granule, k_stride", [(1, 1), (3, 1), (8, 1), (8, 3), (MOST, MOST)])
def test_mean_score(tool, place, granule, k_stride, which, pipeline):
    """S10c: integers have exact sums, and their means one rounding; the last granule may not be whole."""
    q, k = score_arrays(5)
    ranges, counts = bad_ranges(6)
    got = run_scores(tool, place, pipeline, "score", [q, k, ranges, counts],
                     f"granule = {granule} : i64, k_stride = {k_stride} : i64, kind = #hip.mean, "
                     f"representative = #hip.representative<{which}>")

    def wanted(at, start, length):
        b, h, m = at
        return places.mean_score(q[b, h, m * 16:m * 16 + 16], k[b, h], start, length, which, granule, k_stride)

    check_scores(got, ranges, counts, wanted)


@pytest.mark.parametrize("granule, box", [(2, 8), (1, 4), (2, 2), (2, MOST - 1)])
def test_box_score(tool, place, granule, box, pipeline):
    """Boxes that the summaries do not have score NaN."""
    q, k = score_arrays(7)
    ranges, counts = bad_ranges(8)
    size = min(box, 8)
    boxes = np.stack([np.stack([np.stack(scores.summarize(keys, size), axis=1)[:-1]
                                for keys in entry]) for entry in k])
    got = run_scores(tool, place, pipeline, "score", [q, boxes, ranges, counts],
                     f"granule = {granule} : i64, kind = #hip.box<{box}>")

    def wanted(at, start, length):
        b, h, m = at
        which = start * granule // box
        if not length or which >= boxes.shape[2]:
            return np.nan
        low, high = boxes[b, h, which]
        rows = scores.box_rows(q[b, h, m * 16:m * 16 + 16])
        return scores.dot(rows, np.concatenate([high, low])[None]).max()

    check_scores(got, ranges, counts, wanted)


@pytest.mark.parametrize("which, levels, path", [("first", 3, "leaf"), ("center", 31, "path"),
                                                 ("last", 31, "leaf")])
def test_descend(tool, place, which, levels, path, pipeline):
    from reference import ranges as rules
    q, k = score_arrays(9)
    ranges, counts = bad_ranges(10)
    got = run_scores(tool, place, pipeline, "descend", [q, k, ranges, counts],
                     f"granule = 1 : i64, levels = {levels} : i64, path_score = #hip.path_score<"
                     f"{path}>, representative = #hip.representative<{which}>")

    def wanted(at, start, length):
        table = key_products(q, k, at)
        score_of = lambda s, n: np.array(
            [places.token_score(table, int(x), int(y), which, 1, 1)
             for x, y in zip(s.reshape(-1), n.reshape(-1))], np.float32).reshape(s.shape)
        pair = np.array([start]), np.array([length])
        return rules.descend(*pair, min(levels, 31), score_of, path == "path")[0]

    check_scores(got, ranges, counts, wanted)


@pytest.mark.parametrize("chunks", [2, 7, MOST])
def test_partition_has_the_room_of_its_list(tool, place, chunks, pipeline):
    """More chunks than the list has room for, or than there are granules."""
    program, room = Guarded(), 5
    q, k = score_arrays(11)
    positions = np.array([MOST, LOW], np.int32)
    values, given = operands([program.take(q), program.take(k)]), program.take(positions)
    outs = [np.full((2, HEADS, LISTS, room, 2), GUARD, np.int32),
            np.full((2, HEADS, LISTS), GUARD, np.int32)]
    program.op(f"hip.partition ins({values}) positions({given[0]} : {given[1]}) outs({{outs}}) "
               "band #hip.band<block_q = 16, chunk = 2, sink = 4, window = 6> "
               f"{{{{granule = 2 : i64, chunks = {chunks} : i64}}}} -> {{types}}", outs)
    got = program.run(tool, place, pipeline)
    # Past all keys all rows see all of them; before them none has a candidate.
    granules = [(KEYS - 6 - 4) // 2, 0]
    check_lists(*got, lambda at: places.partition(2, granules[at[0]], min(chunks, granules[at[0]]),
                                                  room))


# ----------------------------------------------------------------------------------------------
# Views
# ----------------------------------------------------------------------------------------------

PAGE, PAGES, COLUMNS = 4, 30, 12
TABLE_BAD = [PAGES, PAGES + 1, -1, MOST, LOW, 2**30, -PAGES]
LENGTHS = [PAGE * COLUMNS, 37, MOST, -1, LOW, 0, PAGE * COLUMNS + 1, 5]
OFFSETS = [0, 40, 33, 90, -7, MOST, 12, LOW, 70]


class View:
    """Keys of every entry as a storage of theirs gives them."""

    def __init__(self, kind, dtype, seed):
        rng = np.random.default_rng(seed)
        draw = lambda *shape: rng.integers(-4, 5, shape).astype(TYPES[dtype])
        self.batch = len(LENGTHS)
        if kind == "ragged":
            offsets = np.roll(OFFSETS, seed % 3).astype(np.int32)
            self.arrays = [draw(80, 2, SIZE), offsets]
            self.op = "hip.kv.ragged {0}[{1}]"
            entries = [places.ragged(self.arrays[0], *offsets[b:b + 2]) for b in range(self.batch)]
        else:
            table = rng.integers(0, PAGES, (self.batch, COLUMNS)).astype(np.int32)
            for i in range(0, table.size, 5):
                table.flat[i] = TABLE_BAD[i // 5 % len(TABLE_BAD)]
            lengths = np.roll(LENGTHS, 0 if kind == "paged" else seed % 2).astype(np.int32)
            self.arrays = [draw(PAGES, PAGE, 2, SIZE), table, lengths]
            self.op = "hip.kv.paged {0}[{1}] lengths({2})"
            entries = [places.paged(self.arrays[0], row, n) for row, n in zip(table, lengths)]
        self.keys, self.there, self.faults = zip(*entries)
        self.type = f"!hip.kv<{self.batch}x2x?x{SIZE}x{dtype}>"

    def make(self, program, name, shared=()):
        """`shared`: what take() gave for arrays after the first, used again."""
        first = program.take(self.arrays[0])
        taken = [first, *(shared or [program.take(array) for array in self.arrays[1:]])]
        types = ", ".join(type_ for _, type_ in taken)
        program.lines.append(f"%{name} = {self.op.format(*(x for x, _ in taken))} : {types}")
        return taken[1:]


POLICIES = {"dense": Dense(16), "window": Window(16), "tree": Tree(16, 2, 8),
            "stages": Stages(((32, 8, 16, 4), (16, 4, 8, 1))),
            "boxes": Boxes(16, 4, ((8, 16),), 8),
            "union": Union((Tree(16, 2, 8), Boxes(16, 4, ((8, 16),), 8)))}


def expected(policy, q, key, value, b, sink, window, position0=None):
    """The reference for entry b: keys that are skipped score -inf, values that are, 0."""
    k, there = key.keys[b], key.there[b]
    v = np.zeros_like(k)
    both = np.zeros(len(there), bool)
    shared = min(len(there), len(value.there[b]))
    both[:shared] = there[:shared] & value.there[b][:shared]
    v[:, both] = value.keys[b][:, :shared][:, both[:shared]]
    lists = prune(policy, q[b:b + 1], k[np.newaxis], sink, window, position0=position0,
                  there=there[np.newaxis])
    k = np.where(both[:, None], k, k.dtype.type(0))
    return attention(policy, q[b:b + 1], k[np.newaxis], v[np.newaxis], *lists, sink, window,
                     position0=position0,
                     score=lambda s, _b, _h, _i, j: np.where(both[j], s, -np.inf))


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("kind, dtype", [("paged", "f16"), ("paged", "f32"), ("other", "f16"),
                                         ("ragged", "bf16"), ("ragged", "f32")])
def test_keys(tool, place, kind, dtype, policy, pipeline):
    """Pages, lengths and offsets of any number: of `paged` keys and values have one table, of
    `other` and `ragged` each its own."""
    key, value = View(kind, dtype, 1), View(kind, dtype, 2)
    if kind == "paged":
        value.arrays[1:] = key.arrays[1:]
        value.keys, value.there, value.faults = zip(*(
            places.paged(value.arrays[0], row, n) for row, n in zip(*key.arrays[1:])))
    check_keys(tool, place, pipeline, key, value, dtype, POLICIES[policy], kind == "paged")


@pytest.mark.parametrize("position", [LOW, -5, 20, MOST])
@pytest.mark.parametrize("policy", ["dense", "tree"])
def test_positions(tool, place, policy, position, pipeline):
    """S1: any position is one that rows and keys can tell apart, or as good as the next of those."""
    key, value = View("paged", "f32", 3), View("other", "f32", 4)
    check_keys(tool, place, pipeline, key, value, "f32", POLICIES[policy], False, position)


def check_keys(tool, place, pipeline, key, value, dtype, policy, shared, position=None, sink=8,
               window=4):
    rows, chosen = 40, policy
    q = np.random.default_rng(5).integers(-2, 3, (key.batch, 4, rows, SIZE)).astype(TYPES[dtype])
    program = Guarded()
    query = program.take(q)
    again = key.make(program, "k")
    value.make(program, "v", again if shared else ())
    given = ""
    if position is not None:
        given = "positions({} : {})".format(*program.take(np.full(key.batch, position, np.int32)))
    out, lse = np.full_like(q, np.nan), np.full(q.shape[:3], np.nan, np.float32)
    program.op(f"hip.attention ins({query[0]}, %k, %v : {query[1]}, {key.type}, {value.type}) "
               f"{given} outs({{outs}}) policy #hip.{chosen} {{{{sink = {sink} : i64, window = "
               f"{window} : i64, causal}}}} -> {{types}}", [out, lse])
    got_out, got_lse = program.run(tool, place, pipeline)
    sink, window = min(sink, 1000), min(window, 1000)  # as good, and NumPy's integers wrap
    for b in range(key.batch):
        position0 = None if position is None else places.held(position, -rows, len(key.there[b]))
        want = expected(chosen, q, key, value, b, sink, window, position0)
        out_bound, lse_bound = bounds(want, TYPES[dtype], SIZE, default_scale(SIZE))
        check_close(f"lse of entry {b}", got_lse[b], want.lse[0], lse_bound[0])
        check_close(f"out of entry {b}", got_out[b].astype(np.float64), want.out[0], out_bound[0])


@pytest.mark.parametrize("kind", ["paged", "other", "ragged"])
def test_faults_are_counted(tool, place, kind, pipeline):
    key, program = View(kind, "f16", 5), Guarded()
    key.make(program, "k")
    program.op(f"hip.check_keys ins(%k : {key.type}) outs({{outs}}) -> {{types}}",
               [np.full(key.batch, GUARD, np.int32)])
    got = program.run(tool, place, pipeline)[0]
    assert sum(key.faults) and np.array_equal(got, key.faults)


@pytest.mark.parametrize("granule", [1, 4, 6, MOST])
@pytest.mark.parametrize("kind, dtype", [("paged", "f16"), ("ragged", "f32")])
def test_summaries(tool, place, kind, dtype, granule, pipeline):
    """S10b: keys that are skipped are in no box; a box without any is NaN."""
    key, program = View(kind, dtype, 6), Guarded()
    key.make(program, "k")
    room = 12
    program.op(f"hip.summarize ins(%k : {key.type}) outs({{outs}}) {{{{granule = {granule} : i64}}}}"
               " -> {types}", [np.full((key.batch, 2, room, 2, SIZE), 99, TYPES[dtype])])
    got = program.run(tool, place, pipeline)[0]
    for b, h in np.ndindex(key.batch, 2):
        size = min(granule, 1000)  # more keys than there are
        bounds_ = np.stack(scores.summarize(key.keys[b][h], size, key.there[b]), axis=1)[:room]
        assert np.array_equal(got[b, h, :len(bounds_)].astype(np.float32), bounds_,
                              equal_nan=True), f"entry {b}, head {h}"
        assert (got[b, h, len(bounds_):] == 99).all(), "a box that is not full was written"


# ----------------------------------------------------------------------------------------------
# Bands
# ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sink, window", [(8, 4), (MOST - 1, 4), (MOST - 1, MOST), (8, MOST), (0, MOST)])
def test_attributes_beyond_the_keys(tool, place, sink, window, pipeline):
    """S3: more sinks or window than keys are all of them, whatever the number."""
    key, value = View("paged", "f32", 7), View("paged", "f32", 8)
    check_keys(tool, place, pipeline, key, value, "f32", Tree(16, 2, 8), False, None, sink, window)


@pytest.mark.parametrize("start", [LOW, -1, 0, 9, 30, KEYS, KEYS + 1, MOST])
def test_band_start(tool, place, start, pipeline):
    """S17: the band starts at any number; never before the sinks end, nor after the keys."""
    rng = np.random.default_rng(12)
    draw = lambda heads, rows: rng.integers(-2, 3, (1, heads, rows, SIZE)).astype(np.float32)
    q, k, v = draw(2, 32), draw(2, KEYS), draw(2, KEYS)
    blocks = np.array([[4, 5, -1, LOW, MOST, KEYS // 2, 14, 2]] * 4, np.int32).reshape(1, 2, 2, 8)
    counts = np.full((1, 2, 2), MOST, np.int32)
    program = Guarded()
    q_, k_, v_, l_, c_, s_ = (program.take(x) for x in (
        q, k, v, blocks, counts, np.full((1, 2), start, np.int32)))
    list_ = f"list({l_[0]}, {c_[0]} : {l_[1]}, {c_[1]}) band_start({s_[0]} : {s_[1]})"
    band = ("band #hip.band<block_q = 16, chunk = 2, sink = 8, window = 4> "
            "{{block_q = 16 : i64, block_k = 2 : i64}} -> {types}")
    program.op(f"hip.block_sparse_attention ins({operands([q_, k_, v_])}) {list_} outs({{outs}}) "
               + band, [np.full_like(q, np.nan)])
    out = program.run(tool, place / "attention", pipeline)[0]
    check = Guarded()
    q_, k_, l_, c_, s_ = (check.take(x) for x in (
        q, k, blocks, counts, np.full((1, 2), start, np.int32)))
    list_ = f"list({l_[0]}, {c_[0]} : {l_[1]}, {c_[1]}) band_start({s_[0]} : {s_[1]})"
    check.op(f"hip.check_list ins({operands([q_, k_])}) {list_} outs({{outs}}) " + band,
             [np.full((1, 2, 2), GUARD, np.int32)])
    faults = check.run(tool, place / "check", pipeline)[0]
    end = places.held(start, 0, KEYS)
    listed = list(map(int, blocks[0, 0, 0]))
    good = [x for x in listed if 8 <= x * 2 and x * 2 + 2 <= end]
    unordered = [x for before, x in zip(listed, listed[1:]) if x in good and x <= before]
    assert (faults == 8 - len(good) + len(unordered) + 1).all()
    scale = np.float64(default_scale(SIZE))
    for h, i in np.ndindex(2, 32):
        last = KEYS - 32 + i
        keys = [*range(8), *(x * 2 + y for x in good for y in (0, 1)),
                *range(max(start, 8), KEYS)]
        keys = [key for key in keys if key <= last]
        s = scale * k[0, h, keys].astype(np.float64) @ q[0, h, i].astype(np.float64)
        w = np.exp(s - s.max())
        assert np.allclose(out[0, h, i], w @ v[0, h, keys] / w.sum(), rtol=1e-4, atol=1e-4)
