"""Prompts of up to 131,072 tokens on the first GPU: a sample of query blocks against NumPy.

What follows a query block does not change it (section 8), so a block is checked by itself: its rows as
the last ones of the keys up to its end. Q and K are integers, so that lists must agree bit for bit.
"""

import argparse
import multiprocessing
import sys
import tempfile
from pathlib import Path

import ml_dtypes
import numpy as np

from run import list_fault, worst

import hip_run
from bounds import bounds
from reference import Boxes, Dense, Stages, Tree, Union, Window, attention, prune
from reference.attention import default_scale

HEADS, KV_HEADS, SIZE, BLOCK = 4, 1, 128, 64
THREE_K = ((64, 256, 32768, 4), (64, 32, 8192, 4), (64, 8, 2048, 1))
# Policy, sink, window.
POLICIES = [(Dense(64), 0, 0), (Window(64), 128, 1024), (Tree(64, 2, 512), 128, 1024),
            (Stages(THREE_K), 256, 1024), (Boxes(64, 8, ((64, 2048),), 512), 128, 1024),
            (Union((Tree(64, 2, 448), Boxes(64, 8, ((64, 4096),), 64))), 128, 1024)]


def arrays(length, seed):
    rng = np.random.default_rng(seed)
    make = lambda heads: rng.integers(-1, 2, (1, heads, length, SIZE), np.int8).astype(np.float32)
    v = rng.standard_normal((1, KV_HEADS, length, SIZE), np.float32)
    return [x.astype(ml_dtypes.bfloat16) for x in (make(HEADS), make(KV_HEADS), v)]


def check_block(policy, sink, window, inputs, output, block):
    """The worst share of the bounds in one query block, or the text of a fault."""
    q, k, v = inputs
    rows = slice(block * BLOCK, min((block + 1) * BLOCK, q.shape[2]))
    q, k, v = q[:, :, rows], k[:, :, :rows.stop], v[:, :, :rows.stop]
    lists = prune(policy, q, k, sink, window)
    if output.counts is not None:
        width = min(lists[0].shape[-1], output.blocks.shape[-1])
        got = hip_run.Output(None, None, output.blocks[:, :, block:block + 1, :width],
                             output.counts[:, :, block:block + 1])
        fault = list_fault(got, (lists[0][..., :width], lists[1]))
        if fault:
            return f"query block {block}: {fault}"
    expected = attention(policy, q, k, v, *lists, sink, window)
    out_bound, lse_bound = bounds(expected, q.dtype, SIZE, default_scale(SIZE))
    share = max(worst(output.out[:, :, rows], expected.out, out_bound),
                worst(output.lse[:, :, rows], expected.lse, lse_bound))
    return share if share <= 1 else f"query block {block}: {share:.3g} of the bound"


def check(job):
    tool, pipeline, length, number = job
    policy, sink, window = POLICIES[number]
    inputs = arrays(length, length + number)
    with tempfile.TemporaryDirectory() as folder:
        output = hip_run.attention(tool, folder, *inputs, policy, sink, window, pipeline=pipeline)
    last = -(-length // BLOCK) - 1
    found = [check_block(policy, sink, window, inputs, output, block)
             for block in sorted({0, 1, last // 2, last})]
    return f"{policy.NAME} T={length}", found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--hip-run", required=True, type=Path)
    parser.add_argument("--pipeline", default="cuda")
    parser.add_argument("--T", type=int, nargs="*", default=[8192, 32768, 131072])
    parser.add_argument("--jobs", type=int, default=12)
    options = parser.parse_args()
    jobs = [(options.hip_run, options.pipeline, length, number)
            for length in sorted(options.T, reverse=True) for number in range(len(POLICIES))]
    failed = 0
    with multiprocessing.Pool(options.jobs) as pool:
        for name, found in pool.imap_unordered(check, jobs):
            faults = [each for each in found if isinstance(each, str)]
            failed += bool(faults)
            print(f"FAIL {name}: {'; '.join(faults)}" if faults else
                  f"{name}: {len(found)} query blocks, worst {max(found):.3g} of the bound",
                  flush=True)
    print(f"{len(jobs) - failed} long prompts passed, {failed} failed")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
