"""Compares the PTX of every released configuration with what ran on a GPU.

test/device/ledger.json is written by scripts/device-test.sh alone: for each configuration and chip the
SHA-256 of the PTX that passed there, the number of cases, the worst error and the time. A change of the
compiler that changes PTX is not done before that has run again.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test/ptx"))

import configurations  # noqa: E402

LEDGER = ROOT / "test/device/ledger.json"
FORMAT = 1
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
                fault = None
            yield f"{name} {chip}", fault
    for name in recorded.keys() - hashes.keys():
        yield name, f"is in the ledger, but no configuration; {REMEDY}"


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
