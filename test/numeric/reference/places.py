"""S24: what data of a call means where it names no place: ranges, counts, pages, lengths, offsets.

Plain loops over one list or one batch entry, in Python's integers, which do not wrap.
"""

import numpy as np

from .numbers import order

MOST = 2**31 - 1


def held(value, least, most):
    return max(least, min(int(value), most))


def packed_rows(first, end, total, most):
    """S1b: the rows [first, end) of an entry of packed queries, and how many of its two offsets were held."""
    start = held(first, 0, total)
    last = min(held(end, start, total), start + most)
    return start, last, int(first != start) + int(end != last)


def is_range(start, length):
    return start >= 0 and length > 0 and start + length <= MOST


def entries(ranges, count):
    """The entries [n, 2] of a list of ranges [N, 2], each (start, length); length 0 is no range."""
    pairs = [(int(s), int(n)) for s, n in ranges[:held(count, 0, len(ranges))]]
    return [(s, n if is_range(s, n) else 0) for s, n in pairs]


def split(ranges, count, ways, room):
    children = []
    for start, length in entries(ranges, count):
        part = -(-length // ways)
        for way in range(ways):
            own = min(part, length - way * part)
            if own > 0:
                children.append((start + way * part, own))
    return children[:room]


def blocks(ranges, count, granule, block_k, room):
    listed = []
    for start, length in entries(ranges, count):
        first, many = start * granule // block_k, length * granule // block_k
        if first + many <= MOST:
            listed += range(first, min(first + many, first + room))
    return listed[:room]


def select(ranges, count, scores, keep, room):
    pairs = entries(ranges, count)
    best = sorted(range(len(pairs)), key=lambda x: (-int(order(scores[x:x + 1])[0]), x))[:keep]
    return [pairs[x] for x in sorted(best)][:room]


def partition(first, granules, chunks, room):
    edges = [x * granules // max(chunks, 1) for x in range(chunks + 1)]
    pairs = [(first + a, b - a) for a, b in zip(edges, edges[1:]) if b > a]
    return pairs[:room]


def token_score(table, start, length, which, granule, k_stride):
    """S8, S10 of one entry; `table` [Tk] has each key's product, NaN of one that is skipped."""
    if not length:
        return np.float32(np.nan)
    chosen = start + {"first": 0, "center": length // 2, "last": length - 1}[which]
    keys = [key for key in range(chosen * granule, (chosen + 1) * granule, k_stride)
            if key < len(table)]
    return np.fmax.reduce(table[keys], initial=np.nan) if keys else np.float32(np.nan)


def mean_score(q, k, start, length, which, granule, k_stride):
    """S10c of one entry: `q` [rows, D] with the mean of the keys `k` [Tk, D], NaN where they are skipped."""
    if not length:
        return np.float32(np.nan)
    chosen = start + {"first": 0, "center": length // 2, "last": length - 1}[which]
    keys = [key for key in range(chosen * granule, (chosen + 1) * granule, k_stride)
            if key < len(k) and not np.isnan(k[key]).any()]
    if not keys:
        return np.float32(np.nan)
    sums = np.zeros(len(q), np.float32)
    for key in keys:
        sums = sums + (q.astype(np.float32) @ k[key].astype(np.float32))
    return (sums / np.float32(len(keys))).max()


def paged(pages, table, length):
    """One entry of hip.kv.paged: its keys [Hkv, T, D], NaN where they are skipped, which are not
    [T], and how many numbers of it name no place."""
    page = pages.shape[1]
    count = held(length, 0, len(table) * page)
    keys = np.full((pages.shape[2], count, pages.shape[3]), np.nan, pages.dtype)
    there = np.zeros(count, bool)
    faults = int(count != length)
    for x in range(-(-count // page)):
        rows = slice(x * page, min((x + 1) * page, count))
        if 0 <= table[x] < len(pages):
            keys[:, rows] = pages[table[x], :rows.stop - rows.start].transpose(1, 0, 2)
            there[rows] = True
        else:
            faults += 1
    return keys, there, faults


def ragged(storage, first, end):
    """The same of hip.kv.ragged."""
    begin = held(first, 0, len(storage))
    stop = held(end, begin, len(storage))
    keys = storage[begin:stop].transpose(1, 0, 2)
    return keys, np.ones(stop - begin, bool), int(begin != first) + int(stop != end)

