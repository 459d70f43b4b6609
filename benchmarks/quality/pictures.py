#!/usr/bin/env python3
"""Pictures of results as SVG. Usage: pictures.py FILE... --out FOLDER; needs matplotlib."""

import argparse
from pathlib import Path

import matplotlib

matplotlib.use("svg")

import matplotlib.pyplot as plt  # noqa: E402

from results import SEED  # noqa: E402
from tables import by_part, lines_of, mean, select  # noqa: E402

COLORS = {"dense": "black", "window": "tab:gray", "tree": "tab:green", "stages": "tab:orange",
          "boxes": "tab:blue", "union": "tab:red"}
# The same file for the same results.
plt.rcParams.update({"svg.hashsalt": "hip", "font.size": 9, "axes.grid": True, "grid.alpha": 0.3})


def by_name(lines):
    """{name: [(cell, result)]} of the policies that have a color, in its order."""
    found = {name: select(lines, name=name) for name in COLORS}
    return {name: each for name, each in found.items() if each}


def draw_shares(axes, lines, x, what=None):
    """Shares with their intervals over the cell's number `x`."""
    for name, each in by_name(lines).items():
        points = sorted((cell[x], result[what] if what else result) for cell, result in each)
        shares = [result["share"] for _, result in points]
        below = [result["share"] - result["low"] for _, result in points]
        above = [result["high"] - result["share"] for _, result in points]
        axes.errorbar([place for place, _ in points], shares, [below, above], label=name, color=COLORS[name],
                      marker="o", markersize=3, capsize=2)
    axes.set_xscale("log", base=2)
    axes.set_ylim(-0.03, 1.03)
    axes.set_xlabel({"length": "tokens", "keep": "keys kept", "refresh": "decode steps from search to search"}[x])


def draw_refresh(axes, lines):
    """By the interval of all parts, and of the default's tree where its boxes are searched in each step."""
    equal = by_part(lines, False)
    draw_shares(axes, [each for each in equal if each[0]["name"] != "dense"], "refresh")
    points = sorted([(cell["refresh"][0], result["share"]) for cell, result in by_part(lines, True)] +
                    [(1, result["share"]) for _, result in select(equal, name="union", refresh=1)])
    axes.plot(*zip(*points) if points else ((), ()), label="union, boxes in each step", color=COLORS["union"],
              linestyle="--", marker="s", markersize=3)


def draw_bits(axes, lines):
    """Bits per byte beyond dense attention's by position, in percent, over the texts."""
    dense = {cell["text"]: dict(result["by_position"]) for cell, result in select(lines, name="dense")}
    for name, each in by_name(lines).items():
        ends = sorted({end for _, result in each for end, _ in result["by_position"]})
        beyond = [mean(100 * (dict(result["by_position"])[end] / dense[cell["text"]][end] - 1)
                       for cell, result in each if cell["text"] in dense) for end in ends]
        axes.plot(ends, beyond, label=name, color=COLORS[name], marker="o", markersize=3)
    axes.set_xscale("log", base=2)
    axes.set_xlabel("position in the text, bytes")


def pictures(lines):
    """(name, title, what is drawn, function that draws) of each picture."""
    shared = select(lines, model="tiny", list_heads="kv")
    every = select(shared, decoded=0)
    tiny = [each for each in every if each[0].get("seed", SEED) == SEED]
    for kind, title in (("passkey", "Passkeys answered"), ("keys", "Keys answered, of 24 in a prompt")):
        found = [each for each in select(tiny, kind=kind) if each[0]["keep"] in (0, 512)]
        yield kind, f"{title}, 512 keys kept", found, lambda axes, found=found: draw_shares(axes, found, "length")
    found = [each for each in select(tiny, kind="texts") if each[0]["keep"] in (0, 512)]
    yield "bits", "Bits per byte beyond dense, %, 512 keys kept", found, lambda axes: draw_bits(axes, found)
    most = max((cell["length"] for cell, _ in select(tiny, kind="passkey")), default=0)
    budgets = [each for each in select(tiny, kind="passkey", length=most) if each[0]["keep"]]
    yield "budgets", f"Passkeys answered at {most:,} tokens", budgets, lambda axes: draw_shares(axes, budgets, "keep")
    others = [each for each in select(every, kind="passkey") if each[0]["seed"] != SEED]
    yield "held-out", "Passkeys answered, of another seed", others, lambda axes: draw_shares(axes, others, "length")
    decoded = select(shared, kind="passkey", decoded=40)
    yield "refresh", "Passkeys whose question is decoded", decoded, lambda axes: draw_refresh(axes, decoded)
    for what, title in (("best", "Best keys kept"), ("needle", "Needles kept")):
        stretched = select(lines, kind="synthetic", keep=512)
        yield (f"stretched-{what}", f"{title}, 512 keys kept", stretched,
               lambda axes, what=what, stretched=stretched: draw_shares(axes, stretched, "length", what))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, title, found, draw in pictures(lines_of(arguments.files)):
        if not found:
            continue
        figure, axes = plt.subplots(figsize=(5.2, 3.2), layout="constrained")
        draw(axes)
        axes.set_title(title)
        axes.legend()
        figure.savefig(arguments.out / f"{name}.svg", metadata={"Date": None})
        plt.close(figure)
        print(arguments.out / f"{name}.svg")


if __name__ == "__main__":
    main()
