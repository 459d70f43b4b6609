"""Runs `hip-run attention` on arrays and reads what it wrote."""

import atexit
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

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
    """Flags that choose what runs a program; a chip stands for its programs on a CPU."""
    if pipeline.startswith("sm_"):
        return ["--schedule-for", pipeline]
    if pipeline == "cuda":
        return ["--device", "cuda", *os.environ.get("HIP_RUN_CUDA_FLAGS", "").split()]
    return ["--pipeline", pipeline]


class Batch:
    """A hip-run that takes one command after another: a GPU's context is made once a process."""

    def __init__(self, tool):
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([str(tool), "--batch"], text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.errors)
        atexit.register(self.process.kill)

    def run(self, words):
        """What the command printed; AssertionError with the reason where it failed."""
        self.process.stdin.write("\t".join(words) + "\n")
        self.process.stdin.flush()
        printed = []
        for line in self.process.stdout:
            if line == "done\n":
                return "".join(printed)
            printed.append(line)
        self.process.wait()
        self.errors.seek(0)
        raise AssertionError(f"hip-run {' '.join(words)}\n{''.join(printed)}{self.errors.read()}")


_batches = {}


def execute(tool, words, cuda):
    """Runs hip-run with these words and gives what it printed."""
    if not cuda:
        done = subprocess.run([str(tool), *words], capture_output=True, text=True,
                              timeout=TIMEOUT_SECONDS)
        assert done.returncode == 0, f"hip-run {' '.join(words)}\n{done.stdout}{done.stderr}"
        return done.stdout
    key = os.getpid(), str(tool)
    batch = _batches.get(key)
    if batch is None or batch.process.poll() is not None:
        batch = _batches[key] = Batch(tool)
    return batch.run(words)


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
        import ml_dtypes  # Of use for bf16 alone, so that f32 and f16 run without it.
        return array.view(ml_dtypes.bfloat16)
    assert dtype is None or array.dtype == dtype, f"{path} holds {array.dtype}, not {dtype}"
    return array


def attention(tool, folder, q, k, v, policy, sink, window, causal=True, heads="kv", scale=None,
              softcap=None, pipeline="reference", threads=None):
    """One call; q, k, v are [H, T, D] or [B, H, T, D]. Results of the same folder are reused."""
    folder = Path(folder)
    if not (folder / "done").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name, array in (("q", q), ("k", k), ("v", v)):
            np.save(folder / f"{name}.npy", array)
        command = ["attention", "--policy", str(policy), "--sink", str(sink), "--window",
                   str(window), f"--causal={str(causal).lower()}", "--heads", heads]
        command += where(pipeline)
        for name in ("q", "k", "v", "out", "lse") + ("blocks", "counts") * policy.listed:
            command += [f"--{name}", str(folder / f"{name}.npy")]
        for name, value in (("scale", scale), ("softcap", softcap), ("threads", threads)):
            if value is not None:
                command += [f"--{name}", repr(value)]
        execute(tool, command, pipeline == "cuda")
        (folder / "done").touch()
    return _read(folder, q, policy)


def _read(folder, q, policy):
    out, lse = load(folder / "out.npy", q.dtype), load(folder / "lse.npy", np.float32)
    if not policy.listed:
        return Output(out, lse, None, None)
    return Output(out, lse, load(folder / "blocks.npy", np.int32),
                  load(folder / "counts.npy", np.int32))
