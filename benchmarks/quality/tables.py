#!/usr/bin/env python3
"""Tables of results in Markdown. Usage: tables.py FILE...; FILEs are what lab.py --out wrote."""

import sys

import results

MODELS = ("tiny", "smollm2")
FAMILIES = ("dense", "window", "tree", "stages", "boxes", "union")


def lines_of(files):
    """Cells with their results, the last of each."""
    found = {results.key_of(line["cell"]): line for file in files for line in results.read(file)}
    return sorted(((line["cell"], line["result"]) for line in found.values()), key=lambda line: _place(line[0]))


def _place(cell):
    """Policies by kind, the plain ones first, then by whose lists they are and what they keep."""
    kind = cell["name"].partition(",")[0]
    return (FAMILIES.index(kind) if kind in FAMILIES else len(FAMILIES), cell["name"],
            ("kv", "query", "all").index(cell["list_heads"]), cell["keep"])


def select(lines, **wanted):
    """The (cell, result) whose cell has these values."""
    return [(cell, result) for cell, result in lines if all(cell.get(name) == value for name, value in wanted.items())]


def interval(result):
    return f"{result['share']:.3f} ({result['low']:.3f} to {result['high']:.3f})"


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def label(cell):
    """What a row of a table is called."""
    words = [cell["name"], *([str(cell["keep"])] if cell["keep"] else [])]
    heads = {"query": "list per query head", "all": "one list a layer"}.get(cell["list_heads"])
    return " ".join(words) + (f", {heads}" if heads else "")


def table(entries):
    """Of (row, column, text): a row for each first word, a column for each second."""
    rows, heads = {}, {}
    for row, column, text in entries:
        heads[column] = None
        rows.setdefault(row, {})[column] = text
    heads = sorted(heads) if all(isinstance(head, int) for head in heads) else list(heads)
    return [f"| | {' | '.join(map(str, heads))} |", f"| --- |{' --- |' * len(heads)}",
            *(f"| {name} | {' | '.join(row.get(head, '') for head in heads)} |" for name, row in rows.items())]


def by(lines, column, show):
    """Entries with the column of a cell's value."""
    return [(label(cell), cell[column], show(result)) for cell, result in lines]


def model_sections(lines, model):
    whole, decoded = select(lines, decoded=0), [each for each in lines if each[0].get("decoded")]
    yield f"Passkeys by tokens, {model}", by(select(whole, kind="passkey"), "length", interval)
    yield f"Several keys by tokens, {model}", by(select(whole, kind="keys"), "length", interval)
    yield f"Bits per byte, {model}", by(select(whole, kind="texts"), "text", lambda r: f"{r['bits']:.4f}")
    yield (f"Passkeys whose question is decoded, by refresh, {model}",
           by(select(decoded, kind="passkey"), "refresh", interval))
    yield (f"Bits per byte of decoded text, by refresh, {model}",
           by(select(decoded, kind="texts"), "refresh", lambda r: f"{r['decoded_bits']:.4f}"))
    yield (f"Mass kept in each layer, {model}",
           by(select(lines, kind="layers"), "source",
              lambda r: " ".join(f"{mean(layer['mass']):.3f}" for layer in r["layers"])))


def sections(lines):
    """(title, entries) of each table that there may be."""
    for model in MODELS:
        yield from model_sections(select(lines, model=model), model)
    measures = {"mass": lambda r: f"{mean(r['mass']):.4f}", "best key": lambda r: interval(r["best"]),
                "best 64 keys": lambda r: f"{mean(r['recall']):.4f}", "output error": lambda r: f"{mean(r['error']):.4f}"}
    yield "Recorded layer", [(label(cell), name, show(result)) for cell, result in select(lines, kind="recorded")
                             for name, show in measures.items()]
    stretched = select(lines, kind="synthetic")
    for name, title in (("needle", "Needle kept"), ("best", "Best key kept")):
        yield f"{title}, by keys", by(stretched, "length", lambda r, name=name: interval(r[name]))
    for name, what in (("block_seconds", "64 rows"), ("row_seconds", "one row")):
        yield f"Milliseconds of {what}, by keys", by(stretched, "length", lambda r, name=name: f"{1e3 * r[name]:.2f}")


def main():
    for title, entries in sections(lines_of(sys.argv[1:])):
        if entries:
            print(f"### {title}", "", *table(entries), "", sep="\n")


if __name__ == "__main__":
    main()
