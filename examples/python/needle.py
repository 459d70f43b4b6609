#!/usr/bin/env python3
"""Attention of a trained model over 8192 keys, with NumPy arrays on the CPU.

Usage: needle.py [FOLDER]. FOLDER holds passkey_{q,k,v}.npy, by default examples/data: one layer of a
model that is about to answer what number was hidden in its prompt. Its digits begin at key 2996. The
exit status is 0 when hip_mlir.HIP, the union of a tree and boxes, finds that key for all heads that look at
it, and its output is close.
"""

import sys
import time
from pathlib import Path

import numpy as np

import hip_mlir

DATA = Path(__file__).resolve().parents[1] / "data"
NEEDLE = 2996
ROWS = 256
HEADS = 4
# Heads that put nearly all of their mass on the needle.
LOOKING = (0, 1, 3)
OPTIONS = {"sink": 128, "window": 512, "scale": 0.125}
CLOSE = 0.1


def load(folder):
    """q [4, ROWS, 64] of the last rows, k and v [1, 8192, 64]."""
    q, k, v = (np.load(folder / f"passkey_{name}.npy") for name in "qkv")
    return q[:, -ROWS:], k, v


def finds(lists, policy, head):
    """Whether the last block of rows of a head has the needle in its list, which heads share."""
    shared = head * len(lists[0]) // HEADS
    blocks, counts = (array[shared, -1] for array in lists)
    return NEEDLE // policy.block_k in blocks[:counts]


def run(policy, q, k, v):
    """(out, lists, seconds) of the second call: the first one compiles."""
    for _ in range(2):
        start = time.perf_counter()
        out, lists = hip_mlir.attention(q, k, v, policy, return_lists=True, **OPTIONS)
        took = time.perf_counter() - start
    return out, lists, took


def main(folder=DATA):
    q, k, v = load(Path(folder))
    dense = hip_mlir.attention(q, k, v, scale=OPTIONS["scale"]).astype(np.float32)
    good = True
    for policy in (hip_mlir.HIP, hip_mlir.Boxes(), hip_mlir.Tree()):
        out, lists, took = run(policy, q, k, v)
        found = [head for head in LOOKING if finds(lists, policy, head)]
        error = np.abs(out[LOOKING, -1] - dense[LOOKING, -1]).max()
        print(f"{policy.NAME:6} keeps {policy.kept_keys} of {k.shape[1]} keys: needle in lists of heads {found}, "
              f"last rows within {error:.4f} of dense, {1e3 * took:.1f} ms")
        if policy == hip_mlir.HIP:
            good = found == list(LOOKING) and error < CLOSE
    print("PASSED" if good else "FAILED: hip_mlir.HIP lost the needle")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
