"""S17b: summaries that lie beside pages. An op writes those of new keys, and a search finds them by the page table."""

import numpy as np
import pytest

import programs
from programs import TYPE_NAMES
from reference import prune
from reference.policies import levels_of
from reference.scores import summarize
from test_operands import SINK, SIZE, SUMMARIZED, Program, check_lists, flags, make

LENGTHS = (130, 61, 9, 111)
# Boxes of several pages, of one, and pages of several boxes.
PAGES = (4, 16, 32)
# What no box has: a search that read it would choose it.
NONE = 64


def beside(keys, arrays, box, old):
    """What lies beside the pages of `keys` when each entry has had its keys but for the last `old`."""
    pages, table, _ = keys.arrays
    page = pages.shape[1]
    kept = np.full((len(pages), max(1, page // box), pages.shape[2], 2, SIZE), NONE, pages.dtype)
    for b, entry in enumerate(arrays.ks):
        for i in range(max(0, entry.shape[1] - old) // box):
            place = kept[table[b, ((i + 1) * box - 1) // page], i % (page // box) if box <= page else 0]
            for h, rows in enumerate(entry):
                low, high = summarize(rows[i * box:(i + 1) * box], box)
                place[h] = low[0], high[0]
    return kept


class Kept(Program):
    """@f of queries, pages and what lies beside them."""

    def __init__(self, arrays, page, policy, old):
        keys = programs.paged(arrays.ks, page, seed=5)
        super().__init__(arrays, lambda entries: keys, policy)
        self.keys, self.arrays, self.boxes = keys, arrays, [box for box, _ in levels_of(policy)]
        self.page = page
        self.kept = [beside(keys, arrays, box, old) for box in self.boxes]
        self.types = [self.array(f"s{i}", array, (0,)) for i, array in enumerate(self.kept)]

    def update(self, rows):
        self.lines += f"  %new = arith.constant {rows} : index\n"
        for i, (box, type_) in enumerate(zip(self.boxes, self.types)):
            self.lines += (f"  %u{i} = hip.update_summaries ins({self.k} : {self.key}) rows(%new) "
                           f"outs(%s{i} : {type_}) {{granule = {box} : i64}} -> {type_}\n")
        return [f"%u{i}" for i in range(len(self.boxes))]

    def views(self, names):
        """`summaries(...)` of a search."""
        element = TYPE_NAMES[self.arrays.q.dtype.name]
        view = f"!hip.kv<{self.batch}x{len(self.arrays.ks[0])}x?x2x{SIZE}x{element}>"
        _, table, lengths = self.keys.types
        for i, (name, box, type_) in enumerate(zip(names, self.boxes, self.types)):
            self.lines += (f"  %x{i} = hip.kv.summaries {name}[%k1] lengths(%k2) {{box = {box} : i64, "
                           f"page = {self.page} : i64}} : {type_}, {table}, {lengths}\n")
        many = len(self.boxes)
        return f"summaries({', '.join(f'%x{i}' for i in range(many))} : {', '.join([view] * many)}) "


@pytest.mark.parametrize("policy", SUMMARIZED)
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("rows", [0, 1, 40, 1000])
@pytest.mark.parametrize("kv_heads, dtype", [(2, "f16"), (1, "f32")])
def test_kept(tool, place, kv_heads, dtype, rows, page, policy, pipeline):
    """Of new keys the complete boxes are written, and nothing else; a search then finds all."""
    arrays, policy = make(dtype, lengths=LENGTHS, kv_heads=kv_heads), SUMMARIZED[policy]
    program = Kept(arrays, page, policy, rows)
    updated = program.update(rows)
    summaries = program.views(updated)
    outs, types = program.list_outs(kv_heads, policy.width(130))
    results = program.op("r", f"hip.prune ins(%q, {program.k} : {program.query}, {program.key}) {summaries}{outs} "
                         f"policy #hip.{policy}", types, f"{flags(True)}, heads = #hip.heads<kv>")
    output = program.run(tool, place, pipeline, [*updated, *results], [*program.types, *types])
    for box, array in zip(program.boxes, output):
        assert np.array_equal(array, beside(program.keys, arrays, box, 0)), f"boxes of {box}"
    for b in range(len(LENGTHS)):
        q, k, _ = arrays.entry(b)
        check_lists(b, output[-2:], prune(policy, q, k, SINK, 8, True, "kv"))
    assert output[-1].any()


@pytest.mark.parametrize("bad", [-1, 1 << 20, -1 << 31, (1 << 31) - 1])
@pytest.mark.parametrize("page", PAGES)
def test_pages_that_are_not_there(tool, place, page, bad, pipeline):
    """S24: nothing is written for them, and their boxes are not chosen before others."""
    arrays, policy = make("f32", lengths=LENGTHS), SUMMARIZED["two"]
    program = Kept(arrays, page, policy, 1000)
    _, table, lengths = program.keys.arrays
    lost = 48 // page
    place_of_lost, table[0, lost] = table[0, lost], bad
    # A length that is held, whose pages are not there.
    table[2, -(-LENGTHS[2] // page):], lengths[2] = bad, 1 << 30
    updated = program.update(1000)
    summaries = program.views(updated)
    outs, types = program.list_outs(2, policy.width(130))
    results = program.op("r", f"hip.prune ins(%q, {program.k} : {program.query}, {program.key}) {summaries}{outs} "
                         f"policy #hip.{policy}", types, f"{flags(True)}, heads = #hip.heads<kv>")
    output = program.run(tool, place, pipeline, [*updated, *results], [*program.types, *types])
    for array in output[:2]:
        assert (array[place_of_lost] == NONE).all()
    q, k, _ = arrays.entry(3)
    check_lists(3, output[-2:], prune(policy, q, k, SINK, 8, True, "kv"))
