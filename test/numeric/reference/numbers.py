"""Exact float32 arithmetic: sequential fused multiply-add and the order of scores."""

import numpy as np

# Rows x keys of one accumulator tile: it and its products stay in the L2 cache.
TILE_ELEMENTS = 1 << 16
# Two operands of at most 12 significant bits have a product of at most 24.
LOW_BITS = np.uint32(0xFFF)
SMALLEST_NORMAL = 2.0**-126
LARGEST_SAFE = 2.0**127
EXACT_INTEGERS = 2.0**24


def dot(a, b):
    """float32 dot products [n, m] of the rows of a [n, D] and b [m, D].

    The order is part of the contract: acc = fma(a[d], b[d], acc) for d ascending, from +0.0,
    operands widened to float32. Three ways give those bits: integers so small that no order
    rounds go through BLAS; operands whose products are exact make fma an addition; the rest
    takes the emulated fma.
    """
    a = np.ascontiguousarray(a, dtype=np.float32)
    b = np.ascontiguousarray(b, dtype=np.float32)
    if _small_integers(a, b):
        return a @ b.T
    step = _add_exact_product if _products_exact(a, b) else _fma
    out = np.empty((len(a), len(b)), np.float32)
    columns = max(1, min(len(b), 1024))
    rows = max(1, TILE_ELEMENTS // columns)
    with np.errstate(all="ignore"):
        for i in range(0, len(a), rows):
            for j in range(0, len(b), columns):
                out[i:i + rows, j:j + columns] = _dot_tile(a[i:i + rows], b[j:j + columns], step)
    return out


def _dot_tile(a, b, step):
    acc = np.zeros((len(a), len(b)), np.float32)
    scratch = np.empty_like(acc)
    at, bt = np.ascontiguousarray(a.T), np.ascontiguousarray(b.T)
    for x, y in zip(at, bt):
        step(x[:, None], y[None, :], acc, scratch)
    return acc


def _add_exact_product(x, y, acc, scratch):
    np.multiply(x, y, out=scratch)
    np.add(acc, scratch, out=acc)


def _fma(x, y, acc, _scratch):
    acc[...] = fma(x, y, acc)


def fma(x, y, z):
    """float32 fused multiply-add: x * y + z rounded once, to nearest even.

    The product is exact in float64. The sum is rounded to odd there (two-sum tells the error), so
    that the second rounding, to float32, sees which side of a tie the exact value lies on.
    """
    product = np.float64(x) * np.float64(y)
    z = np.float64(z)
    total = product + z
    bulk = total - product
    error = (product - (total - bulk)) + (z - bulk)
    even = (np.asarray(total).view(np.uint64) & np.uint64(1)) == 0
    inexact = np.isfinite(total) & (error != 0) & even
    odd = np.where(inexact, np.nextafter(total, np.copysign(np.inf, error)), total)
    return odd.astype(np.float32)


def _small_integers(a, b):
    if not a.size or not b.size:
        return True
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return False
    if np.abs(a).max() * np.abs(b).max() * np.float64(a.shape[1]) > EXACT_INTEGERS:
        return False
    return bool((a == np.rint(a)).all() and (b == np.rint(b)).all())


def _products_exact(a, b):
    for x in (a, b):
        if ((x.view(np.uint32) & LOW_BITS) != 0)[np.isfinite(x)].any():
            return False
    (low_a, high_a), (low_b, high_b) = _magnitudes(a), _magnitudes(b)
    return low_a * low_b >= SMALLEST_NORMAL and high_a * high_b < LARGEST_SAFE


def _magnitudes(x):
    """Least and greatest finite magnitude other than zero, as Python floats (1, 1 if none)."""
    magnitude = np.abs(x[np.isfinite(x) & (x != 0)])
    return (float(magnitude.min()), float(magnitude.max())) if magnitude.size else (1.0, 1.0)


def order(scores):
    """S10, S12: order-preserving u32 of float32 scores; -0 counts as +0, NaN below every number."""
    scores = np.where(scores == 0, np.float32(0), scores).astype(np.float32)
    bits = scores.view(np.uint32)
    sign = np.uint32(0x80000000)
    keys = np.where(bits & sign, ~bits, bits | sign)
    return np.where(np.isnan(scores), np.uint32(0), keys)
