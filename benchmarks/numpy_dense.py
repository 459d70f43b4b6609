"""Causal dense attention in NumPy: the baseline of hip-bench.

Blocks of queries against blocks of keys with a running maximum and sum, so that scores stay in the
cache and keys that no row sees are never read. The query heads of one KV head share each product.
Threads are BLAS's own (set OPENBLAS_NUM_THREADS) or one a query block (--block-threads).
"""

import argparse
import re
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

QUERY_HEADS, KV_HEADS, HEAD_SIZE = 8, 2, 64
GROUP = QUERY_HEADS // KV_HEADS
ROWS, KEYS = 128, 1024  # the fastest of seven shapes tried at T = 8192
LONG, SLICE = 65536, 16


def attend_block(q, k, v, out, start):
    """Rows start..start+ROWS of the heads of one group: q, out [GROUP, T, D], k, v [T, D]."""
    rows = min(ROWS, q.shape[1] - start)
    block = (q[:, start:start + rows] * np.float32(1 / np.sqrt(HEAD_SIZE))).reshape(-1, HEAD_SIZE)
    maximum = np.full((len(block), 1), -np.inf, np.float32)
    total = np.zeros((len(block), 1), np.float32)
    result = np.zeros_like(block)
    scores = np.empty(len(block) * KEYS, np.float32)
    for first in range(0, start + rows, KEYS):
        last = min(first + KEYS, start + rows)
        p = scores[:len(block) * (last - first)].reshape(len(block), -1)
        np.matmul(block, k[first:last].T, out=p)
        diagonal = max(first, start)
        if last > diagonal:
            hidden = np.arange(diagonal, last) > np.arange(start, start + rows)[:, None]
            part = p.reshape(GROUP, rows, -1)[:, :, diagonal - first:]
            np.copyto(part, -np.inf, where=hidden)
        new = np.maximum(maximum, p.max(1, keepdims=True))
        np.subtract(p, new, out=p)
        np.exp(p, out=p)
        fade = np.exp(maximum - new)
        total = total * fade + p.sum(1, keepdims=True)
        result *= fade
        result += p @ v[first:last]
        maximum = new
    out[:, start:start + rows] = (result / total).reshape(GROUP, rows, HEAD_SIZE)


def attend(q, k, v, out, groups, starts, block_threads=1):
    """The query blocks `starts` of the KV groups `groups`; q, out [8, T, D], k, v [2, T, D]."""
    tasks = [(q[g * GROUP:(g + 1) * GROUP], k[g], v[g], out[g * GROUP:(g + 1) * GROUP], start)
             for g in groups for start in reversed(starts)]
    if block_threads == 1:
        for task in tasks:
            attend_block(*task)
        return
    with ThreadPoolExecutor(block_threads) as pool:
        list(pool.map(lambda task: attend_block(*task), tasks))


def keys_seen(starts, length):
    return sum(min(start + ROWS, length) for start in starts)


def status_kib(field):
    with open("/proc/self/status") as file:
        return int(re.search(rf"{field}:\s+(\d+)", file.read())[1])


def measure(work, repeat):
    """Median seconds, and MiB of the peak beyond what was there before."""
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    before, seconds = status_kib("VmRSS"), []
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), (status_kib("VmHWM") - before) / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--T", type=int, required=True)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--block-threads", type=int, default=1)
    arguments = parser.parse_args()
    length = arguments.T
    rng = np.random.default_rng(0)
    q = rng.standard_normal((QUERY_HEADS, length, HEAD_SIZE), np.float32)
    k, v = rng.standard_normal((2, KV_HEADS, length, HEAD_SIZE), np.float32)
    out = np.zeros_like(q)
    out.fill(1)  # touched, so that it counts as there before
    groups, every = range(KV_HEADS), range(0, length, ROWS)
    starts, scale = every, 1.0
    if length >= LONG:
        groups, starts = range(1), every[SLICE // 2::SLICE]
        scale = KV_HEADS * keys_seen(every, length) / keys_seen(starts, length)
    attend(q, k, v, out, groups, starts[:2], arguments.block_threads)  # starts the threads
    seconds, mebibytes = measure(
        lambda: attend(q, k, v, out, groups, starts, arguments.block_threads), arguments.repeat)
    print(f"median_ms={seconds * scale * 1e3:.3f} beyond_mib={mebibytes:.1f} scale={scale:.4f}")


if __name__ == "__main__":
    main()
