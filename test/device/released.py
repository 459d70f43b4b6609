"""Compiles every released configuration, runs it on the first GPU, and writes the ledger.

A configuration is a line of test/ptx/configurations.txt. Each runs from the packages of hip-compile for
sm_90a and sm_80 on a few shapes; Q and K are integers, so that lists are known exactly. The ledger
has the hash of its PTX, the worst error as a share of the bound, and the time of 130 rows on 1,999
keys, taken when nothing else runs. It is written only if all passed. What passed is a line of --journal, so that a
run that is cut off goes on where it was.
"""

import argparse
import datetime
import json
import multiprocessing
import re
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test" / "ptx"))

from journal import Journal  # noqa: E402
from run import list_fault, worst  # noqa: E402

import configurations  # noqa: E402
from bounds import bounds  # noqa: E402
from cases import TYPES  # noqa: E402
from hip_run import Output, execute, load  # noqa: E402
from reference import attention, parse_policy, prune  # noqa: E402
from reference.attention import default_scale  # noqa: E402

TIME = re.compile(r"^time: ([\d.]+) ms, median ([\d.]+) ms", re.M)


def inputs(options, rows, keys, seed):
    rng = np.random.default_rng(seed)
    dtype = TYPES[options.dtype]
    whole = lambda heads, count: rng.integers(-1, 2, (1, heads, count, options.head_size), np.int8)
    v = rng.standard_normal((1, options.kv_heads, keys, options.value_size), np.float32)
    return [x.astype(dtype) for x in (whole(options.query_heads, rows),
                                      whole(options.kv_heads, keys), v)]


def save(folder, arrays):
    for name, array in zip("qkv", arrays):
        np.save(folder / f"{name}.npy", array)


def run_package(tool, package, results, repeat=1):
    """Results of a package on the arrays beside it, and the median time."""
    command = [str(package), "--device", "cuda", "--repeat", str(repeat)]
    for name in "qkv":
        command += ["--in", str(package.with_name(f"{name}.npy"))]
    for i in range(results):
        command += ["--out", f"{package}-out{i}.npy"]
    printed = execute(tool, command, cuda=True)
    return [load(f"{package}-out{i}.npy") for i in range(results)], float(TIME.search(printed)[2])


def result_count(options):
    return 1 + options.lse + 2 * options.list


def expect(options, arrays):
    """(lists, attention over them) of the reference."""
    q, k, v = arrays
    policy = parse_policy(options.policy)
    lists = prune(policy, q, k, options.sink, options.window, options.causal, options.heads)
    return lists, attention(policy, q, k, v, *lists, options.sink, options.window, options.causal,
                            scale=options.scale, softcap=options.softcap)


def compare(options, expected, arrays, results):
    """The worst share of the bound; an error where a list differs."""
    lists, numbers = expected
    if options.list:
        fault = list_fault(Output(None, None, *results[-2:]), lists)
        if fault:
            raise RuntimeError(fault)
    scale = default_scale(options.head_size) if options.scale is None else options.scale
    out_bound, lse_bound = bounds(numbers, arrays[0].dtype, options.head_size, scale, options.softcap)
    share = worst(results[0], numbers.out, out_bound)
    return max(share, worst(results[1], numbers.lse, lse_bound)) if options.lse else share


@dataclass
class Job:
    """A configuration, where its packages and arrays go, and how long each part of it took."""

    configuration: configurations.Configuration
    tools: Path
    folder: Path
    seconds: dict = field(default_factory=dict)

    @property
    def name(self):
        return self.configuration.name

    @property
    def options(self):
        return self.configuration.options

    @contextmanager
    def clock(self, part):
        begin = time.monotonic()
        yield
        self.seconds[part] = self.seconds.get(part, 0) + time.monotonic() - begin

    def parts(self):
        return ", ".join(f"{part} {seconds:.1f} s" for part, seconds in self.seconds.items())

    def compile_packages(self):
        """Leaves a package for each chip, named as the chip."""
        self.folder.mkdir()
        for chip in configurations.LEDGER_CHIPS:
            self.configuration.compile(self.tools / "hip-compile", chip, "-o", self.folder / chip)

    def save_inputs(self, shape):
        arrays = inputs(self.options, *shape, seed=shape[1])
        save(self.folder, arrays)
        return arrays

    def run_package(self, chip, repeat=1):
        return run_package(self.tools / "hip-run", self.folder / chip, result_count(self.options),
                           repeat)


def check_shape(job, entries, shape):
    with job.clock("inputs"):
        arrays = job.save_inputs(shape)
    with job.clock("reference"):
        expected = expect(job.options, arrays)
    for chip, entry in entries.items():
        with job.clock("hip-run"):
            results, _ = job.run_package(chip)
        with job.clock("bounds"):
            share = compare(job.options, expected, arrays, results)
        if not share <= 1:
            raise RuntimeError(f"{chip}, {shape}: {share:.3g} of the bound")
        entry["cases"] += 1
        entry["worst_error"] = max(entry["worst_error"], round(share, 4))


def check(job):
    """(job, {chip: entry}, fault)."""
    entries = {}
    try:
        with job.clock("hip-compile"):
            job.compile_packages()
            for chip in configurations.LEDGER_CHIPS:
                sha256 = job.configuration.ptx_sha256(job.tools / "hip-compile", chip)
                entries[chip] = {"cases": 0, "worst_error": 0.0, "ptx_sha256": sha256}
        for shape in configurations.SHAPES:
            check_shape(job, entries, shape)
    except Exception as fault:  # everything that goes wrong fails this configuration alone
        return job, {}, f"{type(fault).__name__}: {fault}"
    return job, entries, ""


def prepare_timing(job):
    """Packages and arrays of a configuration that passed in an earlier run or in this one."""
    if not job.folder.exists():
        job.compile_packages()
    job.save_inputs(configurations.TIMED)


def work(configuration):
    """Configurations with most of it go first, so that none is left over at the end."""
    return configuration.options.query_heads * configuration.options.head_size


def describe_device():
    asked = subprocess.run(["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"],
                           capture_output=True, text=True, check=True)
    return [part.strip() for part in asked.stdout.splitlines()[0].split(",")]


def write_ledger(path, entries):
    device, driver = describe_device()
    ledger = {"format": 1, "device": device, "driver": driver,
              "date": datetime.date.today().isoformat(), "configurations": entries}
    path.write_text(json.dumps(ledger, indent=1, sort_keys=True) + "\n")


def check_all(pool, jobs, journal):
    """{name: entry} of what passed now or before, and the number of faults."""
    entries, failed = journal.read(), 0
    for job, entry, fault in pool.imap_unordered(check, [j for j in jobs if j.name not in entries]):
        if fault:
            failed += 1
        else:
            entries[job.name] = entry
            journal.add(job.name, entry)
        print(f"FAIL {job.name}: {fault}" if fault else f"ok   {job.name}: {job.parts()}", flush=True)
    return entries, failed


def add_times(pool, jobs, entries):
    pool.map(prepare_timing, jobs, chunksize=1)
    for job in jobs:
        for chip, entry in entries[job.name].items():
            _, entry["milliseconds"] = job.run_package(chip, repeat=5)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tools", required=True, type=Path, help="folder of hip-run, hip-compile")
    parser.add_argument("--ledger", type=Path, help="file to write")
    parser.add_argument("--journal", type=Path, help="file with what has passed, which grows")
    parser.add_argument("--key", default="", help="of these tools and tests, for --journal")
    parser.add_argument("--every", type=int, default=1, help="only every Nth configuration, no ledger")
    parser.add_argument("--jobs", type=int, default=12)
    options = parser.parse_args()
    chosen = sorted(configurations.load()[::options.every], key=work, reverse=True)
    with tempfile.TemporaryDirectory() as scratch, multiprocessing.Pool(options.jobs) as pool:
        jobs = [Job(configuration, options.tools, Path(scratch) / configuration.name)
                for configuration in chosen]
        entries, failed = check_all(pool, jobs, Journal(options.journal, options.key))
        print(f"{len(jobs) - failed} released configurations passed, {failed} failed", flush=True)
        if failed or options.every != 1 or not options.ledger:
            return bool(failed)
        add_times(pool, jobs, entries)
    write_ledger(options.ledger, entries)
    return 0


if __name__ == "__main__":
    sys.exit(main())
