"""The tables of docs/quality.md: which rows and columns of the results they have."""

import plan
from results import SEED, key_of
from tables import MEASURES, bits, by, by_part, decoded_bits, interval, label, mean, parts_text, select

FAMILIES = ("dense", "window", "tree", "stages", "boxes", "union")
# The first default, which has half as many keys in its first level.
FIRST_DEFAULT = "union, 2,048 keys"
SMALLER = ("union", "union, 4,096 keys")
TABLE_LENGTHS = (2048, 4096, 8192, 16384, 32768)


def documented(lines):
    """(name, entries) of each table, in the document's order."""
    tiny = select(lines, model="tiny")
    yield "times", _times(lines)
    yield from _main(select(tiny, list_heads="kv"))
    yield from _searched(select(tiny, list_heads="kv", decoded=0))
    yield from _budgets(select(tiny, decoded=0))
    yield from _decoded(select(tiny, list_heads="kv"))
    yield from _held_out(select(tiny, list_heads="kv", decoded=0))
    yield from _smollm2(select(lines, model="smollm2", list_heads="kv", decoded=0))
    yield "recorded", [(label(cell), name, show(result))
                       for cell, result in sorted(_families(select(lines, kind="recorded")), key=_by_budget)
                       if cell["keep"] in (0, 128, 512, 2048) for name, show in MEASURES.items()]
    for name, length in (("stretched-128k", 1 << 17), ("stretched-512k", 1 << 19), ("stretched-1m", 1 << 20)):
        yield name, _stretched(select(lines, kind="synthetic", length=length, seed=SEED))


def times(lines):
    """(name, results known, cells there are) of each set of the tiny model, and of each other kind. A cell is of the
    first set that has it."""
    known, done = {key_of(cell): result for cell, result in lines}, set()
    texts = dict.fromkeys(cell["text"] for cell, _ in select(lines, model="tiny", kind="texts"))
    sets = plan.ModelCells([*texts]).sets() if texts else {}
    for name in sorted(sets, key=lambda name: name not in plan.WHOLE):
        keys = dict.fromkeys(key_of({**cell, "model": "tiny"}) for cell in sets[name]())
        new = [key for key in keys if key not in done]
        done.update(new)
        yield name, [known[key] for key in new if key in known], len(new)
    for name, cells in (("recorded", plan.recorded_cells()), ("synthetic", plan.synthetic_cells())):
        keys = [key_of(cell) for cell in cells]
        yield name, [known[key] for key in keys if key in known], len(keys)


def wall_minutes(name, results):
    """Minutes of JOBS processes side by side; what is timed has the GPU alone."""
    return sum(result["seconds"] for result in results) / 60 / (1 if name == "synthetic" else plan.JOBS)


def whole(each):
    """Whether a set or kind is measured unless told otherwise."""
    return each in (*plan.WHOLE, "recorded", "synthetic")


def _times(lines):
    """Of results that have the whole."""
    found, entries = [(name, each) for name, each, count in times(lines) if len(each) == count or not whole(name)], []
    if len([name for name, _ in found if whole(name)]) < len(plan.WHOLE) + 2:
        return []
    for row, some in (("the whole", [each for each in found if whole(each[0])]),
                      *((name, [(name, each)]) for name, each in sorted(found, key=lambda each: not whole(each[0])))):
        if any(each for _, each in some):
            results = [result for _, each in some for result in each]
            entries += [(row, "cells", str(len(results))),
                        (row, "seconds in all", f"{sum(result['seconds'] for result in results):.0f}"),
                        (row, "minutes", f"{sum(wall_minutes(*each) for each in some):.1f}")]
    return entries


def _families(lines, more=()):
    return [each for each in lines if each[0]["name"] in (*FAMILIES, *more)]


def _at(lines, *budgets):
    return [each for each in lines if each[0]["keep"] in (0, *budgets)]


def _by_budget(line):
    return line[0]["keep"]


def _first_seed(lines, kind):
    return [each for each in select(lines, kind=kind) if each[0].get("seed", SEED) == SEED]


def _unions(lines):
    return [each for each in lines if each[0]["name"].partition(",")[0] in ("dense", "union")]


def _columns(lines, names):
    """A policy's shares of the longest prompts and bits per byte of each text in one row."""
    found = []
    for kind, title in names.items():
        found += [(label(cell), title, interval(result)) for cell, result in _first_seed(lines, kind)
                  if cell["length"] == TABLE_LENGTHS[-1]]
    return found + by(select(lines, kind="texts"), "text", bits)


def _main(lines):
    main = _at(_families(lines, (FIRST_DEFAULT,)), 512)
    whole = select(main, decoded=0)
    yield "passkeys", by(_first_seed(whole, "passkey"), "length", interval)
    yield "keys", by(_first_seed(whole, "keys"), "length", interval)
    yield "bits", by(select(whole, kind="texts"), "text", bits)
    yield "bits-by-length", _beyond(select(lines, kind="texts", decoded=0, list_heads="kv"))


def _up_to(result, length):
    """Bits per byte of the first `length` bytes, of a model whose tokens are bytes."""
    total = start = 0
    for end, ratio in result["by_position"]:
        if end <= length or start < length <= end + 1:
            total, start = total + (end - start) * ratio, end
    return total / start


def _beyond(lines):
    """Percent of bits per byte beyond dense attention's up to each length, a mean over texts."""
    dense = {cell["text"]: result for cell, result in select(lines, name="dense")}
    found = {}
    for cell, result in _families(lines, ("union, 4,096 keys", FIRST_DEFAULT)):
        if cell["text"] in dense and (cell["keep"] == 512 or cell["name"].startswith("union") and cell["keep"] < 512):
            for length in TABLE_LENGTHS:
                ratio = _up_to(result, length) / _up_to(dense[cell["text"]], length) - 1
                found.setdefault((label(cell), length), []).append(100 * ratio)
    return [(name, length, f"{mean(each):+.2f}") for (name, length), each in found.items()]


def _searched(lines):
    yield "unions", _columns(_at(_unions(lines), 512), {"passkey": "pass keys, 32K", "keys": "several keys, 32K"})
    few = sorted([each for each in lines if each[0]["name"] in SMALLER and each[0]["keep"] in (256, 384, 512)],
                 key=lambda line: (line[0]["keep"], line[0]["length"]))
    yield "smaller-unions", (by(_first_seed(few, "passkey"), "length", interval) +
                             [(label(cell), f"several, {cell['length']:,}", interval(result))
                              for cell, result in _first_seed(few, "keys")])


def _budgets(lines):
    found = []
    for name in ("tree", "boxes", "union"):
        each = select(lines, name=name, list_heads="kv")
        found += [(f"{name}, pass keys at 32K", cell["keep"], interval(result))
                  for cell, result in _first_seed(each, "passkey") if cell["length"] == TABLE_LENGTHS[-1]]
        found += [(f"{name}, bits per byte of code", cell["keep"], bits(result))
                  for cell, result in select(each, kind="texts") if cell["text"].startswith("code")]
    yield "budgets", found
    three = [each for each in lines if each[0]["name"] in ("tree", "boxes", "union") and each[0]["keep"] == 512]
    yield "heads", _columns(three, {"passkey": "pass keys, 32K"})


def _decoded(lines):
    main = _at(_families(lines, (FIRST_DEFAULT,)), 512)
    for name, kind, show in (("decoded-passkeys", "passkey", interval), ("decoded-bits", "texts", decoded_bits)):
        each = _first_seed(main, kind)
        yield name, by(by_part(each, False), "refresh", show)
        yield f"{name}-by-part", [(label(cell), parts_text(cell["refresh"]), show(result)) for cell, result in
                                  sorted(by_part(each, True), key=lambda line: line[0]["refresh"])]


def _held_out(lines):
    others = [each for each in lines if each[0].get("seed", SEED) != SEED]
    for name, kind in (("held-out-passkeys", "passkey"), ("held-out-keys", "keys")):
        yield name, by(select(others, kind=kind), "length", interval)


def _smollm2(lines):
    wide = [f"{name}, window 1,024" for name in ("tree", "union")]
    lines = [each for each in _families(lines, (FIRST_DEFAULT, "union, 8,192 keys", *wide))
             if each[0]["keep"] in (0, 512) or each[0]["keep"] > 512 and each[0]["name"].startswith("union")]
    texts = select(lines, kind="texts")
    dense = {cell["text"]: result["bits"] for cell, result in select(texts, name="dense")}
    yield "smollm2-bits", [(label(cell), f"{cell['text']}, {result['tokens']:,} tokens",
                            f"{bits(result)} ({100 * (result['bits'] / dense[cell['text']] - 1):+.2f} %)")
                           for cell, result in texts if cell["text"] in dense]
    yield "smollm2-passkeys", by(_first_seed(lines, "passkey"), "length", interval)


def _stretched(lines):
    columns = {"needle": lambda r: interval(r["needle"]), "best": lambda r: interval(r["best"]),
               "keys, %": lambda r: f"{100 * r['share_of_keys']:.2f}",
               "64 rows, ms": lambda r: f"{1e3 * r['block_seconds']:.2f}",
               "one row, ms": lambda r: f"{1e3 * r['row_seconds']:.2f}"}
    return [(label(cell), name, show(result)) for cell, result in sorted(lines, key=_by_budget)
            for name, show in columns.items()]
