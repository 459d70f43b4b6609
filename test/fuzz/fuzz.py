"""Runs the fuzzers on all processors until the time or the number of inputs is over."""

import argparse
import hashlib
import importlib
import multiprocessing
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))

import process  # noqa: E402
from finding import minimize  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("mutate", "generate", "packages", "calls")


@dataclass(frozen=True)
class Tools:
    folder: Path
    library: Path
    pipelines: tuple

    def tool(self, name):
        path = self.folder / name
        if not path.is_file():
            raise FileNotFoundError(f"no {name} in {self.folder}; build it or give --tools")
        return path


def job(task):
    kind, tools, seed, index = task
    # A folder of its own, so that what a batch leaves behind is gone.
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HIPC_CACHE_DIR"] = folder
        rng = np.random.default_rng([seed, KINDS.index(kind), index])
        return importlib.import_module(kind).work(tools, rng, Path(folder))


def tasks(kind, tools, options, slots):
    """As many as the time or the number of inputs allows, and never many ahead of the workers."""
    deadline = time.monotonic() + options.minutes * 60
    size = importlib.import_module(kind).BATCH
    for index in range(-(-options.count // size) if options.count else sys.maxsize):
        slots.acquire()
        if time.monotonic() > deadline:
            return
        yield kind, tools, options.seed, index


class Report:
    """Findings by kind; the first of each is made small and kept."""

    def __init__(self, keep):
        self.keep, self.groups = keep, {}

    def add(self, finding, folder):
        key = finding.fuzzer, finding.kind
        if key in self.groups:
            self.groups[key] += 1
            return
        self.groups[key] = 1
        minimize(finding, folder)
        place = self.keep / f"{finding.fuzzer}-{hashlib.sha256(finding.kind.encode()).hexdigest()[:8]}"
        finding.write(place)
        command = " ".join(f"'{w}'" if " " in w else w for w in finding.words(place))
        (place / "finding.txt").write_text(f"{finding.kind}\n{command}\n\n{finding.output[-6000:]}")
        print(f"FOUND {finding.fuzzer}: {finding.kind}\n  {command}", flush=True)


def fuzz(kind, tools, options, report):
    """Runs one kind; gives the number of inputs."""
    total, begin, slots = Counter(), time.monotonic(), threading.Semaphore(2 * options.jobs)
    with multiprocessing.Pool(options.jobs, process.limit, (options.memory,)) as workers, \
            tempfile.TemporaryDirectory() as folder:
        for count, findings in workers.imap_unordered(job, tasks(kind, tools, options, slots)):
            slots.release()
            total.update(count)
            for finding in findings:
                report.add(finding, Path(folder))
    words = ", ".join(f"{number} {name}" for name, number in total.items())
    print(f"{kind}: {words} in {time.monotonic() - begin:.0f} s", flush=True)
    return total["inputs"]


def arguments():
    build = ROOT / "build" / "dev"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("minutes", type=float, help="the most time of each kind")
    parser.add_argument("kinds", nargs="*", default=KINDS, metavar="KIND", help=f"of {', '.join(KINDS)} (all)")
    parser.add_argument("--seed", type=int, default=0, help="inputs are a function of it")
    parser.add_argument("--count", type=int, default=0, help="inputs of each kind (default: what the time allows)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--memory", type=int, help="GiB a process may have; 0 for sanitizers (default 8, with a GPU 0: "
                                                   "its driver takes addresses for all of its memory)")
    parser.add_argument("--tools", type=Path, default=build / "bin", help="folder of hip-opt and the others")
    parser.add_argument("--library", type=Path, help="libhipc.so (default: the one of --tools)")
    parser.add_argument("--pipelines", default="reference,cpu", help="what runs generated programs; 'cuda' too")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-findings"), help="folder for inputs that fail")
    return parser.parse_args()


def main():
    options = arguments()
    if options.memory is None:
        options.memory = 0 if "cuda" in options.pipelines else 8
    for kind in options.kinds:
        if kind not in KINDS:
            sys.exit(f"error: no fuzzer '{kind}'; there are {', '.join(KINDS)}")
    folder = options.tools.resolve()
    # A build has it in a folder beside the tools, what scripts/device-pack.sh packs has it with them.
    beside = folder.parent / "lib" / "libhipc.so"
    library = options.library or (beside if beside.is_file() else folder / "libhipc.so")
    tools = Tools(folder, library.resolve(), tuple(options.pipelines.split(",")))
    report = Report(options.keep.resolve())
    ran = sum(fuzz(kind, tools, options, report) for kind in options.kinds)
    for (fuzzer, kind), times in sorted(report.groups.items(), key=lambda group: -group[1]):
        print(f"{times:6} x {fuzzer}: {kind}")
    print(f"{ran} inputs, {len(report.groups)} kinds of faults" + (f", kept in {report.keep}" * bool(report.groups)))
    return bool(report.groups)


if __name__ == "__main__":
    sys.exit(main())
