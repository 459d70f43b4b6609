"""Compares the PTX of every released configuration with what ran on a GPU.

test/device/ledger.json is written by scripts/device-test.sh alone: for each configuration and chip the
SHA-256 of the PTX that passed there, the number of cases, the worst error as a share of its bound, and the time. A
change of the compiler that changes PTX is not done before that has run again, nor is one of the cases.
"""

import json
import math
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test/ptx"))

import configurations  # noqa: E402

LEDGER = ROOT / "test/device/ledger.json"
FORMAT = 1
MOST_ERROR = 1.0
REMEDY = "run scripts/device-test.sh on a GPU machine"


def faults(ledger, hashes):
    """Pairs of a name and what is wrong with it, or None."""
    recorded = ledger.get("configurations", {})
    for name, chips in hashes.items():
        for chip, sha256 in chips.items():
            entry = recorded.get(name, {}).get(chip)
            if entry is None:
                fault = f"the ledger lacks it (PTX {sha256}); {REMEDY}"
            elif entry.get("ptx_sha256") != sha256:
                fault = (f"PTX {entry.get('ptx_sha256')} ran on {ledger.get('device')}, "
                         f"but PTX {sha256} is made now; {REMEDY}")
            else:
                fault = run_fault(entry)
            yield f"{name} {chip}", fault
        for chip in recorded.get(name, {}).keys() - chips.keys():
            yield f"{name} {chip}", f"is in the ledger, but the chips are {', '.join(chips)}; {REMEDY}"
    for name in recorded.keys() - hashes.keys():
        yield name, f"is in the ledger, but no configuration; {REMEDY}"


def run_fault(entry):
    """What the run of this PTX did not show; None if nothing."""
    cases, error, time = (entry.get(name) for name in ("cases", "worst_error", "milliseconds"))
    if cases != len(configurations.SHAPES):
        return f"{cases} cases ran, but there are {len(configurations.SHAPES)} (SHAPES in configurations.py); {REMEDY}"
    if not is_number(error) or not 0 <= error <= MOST_ERROR:
        return f"the worst error is {error} of its bound, but it has to be 0 to {MOST_ERROR}; {REMEDY}"
    if not is_number(time) or not 0 < time < math.inf:
        return f"the time is {time} ms, but it has to be more than 0; {REMEDY}"
    return None


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def read(path):
    """The ledger, or what is wrong with the file."""
    try:
        ledger = json.loads(path.read_text())
    except FileNotFoundError:
        return None, f"there is no ledger; {REMEDY}"
    except ValueError as error:
        return None, f"is no JSON: {error}"
    if not isinstance(ledger, dict) or ledger.get("format") != FORMAT:
        return None, f"is no ledger of format {FORMAT}; {REMEDY}"
    return ledger, None


def check(path, tool, released):
    ledger, fault = read(path)
    if fault:
        return [(path.name, fault)]
    return list(faults(ledger, configurations.hashes(tool, released)))


def main(build, counts):
    results = check(LEDGER, Path(build) / "bin/hip-compile", configurations.load())
    failed = [(name, fault) for name, fault in results if fault]
    for name, fault in failed:
        print(f"FAIL {name}: {fault}")
    print(f"{len(results) - len(failed)} programs are what ran on a GPU, {len(failed)} are not")
    Path(counts).write_text(f"{len(results) - len(failed)} {len(failed)} 0\n")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[2:]))
