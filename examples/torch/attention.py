#!/usr/bin/env python3
"""Dense and sparse attention on PyTorch tensors: eager, torch.compile and a CUDA graph.

Usage: attention.py [--device cuda|cpu] [--rows T]. Each part checks its results; the exit status is 0
when all are right. On a GPU it also prints times and what a call costs the host.
"""

import argparse
import statistics
import sys
import time

import torch
import torch.nn.functional as F

import hip_mlir
import hip_mlir.torch

# (query heads, key heads, head size)
SIZES = {"cuda": (32, 8, 128), "cpu": (4, 2, 64)}
OPTIONS = {"sink": 128, "window": 512}
CLOSE = {torch.float32: 1e-4, torch.bfloat16: 3e-2}
# Calls between two waits for the GPU: more would fill its queue, which the host then waits for.
CALLS, ROUNDS = 50, 20


def make(device, dtype, rows, queries=None):
    torch.manual_seed(0)
    heads, kv_heads, size = SIZES[torch.device(device).type]
    return [torch.randn(1, count, length, size, device=device, dtype=dtype) for count, length in
            ((heads, queries or rows), (kv_heads, rows), (kv_heads, rows))]


def check(name, got, wanted, close):
    """Prints a line; returns whether the greatest difference is small."""
    difference = (got.float() - wanted.float()).abs().max().item()
    good = difference <= close
    print(f"{'ok    ' if good else 'FAULT '} {name}: difference {difference:.1e}, at most {close:.0e}")
    return good


def milliseconds(call, times=10):
    """Of one call on the GPU, after one that compiles."""
    call()
    events = [torch.cuda.Event(enable_timing=True) for _ in range(2)]
    events[0].record()
    for _ in range(times):
        call()
    events[1].record()
    torch.cuda.synchronize()
    return events[0].elapsed_time(events[1]) / times


def eager(q, k, v, close):
    dense = hip_mlir.torch.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
    yield check("dense is SDPA", dense,
                F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True), close)
    # 2048 keys more than cover what SDPA's first rows see: the same answer in another way.
    cover = hip_mlir.Boxes(keep=2048)
    rows = slice(0, 2048 + OPTIONS["window"])
    part = [x[:, :, rows] for x in (q, k, v)]
    yield check("a covering budget is dense", hip_mlir.attention(*part, cover, **OPTIONS), dense[:, :, rows], close)


def lists(q, k, v):
    out, found = hip_mlir.attention(q, k, v, hip_mlir.HIP, return_lists=True, **OPTIONS)
    again = hip_mlir.attention(q, k, v, hip_mlir.HIP, lists=found, **OPTIONS)
    yield check("lists of an earlier call", again, out, 0)


def compiled(q, k, v, backend):
    def layer(q, k, v):
        return hip_mlir.torch.attention(q * 0.5, k, v, hip_mlir.HIP, **OPTIONS) + q
    whole = torch.compile(layer, fullgraph=True, backend=backend)
    close = CLOSE[q.dtype]
    yield check(f"torch.compile ({backend}), no graph break", whole(q, k, v), layer(q, k, v), close)


def graphed(q, k, v):
    step = make("cuda", q.dtype, k.shape[2], 1)
    hip_mlir.attention(*step, hip_mlir.HIP, **OPTIONS)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        out = hip_mlir.attention(*step, hip_mlir.HIP, **OPTIONS)
    step[0].neg_()
    graph.replay()
    yield check("a CUDA graph of a decode step", out, hip_mlir.attention(*step, hip_mlir.HIP, **OPTIONS), 0)
    print(f"       replay {1e3 * milliseconds(graph.replay):.1f} us")


def times(q, k, v):
    for name, call in (("SDPA", lambda: F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)),
                       ("dense", lambda: hip_mlir.attention(q, k, v)),
                       ("union of tree and boxes", lambda: hip_mlir.attention(q, k, v, hip_mlir.HIP, **OPTIONS)),
                       ("tree", lambda: hip_mlir.attention(q, k, v, hip_mlir.Tree(), **OPTIONS)),
                       ("boxes", lambda: hip_mlir.attention(q, k, v, hip_mlir.Boxes(), **OPTIONS))):
        print(f"       {name} over {k.shape[2]} tokens: {milliseconds(call):.3f} ms")
    # So little work that the host is what takes the time.
    small = make("cuda", q.dtype, 64, 1)
    policy = hip_mlir.Dense()
    rounds = []
    for _ in range(ROUNDS):
        torch.cuda.synchronize()
        start = time.perf_counter()
        for _ in range(CALLS):
            hip_mlir.attention(*small, policy)
        rounds.append((time.perf_counter() - start) / CALLS)
    print(f"       a call costs the host {1e6 * statistics.median(rounds):.1f} us")
    torch.cuda.synchronize()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--rows", type=int, help="tokens; by default 16384 on a GPU, 2560 on the CPU")
    arguments = parser.parse_args()
    gpu = arguments.device.startswith("cuda")
    dtype = torch.bfloat16 if gpu else torch.float32
    tensors = make(arguments.device, dtype, arguments.rows or (16384 if gpu else 2560))
    good = [*eager(*tensors, CLOSE[dtype]), *lists(*tensors),
            *compiled(*tensors, "inductor" if gpu else "aot_eager")]
    if gpu:
        good += graphed(*tensors)
        times(*tensors)
    print("PASSED" if all(good) else "FAILED")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
