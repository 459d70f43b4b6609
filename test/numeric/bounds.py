"""How far S19's arithmetic may be from float64, per type.

Notation: u = 2^-24; t = half the relative spacing of the input type (2^-24, 2^-11, 2^-8 for f32,
f16, bf16); n = keys the row attends; X = max_j sum_d |q_d k_jd|; A = sum_j P_j |v_j|.

    score     s <= |scale| * X * (D + 8) * u + 16 * u * min(softcap, |scale| * X)     dot product, scale, cap
    weight    w  = s + 2^-21                                      one exponential
    |lse - L| <= w + (n + 64) * u + 4 * u * (|L| + 1)
    |out - O| <= (2 * w + t' + (2 * n + 64) * u) * A + n * lost * max_j |v_j| + t * |O| + tiny

2 * w because numerator and denominator may err apart; t' = t, the rounding of the probabilities
(none in f32); n * u a sum in any order, once over P * V and once over P, 64 * u the rescaling of
both by the running maximum; tiny is half the least subnormal of f16, and 2^-123 for types as wide as
f32, whose weights are 2^-26 times less so that sums of values near the type's end stay finite.
"""

import numpy as np

UNIT = 2.0**-24
EXPONENTIAL = 2.0**-21
TYPE_UNIT = {"float32": 2.0**-24, "float16": 2.0**-11, "bfloat16": 2.0**-8}
TYPE_TINY = {"float32": 2.0**-123, "float16": 2.0**-25, "bfloat16": 2.0**-123}
# Weights below this count as 0.
WEIGHT_TINY = {"float32": 2.0**-100, "float16": 2.0**-25, "bfloat16": 2.0**-100}


def bounds(result, dtype, head_size, scale, softcap=None):
    """Greatest allowed errors of out and lse for a reference.Attention."""
    name = np.dtype(dtype).name
    unit, tiny = TYPE_UNIT[name], TYPE_TINY[name]
    most = abs(float(scale)) * result.products
    score = most * (head_size + 8) * UNIT + 16 * UNIT * np.minimum(softcap or 0, most)
    weight = score + EXPONENTIAL
    finite = np.where(np.isfinite(result.lse), np.abs(result.lse), 0)
    lse = weight + (result.keys + 64) * UNIT + 4 * UNIT * (finite + 1)
    rounding = 0 if name == "float32" else unit
    row = 2 * weight + rounding + (2 * result.keys + 64) * UNIT
    lost = result.keys * WEIGHT_TINY[name] * result.values
    out = (row[..., None] * result.weighted + lost[..., None] + unit * np.abs(result.out) + tiny)
    return out, lse
