"""Runs the numeric cases on the first GPU and checks them against NumPy.

Lists of integer-valued cases are compared bit for bit, outputs within test/numeric/bounds.py of a
float64 result over the lists that the GPU made; two runs give the same bytes (S22).
"""

import argparse
import json
import multiprocessing
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "numeric"))

import hip_run  # noqa: E402
from bounds import bounds  # noqa: E402
from cases import TYPES, integer_cases, real_cases  # noqa: E402
from reference import attention, prune  # noqa: E402
from reference.attention import default_scale  # noqa: E402


def run(case, tool, folder, name):
    output = hip_run.attention(tool, Path(folder) / f"{case.id}{name}", *case.arrays, case.policy,
                               case.sink, case.window, case.causal, case.heads, case.scale,
                               case.softcap, "cuda")
    return output


def list_fault(output, lists):
    """Where blocks or counts differ; None where they do not."""
    blocks, counts = lists
    if not np.array_equal(output.counts, counts):
        at = tuple(np.argwhere(output.counts != counts)[0])
        return f"counts{list(map(int, at))} = {output.counts[at]}, expected {counts[at]}"
    for at in np.ndindex(counts.shape):
        n = counts[at]
        if not np.array_equal(output.blocks[at][:n], blocks[at][:n]):
            return f"blocks{list(at)} = {output.blocks[at][:n]}, expected {blocks[at][:n]}"
    return None


def worst(got, expected, bound):
    """The greatest error as a share of its bound; infinite where NaN or infinity differ."""
    got = got.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(got == expected, 0, np.abs(got - expected) / bound)
    share = np.where(np.isnan(got) & np.isnan(expected), 0, share)
    return float(np.where(np.isnan(share), np.inf, share).max(initial=0))


def check(job):
    case, tool, folder = job
    try:
        output = run(case, tool, folder, "")
        again = run(case, tool, folder, "-again")
    except AssertionError as fault:
        return case.id, "run", str(fault)[-600:], 0.0
    for name in ("out", "lse", "counts"):
        one, two = getattr(output, name), getattr(again, name)
        if one is not None and one.tobytes() != two.tobytes():
            return case.id, "repeat", f"{name} differs from run to run", 0.0
    q, k, v = case.arrays
    lists = prune(case.policy, q, k, case.sink, case.window, case.causal, case.heads)
    if output.counts is not None:
        fault = list_fault(output, lists)
        if fault and case.values != "normal" and not case.tag.startswith("real"):
            return case.id, "list", fault, 0.0
        lists = output.blocks, output.counts
    expected = attention(case.policy, q, k, v, *lists, case.sink, case.window, case.causal,
                         scale=case.scale, softcap=case.softcap)
    scale = default_scale(case.head_size) if case.scale is None else case.scale
    out_bound, lse_bound = bounds(expected, TYPES[case.dtype], case.head_size, scale, case.softcap)
    share = max(worst(output.out, expected.out, out_bound),
                worst(output.lse, expected.lse, lse_bound))
    return case.id, "" if share <= 1 else "bound", f"{share:.3g} of the bound", share


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--hip-run", required=True, type=Path)
    parser.add_argument("--every", type=int, default=1, help="of the cases run every Nth")
    parser.add_argument("--report", type=Path, help="a JSON file of all results")
    parser.add_argument("--jobs", type=int, default=12)
    options = parser.parse_args()
    cases = [*integer_cases(), *real_cases()][::options.every]
    with tempfile.TemporaryDirectory() as folder, multiprocessing.Pool(options.jobs) as pool:
        jobs = [(case, options.hip_run, folder) for case in cases]
        results = pool.map(check, jobs, chunksize=1)
    failed = [result for result in results if result[1]]
    for case, kind, text, _ in failed[:40]:
        print(f"FAIL {case} {kind}: {text}")
    kinds = {kind: sum(r[1] == kind for r in failed) for kind in {r[1] for r in failed}}
    print(f"{len(results) - len(failed)} cases passed, {len(failed)} failed {kinds or ''}; worst "
          f"{max((r[3] for r in results if not r[1]), default=0):.3g} of the bound")
    if options.report:
        options.report.write_text(json.dumps(results))
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
