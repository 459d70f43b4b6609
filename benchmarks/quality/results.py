"""Results as lines of JSON that are only ever appended to, and the interval of a share."""

import datetime
import json
import math
import os
import platform
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NORMAL_95 = 1.959964
# Prompts are of the first seed; policies that were chosen on them are checked on the other.
SEED, HELD_OUT_SEED = 20261128, 20261129


def wilson(right, total):
    """The 95 % interval of Wilson for a share of `right` of `total`."""
    if not total:
        return 0.0, 1.0
    share, square = right / total, NORMAL_95**2
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = NORMAL_95 / (1 + square / total) * math.sqrt(share * (1 - share) / total + square / (4 * total**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def share(right, total):
    """A share with its interval, as results have it."""
    right, total = int(right), int(total)
    low, high = wilson(right, total)
    return {"right": right, "total": total, "share": right / total if total else 0.0,
            "low": round(low, 4), "high": round(high, 4)}


def commit():
    """The commit that is measured, of $HIP_COMMIT or of git."""
    named = os.environ.get("HIP_COMMIT")
    if named:
        return named
    done = subprocess.run(["git", "describe", "--always", "--dirty", "--abbrev=12"], cwd=ROOT, capture_output=True,
                          text=True)
    return done.stdout.strip() or "unknown"


def processor():
    """What the CPU calls itself."""
    info = Path("/proc/cpuinfo")
    names = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines()
             if line.startswith("model name")] if info.exists() else []
    return names[0] if names else platform.machine()


def key_of(cell):
    return json.dumps(cell, sort_keys=True)


def read(path):
    """The lines of a file of results; one that was cut off while it was written is left out."""
    if not Path(path).exists():
        return []
    lines = Path(path).read_text().splitlines()
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found += [json.loads(line)] if line.strip() else []
        except ValueError:
            print(f"{path}: line {number} was cut off; its cell is measured again", flush=True)
    return found


class Results:
    """A file of results. A cell that is in it, or in one of `others`, is known and need not be measured."""

    def __init__(self, path, chip, others=()):
        self.path, self.chip, self.commit = Path(path), chip, commit()
        self.known = {key_of(line["cell"]) for each in (path, *others) for line in read(each)}

    def __contains__(self, cell):
        return key_of(cell) in self.known

    def add(self, cell, result, seconds):
        line = {"cell": cell, "result": result, "seconds": round(seconds, 2), "commit": self.commit,
                "chip": self.chip, "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%MZ")}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        cut = self.path.exists() and not self.path.read_text().endswith("\n")
        # At once, as other processes append too. An empty line is none; one that was cut off ends here.
        with self.path.open("ab", buffering=0) as file:
            file.write((("\n" if cut else "") + json.dumps(line) + "\n").encode())
        self.known.add(key_of(cell))
