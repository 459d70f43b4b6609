"""A language model is asked for a number that is hidden in a long text, once with each policy in all of its attention.

The model of examples/data/tiny-lm runs in NumPy, its attention of the prompt by hip-run: on a GPU where there is one.
Flags that are not its own go to hip-run. The exit status is 0 if the answer with the default policy is right.
"""

import argparse
import gzip
import re
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / folder) for folder in ("benchmarks/quality", "python", "test/numeric")]

import hip_mlir  # noqa: E402
from charts import side_by_side  # noqa: E402
from hip_run import Batch  # noqa: E402
from measure import answers  # noqa: E402
from numpy_model import NumpyModel  # noqa: E402
from prompts import DEPTHS, ONE, passkeys  # noqa: E402

DATA = ROOT / "examples/data/tiny-lm"
SINK, WINDOW = 128, 512
POLICIES = ("dense", "window", "tree", "boxes", "hip")
# Keys that a policy searches; one that does not has as many more in its window.
KEPT = 512
DEFAULT = "hip"
# What pictures are of: the lists of the heads that look for the number.
LAYER, LIST_HEAD = 7, 1
SEARCHED = ("tree", "boxes", "hip")
SEED = 1


class Model(NumpyModel):
    """The model with attention by hip-run, whose milliseconds it counts."""

    def __init__(self, tool, flags, folder):
        super().__init__(DATA)
        self.tool, self.flags, self.files = Batch(tool), flags, folder
        self.chosen, self.milliseconds, self.device = None, 0, None

    def _attend(self, q, k, v, layer):
        window = WINDOW if self.chosen in SEARCHED else WINDOW + KEPT
        if q.shape[2] == 1:
            # A byte of the answer: too little to be worth a process that reads files.
            return hip_mlir.attention(q, k, v, self.chosen, sink=SINK, window=window)
        words = ["attention", "--policy", self.chosen, "--sink", str(SINK), "--window", str(window),
                 "--out", self._file("out"), *self.flags]
        for name, array in (("q", q), ("k", k), ("v", v)):
            np.save(self._file(name), array.astype(np.float16))
            words += [f"--{name}", self._file(name)]
        if layer == LAYER and self.chosen in SEARCHED:
            words += ["--picture", str(self.files / f"{self.chosen}.svg"), "--picture-head", str(LIST_HEAD)]
        printed = self.tool.run(words)
        self.device = re.search("device: (.*)", printed)[1]
        self.milliseconds += float(re.search(r"time: ([\d.]+) ms", printed)[1])
        return np.load(self._file("out")).astype(np.float32)

    def _file(self, name):
        return str(self.files / f"{name}.npy")


def ask(model, prompt):
    """Prints what the model writes with each policy, and the seconds that attention of the prompt took.

    Gives the policies whose answer is right.
    """
    print("policy   it writes         attention of the prompt, times as fast as dense", flush=True)
    right, dense = set(), None
    for policy in POLICIES:
        model.chosen, model.milliseconds = policy, 0
        written = answers(model, [prompt], 0)[0]
        seconds = model.milliseconds / 1e3
        dense = dense or seconds
        if written == prompt.answer:
            right.add(policy)
        verdict = "right" if policy in right else "WRONG"
        print(f"{policy:8} {written!r:9} {verdict:6} {seconds:8.2f} s {dense / seconds:7.1f}x", flush=True)
    return right


def hide(model, length, seed):
    """A prompt of so many bytes with a number hidden in it; prints what it is."""
    text = gzip.decompress((DATA / "moby_dick.txt.gz").read_bytes()).decode("latin-1")
    prompt = passkeys(model.encode, [text], length, DEPTHS, seed)[seed % DEPTHS]
    hidden = ONE[0].format(digits=prompt.answer).strip()
    print(f"A model of 15 million parameters reads {length:,} bytes of Moby-Dick. At byte "
          f'{model.decode(prompt.tokens).index(hidden):,} someone hid\n"{hidden}" It ends with "{ONE[1].strip()}"\n')
    return prompt


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--hip-run", required=True, type=Path)
    parser.add_argument("--length", type=int, default=32768, help="bytes of the prompt, at most 32768")
    parser.add_argument("--seed", type=int, default=SEED, help="another number, at another place")
    parser.add_argument("--picture", type=Path, default=ROOT / "build/kept.svg", help="what the lists kept")
    options, flags = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        model = Model(options.hip_run, flags, Path(folder))
        right = ask(model, hide(model, options.length, options.seed))
        options.picture.parent.mkdir(parents=True, exist_ok=True)
        options.picture.write_text(side_by_side([Path(folder, f"{policy}.svg").read_text() for policy in SEARCHED]))
    print(f"\nOn {model.device}. All but dense attend {SINK} keys at the start and {WINDOW + KEPT:,} others for each block of "
          f"64 rows.\nhip, the default, is the union of a tree and boxes. What the lists kept: {options.picture}")
    return 0 if DEFAULT in right else 1


if __name__ == "__main__":
    sys.exit(main())
