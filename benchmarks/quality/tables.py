#!/usr/bin/env python3
"""Tables of results in Markdown. Usage: tables.py FILE... [--all | --update DOCUMENT]; FILEs are what lab.py --out wrote.

Prints the tables that docs/quality.md has, by their names there; --all all that there are, and --update writes the
former into a document, after the lines <!-- table: NAME -->.
"""

import argparse
import re
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "python"))

import results  # noqa: E402

MODELS = ("tiny", "smollm2")
FAMILIES = ("dense", "window", "tree", "stages", "boxes", "union")
MARK = re.compile(r"(<!-- table: ([a-z0-9-]+) -->\n)(\n\|(?:.*\n)+?(?=\n|\Z))?")


def lines_of(files):
    """Cells with their results and how long they took, the last of each."""
    found = {results.key_of(line["cell"]): line for file in files for line in results.read(file)}
    return sorted(((line["cell"], {**line["result"], "seconds": line["seconds"]}) for line in found.values()),
                  key=lambda line: _place(line[0]))


def _place(cell):
    """Policies by kind, the plain ones first, then by whose lists they are and what they keep."""
    kind = cell["name"].partition(",")[0]
    # 2,048 keys before 16,384.
    name = re.sub(r"[\d,]*\d", lambda number: number[0].replace(",", "").zfill(9), cell["name"])
    return (FAMILIES.index(kind) if kind in FAMILIES else len(FAMILIES), name,
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
    kind, _, more = cell["name"].partition(", ")
    words = [kind + (f" {cell['keep']}" if cell["keep"] else ""), more,
             {"query": "list per query head", "all": "one list a layer"}.get(cell["list_heads"])]
    return ", ".join(filter(None, words))


def table(entries):
    """Of (row, column, text): a row for each first word, a column for each second."""
    rows, heads = {}, {}
    for row, column, text in entries:
        heads[column] = None
        rows.setdefault(row, {})[column] = text
    heads = sorted(heads) if all(isinstance(head, int) for head in heads) else list(heads)
    return [f"| | {' | '.join(map(_head, heads))} |", f"| --- |{' --- |' * len(heads)}",
            *(f"| {name} | {' | '.join(row.get(head, '') for head in heads)} |" for name, row in rows.items())]


def _head(head):
    return f"{head:,}" if isinstance(head, int) else str(head)


def by(lines, column, show):
    """Entries with the column of a cell's value."""
    return [(label(cell), cell[column], show(result)) for cell, result in lines]


def bits(result):
    return f"{result['bits']:.4f}"


def decoded_bits(result):
    return f"{result['decoded_bits']:.4f}"


def by_part(lines, yes):
    """Cells whose parts are searched at intervals of their own, or at one."""
    return [each for each in lines if each[0].get("decoded") and isinstance(each[0]["refresh"], list) == yes]


def parts_text(refresh):
    return ", ".join(map(str, refresh))


def seeds(lines):
    """Those of prompts and keys, and what titles say of them."""
    found = sorted({cell["seed"] for cell, _ in lines if "seed" in cell})
    return [(seed, f", seed {seed}" if seed != results.SEED else "") for seed in found]


def model_sections(lines, model):
    for seed, of_seed in seeds(lines):
        whole = select(lines, decoded=0, seed=seed)
        yield f"Passkeys by tokens, {model}{of_seed}", by(select(whole, kind="passkey"), "length", interval)
        yield f"Several keys by tokens, {model}{of_seed}", by(select(whole, kind="keys"), "length", interval)
    yield f"Bits per byte, {model}", by(select(lines, kind="texts", decoded=0), "text", bits)
    for kind, show, title in (("passkey", interval, "Passkeys whose question is decoded"),
                              ("texts", decoded_bits, "Bits per byte of decoded text")):
        of_kind = select(lines, kind=kind)
        yield f"{title}, by refresh, {model}", by(by_part(of_kind, False), "refresh", show)
        yield (f"{title}, by refresh of each part, {model}",
               [(label(cell), parts_text(cell["refresh"]), show(result)) for cell, result in by_part(of_kind, True)])
    yield (f"Mass kept in each layer, {model}",
           by(select(lines, kind="layers"), "source",
              lambda r: " ".join(f"{mean(layer['mass']):.3f}" for layer in r["layers"])))


MEASURES = {"mass": lambda r: f"{mean(r['mass']):.4f}", "best key": lambda r: interval(r["best"]),
            "best 64 keys": lambda r: f"{mean(r['recall']):.4f}", "output error": lambda r: f"{mean(r['error']):.4f}"}


def sections(lines):
    """(title, entries) of each table that there may be."""
    for model in MODELS:
        yield from model_sections(select(lines, model=model), model)
    yield "Recorded layer", [(label(cell), name, show(result)) for cell, result in select(lines, kind="recorded")
                             for name, show in MEASURES.items()]
    for seed, of_seed in seeds(lines):
        stretched = select(lines, kind="synthetic", seed=seed)
        for name, title in (("needle", "Needle kept"), ("best", "Best key kept")):
            yield f"{title}, by keys{of_seed}", by(stretched, "length", lambda r, name=name: interval(r[name]))
        for name, what in (("block_seconds", "64 rows"), ("row_seconds", "one row")):
            yield (f"Milliseconds of {what}, by keys{of_seed}",
                   by(stretched, "length", lambda r, name=name: f"{1e3 * r[name]:.2f}"))


def updated(text, tables):
    """The text with the tables {name: entries} after their marks."""
    if missing := [name for _, name, _ in MARK.findall(text) if name not in tables]:
        raise SystemExit(f"there is no table {', '.join(missing)}; there are {', '.join(tables)}")

    def fill(match):
        entries = tables[match[2]]
        return match[1] + ("\n" + "\n".join(table(entries)) + "\n" if entries else "")
    return MARK.sub(fill, text)


def main():
    from documented import documented
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--all", action="store_true", help="every table of every cell")
    parser.add_argument("--update", type=Path, metavar="DOCUMENT", help="such as docs/quality.md")
    arguments = parser.parse_args()
    lines = lines_of(arguments.files)
    if arguments.update:
        arguments.update.write_text(updated(arguments.update.read_text(), dict(documented(lines))))
        return
    for title, entries in sections(lines) if arguments.all else documented(lines):
        if entries:
            print(f"### {title}", "", *table(entries), "", sep="\n")


if __name__ == "__main__":
    main()
