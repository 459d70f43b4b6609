"""The reference's policies: worked by hand, by plain loops, and the properties of section 8."""

import numpy as np
import pytest

from cases import integer_cases
from conftest import expected_lists
from reference import Band, Boxes, Dense, Stages, Tree, Union, parse_policy, prune
from test_attention import covering

INTEGER_CASES = integer_cases()


def peak_table(values):
    """q, k of one row and keys whose scores are `values`."""
    keys = np.zeros((1, 1, len(values), 4), np.float32)
    keys[..., 0] = values
    return np.array([1, 0, 0, 0], np.float32).reshape(1, 1, 1, 4), keys


def test_tree_by_hand():
    """S13: eight candidates, keep 2: chunks [0,4) and [4,8). Step one: representatives (center)
    1, 3, 5, 7; the best two are 3 and 5: [2,4), [4,6). Step two: granules 2, 3, 4, 5."""
    q, k = peak_table([9, 0, 2, 5, 1, 6, 8, 3, 0])
    blocks, counts = prune(Tree(1, 1, 2), q, k, sink=0, window=1)
    assert (blocks[0, 0, 0].tolist(), counts.ravel().tolist()) == ([3, 5], [2])


def test_stages_by_hand():
    """S14: chunks of 4, keep one by its first-representative leaf, split in two chunks of 2.
    Descents: [0,4): 0 (1) or 2 (7) -> 2; then 2 (7) or 3 (0) -> 7. [4,8): 4 (3) or 6 (2) -> 3, then
    4 (3) or 5 (9) -> 9. The second wins; of its halves [4,6) leads to 9, [6,8) to 8."""
    q, k = peak_table([1, 0, 7, 0, 3, 9, 2, 8, 0])
    blocks, _ = prune(Stages(((1, 4, 4, 1), (1, 2, 2, 1))), q, k, sink=0, window=1)
    assert blocks[0, 0, 0].tolist() == [2]


def test_boxes_by_hand():
    """S14b: a peak that no representative shows is kept."""
    q, k = peak_table([5, 5, 5, 5, 0, 0, 9, 0, 0])
    blocks, _ = prune(Boxes(1, 2, ((4, 4),), 2), q, k, sink=0, window=1)
    assert blocks[0, 0, 0].tolist() == [3]


def test_union_by_hand():
    """S14c: the tree of the test above keeps keys 3 and 5, boxes of 2 the keys [4, 6): 5 counts once."""
    q, k = peak_table([9, 0, 2, 5, 1, 6, 8, 3, 0])
    boxes = Boxes(1, 2, ((2, 6),), 2)
    blocks, counts = prune(Union((Tree(1, 1, 2), boxes)), q, k, sink=0, window=1)
    assert blocks.shape[-1] == 4 and prune(boxes, q, k, sink=0, window=1)[0].tolist() == [[[[0]]]]
    assert blocks[0, 0, 0, :counts[0, 0, 0]].tolist() == [0, 1, 3, 5]


def members(policy, arrays, case):
    """The kept keys of each list, as sets."""
    q, k, _ = arrays
    blocks, counts = prune(policy, q, k, case.sink, case.window, case.causal, case.heads)
    return {at: {int(start) * policy.block_k + x for start in blocks[at][:counts[at]] for x in range(policy.block_k)}
            for at in np.ndindex(counts.shape)}


def test_union_is_that_of_its_parts():
    """S14c, where all parts have the chunk of the union, and so its E: in any order, nested, given twice."""
    parts = (Tree(16, 16, 64), Boxes(16, 4, ((16, 64),), 16), Stages(((16, 16, 64, 1), (16, 2, 8, 1))))
    for case in [c for c in INTEGER_CASES if c.candidates > 64 and c.sink % 16 == 0 and c.rows < 200][::24]:
        alone = [members(part, case.arrays, case) for part in parts]
        whole = {at: set().union(*(each[at] for each in alone)) for at in alone[0]}
        for policy in (Union(parts), Union(parts[::-1]), Union((Union(parts[:2]), parts[2], parts[0]))):
            assert members(policy, case.arrays, case) == whole, case.id


def test_union_of_dense_makes_no_list():
    policy = Union((Tree(64, 2, 4), Dense(64)))
    assert policy.is_dense and not policy.listed and policy.width(100) == 0


def tree_by_loops(policy, table, first, granules):
    """S13 for one list, on Python lists."""
    keep, g = policy.keep // policy.block_k, policy.block_k
    edges = [x * granules // keep for x in range(keep + 1)]
    chunks = [(first + a, b - a) for a, b in zip(edges, edges[1:]) if b > a]

    def score(s, n):
        r = s + {"first": 0, "center": n // 2, "last": n - 1}[policy.representative]
        return max(table[r * g + o] for o in range(0, g, policy.k_stride))

    while any(n > 1 for _, n in chunks):
        halves = [(s, (n + 1) // 2) for s, n in chunks]
        halves += [(s + (n + 1) // 2, n // 2) for s, n in chunks if n > 1]
        chunks = sorted(sorted(halves, key=lambda half: (-score(*half), half[0]))[:keep])
    return [s for s, _ in chunks]


def test_tree_equals_loops():
    for case in [c for c in INTEGER_CASES if c.policy.NAME == "tree" and c.policy.reduce == "max"
                 and c.heads == "query" and c.candidates and c.keys < 200][::4]:
        q, k, _ = (x.astype(np.float64) for x in case.arrays)
        policy, (blocks, counts) = case.policy, expected_lists(case)
        ends = Band(policy.block_q, policy.chunk, case.sink, case.window, case.causal).ends(
            case.rows, case.keys)
        for b, h, m in np.ndindex(counts.shape):
            rows = q[b, h, m * policy.block_q:(m + 1) * policy.block_q:policy.q_stride]
            table = (rows @ k[b, h * case.kv_heads // case.query_heads].T).max(axis=0)
            expected = tree_by_loops(policy, table, case.sink // policy.block_k,
                                     (ends[m] - case.sink) // policy.block_k)
            assert blocks[b, h, m, :counts[b, h, m]].tolist() == expected, case.id




def test_lists_are_well_formed():
    """S5: ascending, unique, inside the candidates and so causal; no more than N."""
    for case in INTEGER_CASES:
        policy, (blocks, counts) = case.policy, expected_lists(case)
        if not blocks.shape[-1]:
            continue
        band = Band(policy.block_q, policy.chunk, case.sink, case.window, case.causal)
        ratio = policy.block_q // policy.list_block_q
        ends = np.repeat(band.ends(case.rows, case.keys), ratio)[:counts.shape[-1]]
        for where in np.ndindex(counts.shape):
            chosen = blocks[where][:counts[where]].astype(np.int64) * policy.block_k
            assert counts[where] <= blocks.shape[-1]
            assert (np.diff(chosen) > 0).all()
            assert ((chosen >= case.sink) & (chosen + policy.block_k <= ends[where[-1]])).all()


def test_budget_of_all_candidates_keeps_all():
    """S4."""
    for case in [c for c in INTEGER_CASES if c.candidates and c.policy.listed]:
        policy = covering(case)
        q, k, _ = case.arrays
        _, counts = prune(policy, q, k, case.sink, case.window, case.causal, case.heads)
        band = Band(policy.block_q, policy.chunk, case.sink, case.window, case.causal)
        ratio = policy.block_q // policy.list_block_q
        ends = np.repeat(band.ends(case.rows, case.keys), ratio)[:counts.shape[-1]]
        assert (counts == (ends - case.sink) // policy.block_k).all(), case.id


def test_appended_keys_change_nothing():
    """Section 8, with the positions of S1 given."""
    for case in [c for c in INTEGER_CASES if c.causal and c.candidates and c.rows <= c.keys][::10]:
        q, k, _ = case.arrays
        longer = np.concatenate([k, k[:, :, ::-1][:, :, :40] * 2], axis=2)
        blocks, counts = prune(case.policy, q, longer, case.sink, case.window, True, case.heads,
                               position0=case.keys - case.rows)
        expected_blocks, expected_counts = expected_lists(case)
        width = expected_blocks.shape[-1]
        assert np.array_equal(counts, expected_counts), case.id
        assert np.array_equal(blocks[..., :width], expected_blocks), case.id


def test_permuted_heads():
    for case in [c for c in INTEGER_CASES if c.kv_heads == 2 and c.heads == "query"][::6]:
        q, k, _ = case.arrays
        shift = case.query_heads // 2
        got = prune(case.policy, np.roll(q, shift, 1), np.roll(k, 1, 1), case.sink, case.window,
                    case.causal, case.heads)
        for one, two in zip(got, expected_lists(case)):
            assert np.array_equal(one, np.roll(two, shift, 1)), case.id


@pytest.mark.parametrize("text", [
    "tree<block_q = 64, block_k = 2, keep = 512>", "#hip.window<block_q = 64>",
    "stages<[(64, 64, 8192, 4), (64, 4, all, 1)], granule = 2, score = path>",
    "boxes<block_q=64, block_k=8, levels=[(64,2048)], keep=512>", "dense<>",
    "union<[tree<block_q = 64, block_k = 2, keep = 448>, #hip.boxes<block_q=64, block_k=8, levels=[(64,2048)], keep=64>]>",
    "union<[union<[dense<>]>, stages<[(64, 4, all, 1)]>]>"])
def test_policy_text(text):
    policy = parse_policy(text)
    assert parse_policy(str(policy)) == policy


@pytest.mark.parametrize("text,reason", [
    ("bush<block_q = 64>", "names none of"), ("tree<block_q = 64, block_k = 3, keep = 8>", "S13"),
    ("boxes<block_q = 64, block_k = 8, levels = [(60, 120)], keep = 64>", "S14b"),
    ("stages<[(64, 32, 64, 1), (48, 8, 16, 1)]>", "S14"),
    ("tree<block_q = 8, block_k = 2, keep = 8, q_stride = 3, reduce = mean>", "S9"),
    ("union<[]>", "S14c"), ("union<[window<block_q = 4>]>", "S14c"),
    ("union<[dense<block_q = 4>, dense<>]>", "block_q = 64 and 4 differ")])
def test_refused_policies(text, reason):
    with pytest.raises(ValueError, match=reason):
        parse_policy(text)
