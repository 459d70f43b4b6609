"""Runs dense attention and four policies on examples/data and says what each keeps.

The data are one layer of a trained model on a prompt that hides a number (examples/data/README.md):
a policy that drops the key of its first digit loses the answer.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

DATA = Path(__file__).resolve().parent.parent / "examples" / "data"
SCALE, SINK, WINDOW = 0.125, 128, 512
DIGIT, ANSWER_HEADS = 2996, (0, 1, 3)
BLOCK_Q = 64


class Policy(NamedTuple):
    text: str
    chunk: int  # c of S3
    block_k: int


DENSE = Policy("dense<block_q = 64>", 1, 1)
# "hip" is the union of a tree of 448 keys and boxes of which 64 keys are kept.
POLICIES = (
    DENSE,
    Policy("hip", 64, 2),
    Policy("tree<block_q = 64, block_k = 2, keep = 512>", 2, 2),
    Policy("boxes<block_q = 64, block_k = 8, levels = [(64, 2048)], keep = 512>", 64, 8),
    Policy("window<block_q = 64>", 1, 1),
)


def run(hip_run, policy, arrays, folder, extra):
    """One `hip-run attention`; returns its outputs and the milliseconds it reports."""
    outputs = {name: folder / f"{name}.npy" for name in ("out", "blocks", "counts")}
    command = [hip_run, "attention", "--scale", str(SCALE), "--policy", policy.text]
    for name, path in arrays.items():
        command += [f"--{name}", str(path)]
    if policy is not DENSE:
        command += ["--sink", str(SINK), "--window", str(WINDOW)]
    if policy.block_k == 1:
        outputs = {"out": outputs["out"]}
    else:
        command += ["--blocks", str(outputs["blocks"]), "--counts", str(outputs["counts"])]
    result = subprocess.run(command + ["--out", str(outputs["out"]), *extra],
                            text=True, capture_output=True)
    if result.returncode:
        sys.exit(result.stderr)
    times = dict(re.findall(r"(\w+): ([\d.]+) ms", result.stdout))
    times["device"] = re.search("device: (.*)", result.stdout)[1]
    return {name: np.load(path) for name, path in outputs.items()}, times


def kept_keys(policy, result, row, rows, keys):
    """The keys a row attends to, by rule S3: sinks, listed blocks, band."""
    position = keys - rows + row
    if policy is DENSE:
        return np.arange(position + 1)
    block = row // BLOCK_Q
    first = keys - rows + block * BLOCK_Q
    band = SINK + max(0, first + 1 - WINDOW - SINK) // policy.chunk * policy.chunk
    kept = [np.arange(min(SINK, position + 1)), np.arange(band, position + 1)]
    if "blocks" in result:
        # All heads read one KV head here, and share its lists.
        blocks = result["blocks"][0, block, :result["counts"][0, block]]
        kept.append((blocks[:, None] * policy.block_k + np.arange(policy.block_k)).ravel())
    return np.concatenate(kept)


def mass(policy, result, q, k, head, row):
    """Share of the true attention of a row that its kept keys hold, and which they are."""
    rows, keys = q.shape[1], k.shape[1]
    logits = k[0, :keys - rows + row + 1] @ q[head, row] * SCALE
    weights = np.exp(logits - logits.max())
    weights /= weights.sum()
    kept = kept_keys(policy, result, row, rows, keys)
    return weights[kept].sum(), kept


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--hip-run", required=True, type=Path)
    options, extra = parser.parse_known_args()
    arrays = {name: DATA / f"passkey_{name}.npy" for name in ("q", "k", "v")}
    q, k = (np.load(arrays[name]).astype(np.float32) for name in ("q", "k"))
    print(f"hip-run attention: q {q.shape}, k and v {k.shape}, float16\n")
    print(f"{'policy':68} {'compile':>9} {'run':>9} {'speed-up':>8} {'mass':>6} "
          f"{'error':>8} answer")
    dense = None
    for policy in POLICIES:
        started = time.time()
        with tempfile.TemporaryDirectory() as folder:
            result, times = run(options.hip_run, policy, arrays, Path(folder), extra)
        milliseconds = float(times.get("time", 1e3 * (time.time() - started)))
        dense = dense or (milliseconds, result["out"].astype(np.float32))
        rows = range(63, q.shape[1], 448)
        held = np.mean([mass(policy, result, q, k, head, row)[0]
                        for head in range(q.shape[0]) for row in rows])
        difference = result["out"].astype(np.float32) - dense[1]
        error = np.sqrt(np.mean(difference ** 2) / np.mean(dense[1] ** 2))
        answer = sum(DIGIT in mass(policy, result, q, k, head, q.shape[1] - 1)[1]
                     for head in ANSWER_HEADS)
        print(f"{policy.text:68} {float(times['compile']):6.0f} ms {milliseconds:6.0f} ms "
              f"{dense[0] / milliseconds:7.2f}x {held:6.3f} {error:8.4f} "
              f"{answer} of {len(ANSWER_HEADS)} heads")
    print(f"\nRan on {times['device']}; hip is union<[tree<keep = 448>, boxes<levels = [(64, 4096)], keep = 64>]>."
          "\nmass: share of the true attention that the kept keys hold (sampled rows);"
          "\nerror: relative RMS against dense; answer: retrieval heads whose last row keeps the"
          "\nkey of the hidden number.")


if __name__ == "__main__":
    main()
