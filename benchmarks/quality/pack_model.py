#!/usr/bin/env python3
"""Packs a model for examples/data: pack_model.py FOLDER OUT [--text FILE].

FOLDER has config.json and the safetensors files that it names. A matrix becomes whole numbers of -31 to 31, with an f16
scale for each row: 6 bits a weight, which is as many as an answer needs (examples/data/README.md).
"""

import argparse
import gzip
import json
from pathlib import Path

import numpy as np

from numpy_model import read_safetensors

MOST = 31


def packed(name, weights):
    """The arrays that stand for a matrix, or for a vector."""
    if weights.ndim == 1:
        return {name: weights.astype(np.float32)}
    scale = (np.abs(weights).max(axis=1, keepdims=True) / MOST).astype(np.float16)
    # A row of zeros has any scale.
    scale[scale == 0] = 1
    steps = np.rint(weights / scale.astype(np.float32))
    return {name: np.clip(steps, -MOST, MOST).astype(np.int8), f"{name}.scale": scale}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--text", type=Path, help="what prompts are made of")
    options = parser.parse_args()
    config = json.loads((options.folder / "config.json").read_text())
    arrays = {}
    for file in config["weight_files"]:
        for name, weights in read_safetensors(options.folder / file).items():
            arrays.update(packed(name, weights))
    options.out.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(options.out / "weights.npz", **arrays)
    config.update(weight_files=["weights.npz"], dtype="int8, a float16 scale a row")
    (options.out / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    if options.text:
        (options.out / f"{options.text.name}.gz").write_bytes(gzip.compress(options.text.read_bytes(), mtime=0))


if __name__ == "__main__":
    main()
