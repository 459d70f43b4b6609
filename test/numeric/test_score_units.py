"""What multiplies query rows by keys changes no bit of a score, so that selections do not depend on it."""

import numpy as np
import pytest

import programs
from cases import TYPES

ROWS, KEYS, RANGES = 128, 1000, 64


@pytest.mark.parametrize("dtype", [name for name in TYPES if name != "f32"])
def test_scores_have_the_same_bits_by_every_unit(tool, tmp_path, dtype, pipeline):
    rng = np.random.default_rng(7)
    element = TYPES[dtype]
    q = rng.standard_normal((1, 8, ROWS, 128)).astype(np.float32).astype(element)
    k = rng.standard_normal((1, 2, KEYS, 128)).astype(np.float32).astype(element)
    ranges = np.zeros((1, 2, ROWS // 64, RANGES, 2), np.int32)
    ranges[..., 0], ranges[..., 1] = rng.integers(0, KEYS // 2, ranges.shape[:-1]), 1
    counts = np.full(ranges.shape[:3], RANGES, np.int32)
    arrays = {"q": q, "k": k, "r": ranges, "c": counts, "s": np.zeros(ranges.shape[:4], np.float32)}
    types = {name: programs.tensor(x, [2]) for name, x in arrays.items()}

    def scores(name, threads, rows, unit):
        text = f"""func.func @f({', '.join(f'%{n}: {t}' for n, t in types.items())}) -> {types['s']} {{
  %0 = hip.score ins(%q, %k, %r, %c : {types['q']}, {types['k']}, {types['r']}, {types['c']}) outs(%s : {types['s']})
    {{block_q = 64 : i64, granule = 2 : i64,
     hip.schedule = #hip.schedule<threads = {threads}, rows = {rows}, columns = 64, unit = {unit}>}} -> {types['s']}
  return %0 : {types['s']}
}}
"""
        return programs.run(tool, tmp_path / name, text, list(arrays.values()), 1, pipeline)[0]

    by_warps = scores("warps", 128, 64, "mma_sync")
    assert np.isfinite(by_warps).all() and np.ptp(by_warps) > 10
    for name, schedule in {"tall": (256, 256, "mma_sync"), "wgmma": (256, 256, "wgmma"), "half": (128, 128, "wgmma")}.items():
        assert scores(name, *schedule).tobytes() == by_warps.tobytes()
