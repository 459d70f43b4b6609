#!/usr/bin/env python3
"""Rules that the package does not have, on recorded and stretched keys, beside its boxes and its tree.

Usage: experiments.py [--folder TINY]; prints a table in Markdown: mass / best key / best 64 keys kept. With the folder of
the tiny model its layers are measured as well, on a prompt of 8,192 bytes that hides a number.

Each rule chooses the keys of a block of 64 query rows, besides 128 sinks and a window of 512, for the query heads that
share a KV head. Its cost is the number of dot products with a query row; a box's bound by its least and greatest
numbers is two. First levels have 1,024 keys of 8,192 and 4,096 of 131,072.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "python"), str(Path(__file__).resolve().parent)]

import synthetic  # noqa: E402
from results import ROOT, SEED  # noqa: E402

SINK, WINDOW, ROWS, BOX, BLOCK = 128, 512, 64, 64, 8
KEEP, RESCUED = 512, 64
TOP, TRIALS = 64, 4


def best_of(scores, count):
    """Where the `count` greatest scores are, ascending."""
    count = min(count, len(scores))
    return np.sort(np.argpartition(-scores, count - 1)[:count])


def inside(places, size):
    """The keys of boxes of so many at these places."""
    return (places[:, None] * size + np.arange(size)).reshape(-1)


def bound(q, k, size):
    """Of each `size` keys an upper bound of a score with any row, by their least and greatest numbers."""
    boxes = k.reshape(-1, size, k.shape[1])
    return (np.maximum(q, 0) @ boxes.max(1).T + np.minimum(q, 0) @ boxes.min(1).T).max(0), 2 * len(boxes)


def sphere(q, k, size):
    """The same by their center and the distance of the farthest."""
    boxes = k.reshape(-1, size, k.shape[1])
    center = boxes.mean(1)
    radius = np.sqrt(((boxes - center[:, None])**2).sum(-1).max(1))
    return (q @ center.T + np.linalg.norm(q, axis=1)[:, None] * radius).max(0), len(boxes)


def mean_key(q, k, size):
    boxes = k.reshape(-1, size, k.shape[1])
    return (q @ boxes.mean(1).T).max(0), len(boxes)


def exactly(q, k, keys, keep):
    """Of these keys the best blocks, by exact scores."""
    scores = (q @ k[keys].T).max(0).reshape(-1, BLOCK).max(1)
    return keys.reshape(-1, BLOCK)[best_of(scores, keep // BLOCK)].reshape(-1), len(keys)


def boxes(q, k, first, keep, score=bound):
    scores, cost = score(q, k, BOX)
    found, more = exactly(q, k, inside(best_of(scores, first // BOX), BOX), keep)
    return found, cost + more


def spheres(q, k, first, keep):
    return boxes(q, k, first, keep, sphere)


def more_spheres(q, k, first, keep):
    """At the cost of boxes: what their bounds save is spent on a wider first level."""
    return spheres(q, k, first + len(k) // BOX, keep)


def means_between(q, k, first, keep):
    """Twice as many keys by bounds, their means by blocks exactly, and keys of three quarters as many."""
    scores, cost = bound(q, k, BOX)
    keys = inside(best_of(scores, 2 * first // BOX), BOX)
    scores, more = mean_key(q, k[keys], BLOCK)
    keys = keys.reshape(-1, BLOCK)[best_of(scores, (first - 2 * first // BLOCK) // BLOCK)].reshape(-1)
    found, last = exactly(q, k, keys, keep)
    return found, cost + more + last


def by_mass(share):
    """As many blocks as hold this share of the weights that the first level has, a mean over rows."""
    def rule(q, k, first, keep):
        scores, cost = bound(q, k, BOX)
        keys = inside(best_of(scores, first // BOX), BOX)
        every = q @ k[keys].T
        weights = np.exp(every - every.max(1, keepdims=True))
        mass = (weights / weights.sum(1, keepdims=True)).mean(0).reshape(-1, BLOCK).sum(1)
        # The order is that of boxes, by the greatest score.
        order = np.argsort(-every.max(0).reshape(-1, BLOCK).max(1))
        count = min(len(order), 1 + int(np.searchsorted(np.cumsum(mass[order]), share)))
        return keys.reshape(-1, BLOCK)[order[:count]].reshape(-1), cost + len(keys)
    return rule


def tree(q, k, first, keep, score=None, block=2):
    """Halves ranges and keeps the best, by the key in their middle or by `score`."""
    count, cost = keep // block, 0
    size = block
    while size * count < len(k):
        size *= 2
    ranges = np.arange(-(-len(k) // size))
    while True:
        if len(ranges) > count or size == block:
            if score is None:
                scores = (q @ k[np.minimum(ranges * size + size // 2, len(k) - 1)].T).max(0)
                cost += len(ranges)
            else:
                padded = np.concatenate([k, np.repeat(k[-1:], -len(k) % size, 0)])
                scores, more = score(q, padded[inside(ranges, size)], size)
                cost += more
            ranges = ranges[best_of(scores, count)]
        if size == block:
            return inside(ranges, block), cost
        size //= 2
        ranges = (ranges[:, None] * 2 + [0, 1]).reshape(-1)
        ranges = ranges[ranges * size < len(k)]


def bound_tree(q, k, first, keep):
    return tree(q, k, first, keep, bound)


def joined(one, other):
    """A union of a tree's keys and RESCUED of another rule."""
    def rule(q, k, first, keep):
        a, b = one(q, k, first, keep - RESCUED), other(q, k, first, RESCUED)
        return np.union1d(a[0], b[0]), a[1] + b[1]
    return rule


RULES = {"boxes": boxes, "center and radius": spheres, "center and radius, wider": more_spheres,
         "means between": means_between, "tree": tree, "tree of bounds": bound_tree, "union": joined(tree, boxes),
         "union, center and radius": joined(tree, spheres), "union, center and radius, wider": joined(tree, more_spheres),
         "union, means between": joined(tree, means_between), "union, tree of bounds": joined(bound_tree, boxes)}


class Block:
    """Query rows [G, 64, D] that end at the key `last`, of one KV head."""

    def __init__(self, q, k, last, needle=None):
        self.q, self.k = (0.125 * q).reshape(-1, q.shape[-1]), k[:last + 1]
        self.end = SINK + (last - ROWS + 2 - WINDOW - SINK) // BOX * BOX
        self.first = 4096 if len(k) > 1 << 16 else 1024
        seen = np.arange(last + 1) <= last - ROWS + 1 + np.tile(np.arange(ROWS), len(q))[:, None]
        scores = np.where(seen, self.q @ self.k.T, -np.inf)
        self.best = scores.argmax(1)
        self.top = np.argpartition(-scores, TOP, axis=1)[:, :TOP]
        self.weights = np.exp(scores - scores.max(1, keepdims=True))
        self.weights /= self.weights.sum(1, keepdims=True)
        self.needle = needle

    def measure(self, rule):
        """Mass, best key, best 64 keys, needle, keys chosen and cost."""
        found, cost = rule(self.q, self.k[SINK:self.end], self.first, KEEP)
        kept = np.ones(len(self.k), bool)
        kept[SINK:self.end] = False
        kept[SINK + found] = True
        needle = np.nan if self.needle is None else kept[self.needle]
        return (self.weights[:, kept].sum(1).mean(), kept[self.best].mean(), kept[self.top].mean(), needle,
                len(found), cost)


def recorded_blocks():
    q, k = (np.load(ROOT / f"examples/data/passkey_{name}.npy").astype(np.float32) for name in "qk")
    for last in range(2047, 8192, 256):
        yield Block(q[:, last - 1024 - ROWS + 1:last - 1024 + 1], k[0], last,
                    synthetic.NEEDLE if last == 8191 else None)


def stretched_blocks():
    for trial in range(TRIALS):
        q, k, _, place = synthetic.stretched(1 << 17, SEED + trial)
        yield Block(q.astype(np.float32), k[0].astype(np.float32), (1 << 17) - 1, place)


def layer_blocks(folder):
    """Blocks of each layer and KV head of the tiny model."""
    import lab
    import prompts
    model = lab.Lab("tiny", folder, Path(folder) / "text", "cpu")
    asked = prompts.passkeys(model.model.encode, [*model.texts.values()], 8192, 4, SEED)[3]
    for q, k, _ in model.model.qkv([asked.tokens]):
        group = q.shape[1] // k.shape[1]
        for head in range(k.shape[1]):
            for last in (4095, 6143, 8191):
                heads = q[0, head * group:(head + 1) * group, last - ROWS + 1:last + 1]
                yield Block(heads, k[0, head], last)


def mean_of(blocks, rule):
    measured = np.array([block.measure(rule) for block in blocks])
    with_needle = ~np.isnan(measured[:, 3])
    means = measured.mean(axis=0)
    means[3] = measured[with_needle, 3].mean() if with_needle.any() else np.nan
    return means


def following(blocks):
    """The rule that follows the mass, with the share at which it chooses KEEP keys in the mean."""
    low, high = 0.0, 1.0
    for _ in range(12):
        share = (low + high) / 2
        low, high = (low, share) if mean_of(blocks, by_mass(share))[4] > KEEP else (share, high)
    return by_mass(low)


def shown(name, measured):
    """A row: what is kept of each source, whether the needle is, and the cost on the longest keys."""
    kept = [f"{each[0]:.4f} / {each[1]:.3f} / {each[2]:.4f}" for each in measured.values()]
    longest = measured["stretched, 128K"]
    return f"| {name} | {' | '.join(kept)} | {longest[3]:.2f} | {longest[4]:.0f} | {longest[5]:,.0f} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", help="of the tiny model")
    folder = parser.parse_args().folder
    sources = {"recorded, 8K": recorded_blocks, "stretched, 128K": stretched_blocks}
    if folder:
        sources["layers, 8K"] = lambda: layer_blocks(folder)
    sources = {name: list(blocks()) for name, blocks in sources.items()}
    print(f"| | {' | '.join(sources)} | needle, 128K | keys, 128K | cost, 128K |\n| --- |{' --- |' * (len(sources) + 3)}")
    for name, rule in RULES.items():
        print(shown(name, {source: mean_of(blocks, rule) for source, blocks in sources.items()}), flush=True)
    print(shown("boxes, by mass", {source: mean_of(blocks, following(blocks)) for source, blocks in sources.items()}))


if __name__ == "__main__":
    main()
