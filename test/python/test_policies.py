"""Policies as values and as text."""

import dataclasses

import numpy as np
import pytest
import reference

import hip_mlir

SOME = [hip_mlir.Tree(), hip_mlir.Tree(32, 4, 64, "first", 2, 2, "mean"), hip_mlir.Stages(),
        hip_mlir.Stages([(64, 64, "all", 4), (32, 8, 256, 1)], granule=2, score="path"), hip_mlir.Boxes(),
        hip_mlir.Boxes(levels=[(512, 16384), (64, 2048)]), hip_mlir.Window(), hip_mlir.Dense(32),
        hip_mlir.Tree(keep=2 * 4096), hip_mlir.Tree(keep=2 * 4097), hip_mlir.Tree(keep=2**31 - 2), hip_mlir.Boxes(keep=2**20),
        hip_mlir.Stages([(64, 64, "all", 4), (32, 8, 2**30, 1)]), hip_mlir.Stages([(64, 64, "all", 4)], reduce="max"),
        hip_mlir.Tree(q_stride=3), hip_mlir.Window(256),
        hip_mlir.Union(hip_mlir.Tree(keep=448), hip_mlir.Boxes(keep=64)),
        hip_mlir.Union(hip_mlir.Stages([(64, 64, 128, 1), (32, 8, "all", 1)]),
                       hip_mlir.Stages([(64, 32, 64, 1), (32, 4, 8, 1)])),
        hip_mlir.Union(hip_mlir.Tree(block_k=4, keep=2049 * 4), hip_mlir.Tree(keep=4096)),
        hip_mlir.Union(hip_mlir.Tree(), hip_mlir.Dense()), hip_mlir.Union(hip_mlir.Dense(32))]


@pytest.mark.parametrize("policy", SOME, ids=str)
def test_text(policy):
    assert hip_mlir.parse_policy(str(policy)) == policy
    assert hip_mlir.parse_policy("#hip." + str(policy)) == policy
    rules = reference.parse_policy(str(policy))
    assert rules.list_block_q == policy.list_block_q
    assert rules.chunk == policy.chunk
    for keys in (1000, 1001):
        assert rules.width(keys) == policy.list_length(keys)


@pytest.mark.parametrize("policy", SOME, ids=str)
def test_compiles(policy):
    """The compiler reads the text as the policy means it."""
    text = hip_mlir.attention_text("float32", 4, 2, 64, policy, sink=512)
    assert f"#hip.{policy.NAME}<" in text


def test_numbers_and_tuples_of_any_kind():
    """They are kept as those of Python, so that equal policies hash alike."""
    for made, wanted in ((hip_mlir.Tree(np.array(32), keep=np.int64(64)), hip_mlir.Tree(32, keep=64)),
                         (hip_mlir.Stages([[64, np.uint8(64), np.array(128), 1]]),
                          hip_mlir.Stages(((64, 64, 128, 1),))),
                         (hip_mlir.Boxes(levels=np.array([[64, 128]])), hip_mlir.Boxes(levels=((64, 128),)))):
        assert made == wanted and hash(made) == hash(wanted) and str(made) == str(wanted)


def test_unions():
    """A union is a set of policies: flat, each once."""
    tree, boxes = hip_mlir.Tree(keep=448), hip_mlir.Boxes(keep=64)
    both = hip_mlir.Union(tree, boxes)
    assert both == hip_mlir.Union(hip_mlir.Union(tree), boxes, tree) and hash(both) == hash(hip_mlir.Union(tree, boxes))
    assert eval(repr(both), vars(hip_mlir)) == both and both.parts == (tree, boxes)
    assert hip_mlir.parse_policy("union<[tree<keep = 448>, union<[#hip.boxes<keep = 64>, tree<keep=448>]>]>") == both
    assert hip_mlir.parse_policy("union<parts = [tree, dense]>") == hip_mlir.Union(hip_mlir.Tree(), hip_mlir.Dense(64))
    assert both.makes_lists and both.prunes and (both.block_k, both.kept_keys) == (2, 512)
    dense = hip_mlir.Union(tree, hip_mlir.Dense())
    assert not dense.makes_lists and not dense.prunes and dense.list_length(1000) == 0


def test_hip():
    """The name stands for one policy, here and in the library."""
    tree, boxes = hip_mlir.Tree(keep=448), hip_mlir.Boxes(levels=((64, 4096),), keep=64)
    assert hip_mlir.HIP == hip_mlir.parse_policy("hip") == hip_mlir.parse_policy(" hip ") == hip_mlir.Union(tree, boxes)
    assert hip_mlir.HIP.kept_keys == 512
    named = hip_mlir.attention_text("float32", 4, 2, 64, "hip", sink=128)
    assert named == hip_mlir.attention_text("float32", 4, 2, 64, hip_mlir.HIP, sink=128)

    class Named(hip_mlir.Tree):
        def __str__(self):
            return "hip"
    assert hip_mlir.attention_text("float32", 4, 2, 64, Named(), sink=128) == named


def test_policies_may_be_texts(integers):
    q, k, v = integers(1, 4, 96, 32), integers(1, 2, 320, 32), integers(1, 2, 320, 32)
    options = {"sink": 64, "window": 32, "return_lists": True}
    for text, policy in (("hip", hip_mlir.HIP), ("tree<keep = 32>", hip_mlir.Tree(keep=32))):
        (out, lists), (wanted, others) = (hip_mlir.attention(q, k, v, each, **options) for each in (text, policy))
        np.testing.assert_array_equal(out, wanted)
        np.testing.assert_array_equal(lists[1], others[1])
    assert hip_mlir.explain(q, k, v, "hip", sink=64) == hip_mlir.explain(q, k, v, hip_mlir.HIP, sink=64)


def test_frozen():
    assert hip_mlir.Tree() == hip_mlir.Tree(64, 2, 512) and hash(hip_mlir.Boxes()) == hash(hip_mlir.Boxes())
    assert hip_mlir.Dense() != hip_mlir.Window()
    with pytest.raises(dataclasses.FrozenInstanceError):
        hip_mlir.Tree().keep = 4
    assert str(hip_mlir.Boxes()) == ("boxes<block_q = 64, block_k = 8, levels = [(64, 2048)], keep = 512, "
                                 "q_stride = 1>")


def test_auto():
    """It stands for dense attention or its policy, by the numbers of rows and keys."""
    auto = hip_mlir.Auto()
    assert all(auto == hip_mlir.parse_policy(text) for text in ("auto", str(auto), f"#hip.{auto}"))
    assert auto.policy == hip_mlir.HIP and auto.prunes and not auto.makes_lists and auto.list_length(1000) == 0
    assert auto.chosen(17, 16384) == auto.chosen(16, 131072) == hip_mlir.Dense()
    assert auto.chosen(17, 16385) == auto.chosen(1, 131073) == hip_mlir.HIP
    small = hip_mlir.parse_policy("auto<tree<keep = 64>, until = 5, step_until = 7>")
    assert small == hip_mlir.Auto(hip_mlir.Tree(keep=64), 5,
                                  7) and hash(small) == hash(hip_mlir.Auto(hip_mlir.Tree(keep=64), 5, 7))
    assert hip_mlir.Tree().chosen(1, 5) == hip_mlir.Tree()
    assert "#hip.auto<#hip.tree<" in hip_mlir.attention_text("float32", 4, 2, 64, small, sink=512)
    for text, why in (("auto<dense>", "nothing to choose"), ("union<[auto, tree]>", "give Auto.. the union"),
                      ("auto<tree, until = 0>", "until"), ("auto<tree, tree>", "value without a name")):
        with pytest.raises(hip_mlir.InvalidError, match=why):
            hip_mlir.parse_policy(text)


def test_auto_answers():
    """The numbers of dense attention up to `until` keys, those of the policy above."""
    rng = np.random.default_rng(0)
    q, k, v = (rng.standard_normal((1, heads, 300, 32)).astype(np.float32) for heads in (4, 2, 2))
    tree = hip_mlir.Tree(keep=64)
    options = {"sink": 32, "window": 32}
    for until, same in ((300, hip_mlir.Dense()), (299, tree)):
        assert np.array_equal(hip_mlir.attention(q, k, v, hip_mlir.Auto(tree, until), **options),
                              hip_mlir.attention(q, k, v, same, **options))
    assert hip_mlir.report(q, k, v, hip_mlir.Auto(tree, 299), **options).policy == tree
    with pytest.raises(hip_mlir.InvalidError, match="auto makes no lists"):
        hip_mlir.attention(q, k, v, hip_mlir.Auto(tree), return_lists=True, **options)
