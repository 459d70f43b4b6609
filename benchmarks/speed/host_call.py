"""Time of the host in calls of hip_mlir.attention() for one decode step, of a form that was there before.

    python3 benchmarks/speed/host_call.py
    python3 benchmarks/speed/host_call.py --device cuda:0

Printed are microseconds a call: the median of --calls, each timed alone, and what 90 of 100 do not exceed. On the CPU
arrays are NumPy's and tiny, but their work is in the numbers, so that only differences between two versions of this package
say something. On CUDA they are tensors of PyTorch, and no call waits for the device: it waits after every 64 alone,
between two calls, so that its queue is never full.
"""

import argparse
import math
import statistics
import time

import numpy as np

import hip_mlir

WARM_CALLS, QUEUE = 100, 64
BOXES = hip_mlir.Boxes(levels=((32, 96),), keep=16)


class Arrays:
    """Makes what calls take: NumPy arrays, or tensors of PyTorch on a device."""

    def __init__(self, device):
        self.torch = None
        if device != "cpu":
            import torch
            self.torch, self.device = torch, device
        self.random = np.random.default_rng(0)

    def of(self, array):
        return array if self.torch is None else self.torch.from_numpy(array).to(self.device)

    def floats(self, *shape):
        kind = np.float32 if self.torch is None else np.float16
        return self.of(self.random.standard_normal(shape, np.float32).astype(kind))

    def wait(self):
        if self.torch is not None:
            self.torch.cuda.synchronize(self.device)


def cases(arrays, heads, size, keys, page):
    """(name, function that makes one call) of each kind of call."""
    q = arrays.floats(1, heads, 1, size)
    k, v = (arrays.floats(1, 1, keys, size) for _ in range(2))
    pages = [arrays.floats(keys // page, page, 1, size) for _ in range(2)]
    table = arrays.of(np.arange(keys // page, dtype=np.int32)[None])
    paged = hip_mlir.Paged(*pages, table, arrays.of(np.array([keys], np.int32)))
    step = arrays.of(np.ones(1, np.int32))
    kept, both, beside = hip_mlir.Summaries(BOXES), hip_mlir.Summaries(), hip_mlir.PagedSummaries(BOXES)
    refresh = hip_mlir.Refresh(step)
    return [("dense", lambda: hip_mlir.attention(q, k, v)),
            ("boxes, Summaries", lambda: hip_mlir.attention(q, k, v, BOXES, summaries=kept)),
            ("default, Summaries and Refresh",
             lambda: hip_mlir.attention(q, k, v, hip_mlir.HIP, summaries=both, refresh=refresh)),
            ("boxes in pages, PagedSummaries",
             lambda: hip_mlir.attention(q, policy=BOXES, kv=paged, summaries=beside))]


def measure(call, calls, wait):
    """Sorted seconds of each call."""
    for _ in range(WARM_CALLS):
        call()
    times = []
    for place in range(calls):
        if place % QUEUE == 0:
            wait()
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    wait()
    return sorted(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu", help="cpu, or cuda:N (default: %(default)s)")
    parser.add_argument("--calls", type=int, default=2000, help="calls of each kind (default: %(default)s)")
    parser.add_argument("--keys", type=int, default=None, help="keys, a multiple of 64 (default: 256; CUDA: 16384)")
    given = parser.parse_args()
    arrays = Arrays(given.device)
    heads, size, keys = (4, 16, 256) if arrays.torch is None else (8, 128, 16384)
    keys = keys if given.keys is None else given.keys
    if given.calls < 1 or keys < 64 or keys % 64:
        parser.error("give 1 or more calls, and a multiple of 64 keys")
    for name, call in cases(arrays, heads, size, keys, 64):
        times = measure(call, given.calls, arrays.wait)
        slow = times[math.ceil(0.9 * len(times)) - 1]
        print(f"{name:32} {1e6 * statistics.median(times):8.1f} us, 90 of 100 within {1e6 * slow:.1f}")


if __name__ == "__main__":
    main()
