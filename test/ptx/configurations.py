"""The released configurations: their flags, their PTX and its hash."""

import argparse
import hashlib
import re
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

LIST = Path(__file__).with_name("configurations.txt")
ROWS = Path(__file__).resolve().parents[2] / "dialect/gpu/Chips.h"
CHIPS = tuple(re.findall(r'^ +\{"(sm_\w+)",', ROWS.read_text(), re.M))
EVERY_CONFIGURATION = ("sm_90a",)
# What test/device/ledger.json holds hashes for.
LEDGER_CHIPS = ("sm_90a", "sm_80")
TIMEOUT_SECONDS = 300
# Rows and keys: inside sinks and band, ragged ends, whole blocks, few rows (which are split along the keys), every
# stage with something to choose.
TIMED = (130, 1999)
SHAPES = [(1, 1), (50, 50), (64, 64), (129, 129), (1, 4096), (2, 700), (5, 2049), (8, 3000), (1, 36000),
          (33, 1111), TIMED]


def _flag_parser():
    """The flags of `hip-compile attention` with its defaults."""
    parser = argparse.ArgumentParser(prog="configuration", allow_abbrev=False)
    parser.add_argument("--policy", required=True)
    for name, default in (("sink", 0), ("window", 0), ("query-heads", 32), ("kv-heads", 8),
                          ("head-size", 128), ("value-size", None), ("batch", None)):
        parser.add_argument(f"--{name}", type=int, default=default)
    for name in ("scale", "softcap"):
        parser.add_argument(f"--{name}", type=float)
    parser.add_argument("--causal", type=lambda text: text == "true", default=True)
    parser.add_argument("--heads", default="kv")
    parser.add_argument("--dtype", default="bf16")
    for name in ("lse", "list"):
        parser.add_argument(f"--{name}", action="store_true")
    return parser


@dataclass(frozen=True)
class Configuration:
    name: str
    everywhere: bool  # assembled for every chip
    flags: tuple

    @property
    def chips(self):
        return CHIPS if self.everywhere else EVERY_CONFIGURATION

    @cached_property
    def options(self):
        """The flags as attributes: options.policy, options.query_heads and so on."""
        parsed = _flag_parser().parse_args(self.flags)
        if parsed.value_size is None:
            parsed.value_size = parsed.head_size
        return parsed

    @property
    def uses_tensor_cores(self):
        return self.options.dtype != "f32"

    def compile(self, tool, chip, *words):
        """Runs hip-compile; gives what it prints, as bytes."""
        command = [str(tool), "attention", *self.flags, f"--chip={chip}", *map(str, words)]
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_SECONDS)
        if done.returncode:
            raise RuntimeError(f"{self.name} for {chip}: {done.stderr.decode().strip()}")
        return done.stdout

    def ptx_sha256(self, tool, chip):
        return hashlib.sha256(self.compile(tool, chip, "--format=ptx")).hexdigest()


def load(path=LIST):
    """All configurations of a list, in its order."""
    configurations = []
    for line in Path(path).read_text().splitlines():
        words = shlex.split(line, comments=True)
        if not words:
            continue
        name, chips, *flags = words
        if chips not in ("all", *EVERY_CONFIGURATION) or name in {c.name for c in configurations}:
            raise ValueError(f"{path}: '{line}' has a name twice or chips other than all or sm_90a")
        configurations.append(Configuration(name, chips == "all", tuple(flags)))
    return configurations


def hashes(tool, configurations, chips=LEDGER_CHIPS, jobs=None):
    """{name: {chip: sha256 of the PTX}}."""
    pairs = [(configuration, chip) for configuration in configurations for chip in chips]
    with ThreadPoolExecutor(jobs) as pool:
        found = pool.map(lambda pair: pair[0].ptx_sha256(tool, pair[1]), pairs)
        result = {configuration.name: {} for configuration in configurations}
        for (configuration, chip), sha256 in zip(pairs, found):
            result[configuration.name][chip] = sha256
    return result
