"""One needle among up to a million keys: recorded keys, drawn again in runs, around the recorded needle.

Sinks, the needle with its neighbours, the last keys and the queries are those of examples/data. The rest are runs of
recorded keys from random places, each with a part of the noise that makes no two alike. Keys keep the rotary phase
that they were recorded with: positions beyond the model's own are not made up.
"""

import functools
import statistics
import time

import numpy as np

import hip_mlir
from results import ROOT, share

RECORDED = ROOT / "examples/data/passkey"
SCALE = 0.125
# Keys at the start and at the end that stay as they are, and those around the needle's digits.
FIRST, LAST = 128, 1024
NEEDLE, AROUND = 2996, 32
# Query heads that look at the needle from the last row.
LOOKING = (0, 1, 3)
RUN = 512
# Noise on keys drawn again, of their standard deviation.
NOISE = 0.1
QUERY_ROWS, EVERY = 64, 4
REPEAT = 3


def _run_starts(rng, count):
    """Starts of runs of recorded keys without the needle, the first and the last keys."""
    free = [*range(FIRST, NEEDLE - AROUND - RUN), *range(NEEDLE + AROUND, 8192 - LAST - RUN)]
    return rng.choice(free, count)


@functools.lru_cache(maxsize=8)
def stretched(length, seed):
    """(q [4, 64, 64], k and v [1, length, 64], place of the needle), float16."""
    rng = np.random.default_rng([seed, length])
    q, k, v = (np.load(f"{RECORDED}_{name}.npy") for name in "qkv")
    starts = _run_starts(rng, -(-length // RUN))
    index = (starts[:, None] + np.arange(RUN)).reshape(-1)[:length]
    noise = (NOISE * k[0].astype(np.float32).std(axis=0) * rng.standard_normal(k.shape[1:])).astype(k.dtype)
    noised = (_run_starts(rng, len(starts))[:, None] + np.arange(RUN)).reshape(-1)[:length]
    keys, values = k[:, index] + noise[noised], v[:, index]
    place = int(rng.integers(FIRST + AROUND, length - 2 * LAST))
    for to, start, count in ((0, 0, FIRST), (length - LAST, 8192 - LAST, LAST),
                             (place - AROUND, NEEDLE - AROUND, 2 * AROUND)):
        keys[:, to:to + count], values[:, to:to + count] = k[:, start:start + count], v[:, start:start + count]
    return q[:, -QUERY_ROWS:], keys, values, place


def _seconds(lab, run):
    """Median seconds of a call, after one that compiles."""
    took = []
    for _ in range(REPEAT + 1):
        lab.wait()
        begin = time.perf_counter()
        run()
        lab.wait()
        took.append(time.perf_counter() - begin)
    return statistics.median(took[1:])


def synthetic(lab, cell):
    """Shares of heads and rows whose best key is kept, and of heads that look for the needle; seconds of calls."""
    policy, options = hip_mlir.parse_policy(cell["policy"]), {"scale": SCALE}
    options.update({name: cell[name] for name in ("sink", "window", "list_heads")})
    best, needle, keys = [], [], []
    for trial in range(cell["trials"]):
        q, k, v, _ = stretched(cell["length"], cell["seed"] + trial)
        arrays = lab.to_device(q, k, v)
        block = hip_mlir.report(*arrays, policy, rows=range(EVERY - 1, QUERY_ROWS, EVERY), **options)
        row = hip_mlir.report(arrays[0][:, -1:], *arrays[1:], policy, rows=[0], **options)
        best.append(block.best)
        needle.append(row.best[LOOKING, 0])
        keys.append(row.keys.mean())
    last = arrays[0][:, -1:], *arrays[1:]
    return {"best": share(np.sum(best), np.size(best)), "needle": share(np.sum(needle), np.size(needle)),
            "keys": round(float(np.mean(keys)), 1), "share_of_keys": round(float(np.mean(keys)) / cell["length"], 6),
            "block_seconds": _seconds(lab, lambda: hip_mlir.attention(*arrays, policy, **options)),
            "row_seconds": _seconds(lab, lambda: hip_mlir.attention(*last, policy, **options))}
