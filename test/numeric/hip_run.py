"""Runs `hip-run attention` on arrays and reads what it wrote."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import ml_dtypes
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_SECONDS = 600


def find():
    """$HIP_RUN, or the developer build's; None when there is none."""
    named = os.environ.get("HIP_RUN")
    if named:
        if not Path(named).is_file():
            raise FileNotFoundError(f"HIP_RUN names {named}, which is not a file")
        return Path(named)
    built = ROOT / "build" / "dev" / "bin" / "hip-run"
    return built if built.is_file() else None


def where(pipeline):
    """Flags that choose what runs a program."""
    if pipeline == "cuda":
        return ["--device", "cuda", *os.environ.get("HIP_RUN_CUDA_FLAGS", "").split()]
    return ["--pipeline", pipeline]


@dataclass
class Output:
    out: np.ndarray
    lse: np.ndarray
    blocks: np.ndarray | None
    counts: np.ndarray | None


def load(path, dtype=None):
    """A .npy file; bfloat16 is stored as two-byte void."""
    array = np.load(path)
    if array.dtype == np.dtype("V2"):
        return array.view(ml_dtypes.bfloat16)
    assert dtype is None or array.dtype == dtype, f"{path} holds {array.dtype}, not {dtype}"
    return array


def attention(tool, folder, q, k, v, policy, sink, window, causal=True, heads="query", scale=None,
              softcap=None, pipeline="reference", threads=None):
    """One call; q, k, v are [H, T, D] or [B, H, T, D]. Results of the same folder are reused."""
    folder = Path(folder)
    if not (folder / "done").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name, array in (("q", q), ("k", k), ("v", v)):
            np.save(folder / f"{name}.npy", array)
        listed = policy.NAME not in ("window", "dense")
        command = [str(tool), "attention", "--policy", str(policy), "--sink", str(sink), "--window",
                   str(window), f"--causal={str(causal).lower()}", "--heads", heads]
        command += where(pipeline)
        for name in ("q", "k", "v", "out", "lse") + ("blocks", "counts") * listed:
            command += [f"--{name}", str(folder / f"{name}.npy")]
        for name, value in (("scale", scale), ("softcap", softcap), ("threads", threads)):
            if value is not None:
                command += [f"--{name}", repr(value)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
        (folder / "done").touch()
    return _read(folder, q, policy)


def _read(folder, q, policy):
    out, lse = load(folder / "out.npy", q.dtype), load(folder / "lse.npy", np.float32)
    if policy.NAME in ("window", "dense"):
        return Output(out, lse, None, None)
    return Output(out, lse, load(folder / "blocks.npy", np.int32),
                  load(folder / "counts.npy", np.int32))
