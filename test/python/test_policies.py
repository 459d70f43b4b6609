"""Policies as values and as text."""

import dataclasses

import numpy as np
import pytest
import reference

import hipc

SOME = [hipc.Tree(), hipc.Tree(32, 4, 64, "first", 2, 2, "mean"), hipc.Stages(),
        hipc.Stages([(64, 64, "all", 4), (32, 8, 256, 1)], granule=2, score="path"), hipc.Boxes(),
        hipc.Boxes(levels=[(512, 16384), (64, 2048)]), hipc.Window(), hipc.Dense(32),
        hipc.Tree(keep=2 * 4096), hipc.Tree(keep=2 * 4097), hipc.Tree(keep=2**31 - 2), hipc.Boxes(keep=2**20),
        hipc.Stages([(64, 64, "all", 4), (32, 8, 2**30, 1)]), hipc.Stages([(64, 64, "all", 4)], reduce="max"),
        hipc.Tree(q_stride=3), hipc.Window(256),
        hipc.Union(hipc.Tree(keep=448), hipc.Boxes(keep=64)),
        hipc.Union(hipc.Stages([(64, 64, 128, 1), (32, 8, "all", 1)]), hipc.Stages([(64, 32, 64, 1), (32, 4, 8, 1)])),
        hipc.Union(hipc.Tree(block_k=4, keep=2049 * 4), hipc.Tree(keep=4096)),
        hipc.Union(hipc.Tree(), hipc.Dense()), hipc.Union(hipc.Dense(32))]


@pytest.mark.parametrize("policy", SOME, ids=str)
def test_text(policy):
    assert hipc.parse_policy(str(policy)) == policy
    assert hipc.parse_policy("#hip." + str(policy)) == policy
    rules = reference.parse_policy(str(policy))
    assert rules.list_block_q == policy.list_block_q
    assert rules.chunk == policy.chunk
    for keys in (1000, 1001):
        assert rules.width(keys) == policy.list_length(keys)


@pytest.mark.parametrize("policy", SOME, ids=str)
def test_compiles(policy):
    """The compiler reads the text as the policy means it."""
    text = hipc.attention_text("float32", 4, 2, 64, policy, sink=512)
    assert f"#hip.{policy.NAME}<" in text


def test_numbers_and_tuples_of_any_kind():
    """They are kept as those of Python, so that equal policies hash alike."""
    for made, wanted in ((hipc.Tree(np.array(32), keep=np.int64(64)), hipc.Tree(32, keep=64)),
                         (hipc.Stages([[64, np.uint8(64), np.array(128), 1]]), hipc.Stages(((64, 64, 128, 1),))),
                         (hipc.Boxes(levels=np.array([[64, 128]])), hipc.Boxes(levels=((64, 128),)))):
        assert made == wanted and hash(made) == hash(wanted) and str(made) == str(wanted)


def test_unions():
    """A union is a set of policies: flat, each once."""
    tree, boxes = hipc.Tree(keep=448), hipc.Boxes(keep=64)
    both = hipc.Union(tree, boxes)
    assert both == hipc.Union(hipc.Union(tree), boxes, tree) and hash(both) == hash(hipc.Union(tree, boxes))
    assert eval(repr(both), vars(hipc)) == both and both.parts == (tree, boxes)
    assert hipc.parse_policy("union<[tree<keep = 448>, union<[#hip.boxes<keep = 64>, tree<keep=448>]>]>") == both
    assert hipc.parse_policy("union<parts = [tree, dense]>") == hipc.Union(hipc.Tree(), hipc.Dense(64))
    assert both.makes_lists and both.prunes and (both.block_k, both.kept_keys) == (2, 512)
    dense = hipc.Union(tree, hipc.Dense())
    assert not dense.makes_lists and not dense.prunes and dense.list_length(1000) == 0


def test_hip():
    """The name stands for one policy, here and in the library."""
    tree, boxes = hipc.Tree(keep=448), hipc.Boxes(levels=((64, 4096),), keep=64)
    assert hipc.HIP == hipc.parse_policy("hip") == hipc.parse_policy(" hip ") == hipc.Union(tree, boxes)
    assert hipc.HIP.kept_keys == 512
    named = hipc.attention_text("float32", 4, 2, 64, "hip", sink=128)
    assert named == hipc.attention_text("float32", 4, 2, 64, hipc.HIP, sink=128)

    class Named(hipc.Tree):
        def __str__(self):
            return "hip"
    assert hipc.attention_text("float32", 4, 2, 64, Named(), sink=128) == named


def test_policies_may_be_texts(integers):
    q, k, v = integers(1, 4, 96, 32), integers(1, 2, 320, 32), integers(1, 2, 320, 32)
    options = {"sink": 64, "window": 32, "return_lists": True}
    for text, policy in (("hip", hipc.HIP), ("tree<keep = 32>", hipc.Tree(keep=32))):
        (out, lists), (wanted, others) = (hipc.attention(q, k, v, each, **options) for each in (text, policy))
        np.testing.assert_array_equal(out, wanted)
        np.testing.assert_array_equal(lists[1], others[1])
    assert hipc.explain(q, k, v, "hip", sink=64) == hipc.explain(q, k, v, hipc.HIP, sink=64)


def test_frozen():
    assert hipc.Tree() == hipc.Tree(64, 2, 512) and hash(hipc.Boxes()) == hash(hipc.Boxes())
    assert hipc.Dense() != hipc.Window()
    with pytest.raises(dataclasses.FrozenInstanceError):
        hipc.Tree().keep = 4
    assert str(hipc.Boxes()) == ("boxes<block_q = 64, block_k = 8, levels = [(64, 2048)], keep = 512, "
                                 "q_stride = 1>")


def test_auto():
    """It stands for dense attention or its policy, by the numbers of rows and keys."""
    auto = hipc.Auto()
    assert auto == hipc.parse_policy("auto") == hipc.parse_policy(str(auto)) == hipc.parse_policy("#hip." + str(auto))
    assert auto.policy == hipc.HIP and auto.prunes and not auto.makes_lists and auto.list_length(1000) == 0
    assert auto.chosen(17, 16384) == auto.chosen(16, 131072) == hipc.Dense()
    assert auto.chosen(17, 16385) == auto.chosen(1, 131073) == hipc.HIP
    small = hipc.parse_policy("auto<tree<keep = 64>, until = 5, step_until = 7>")
    assert small == hipc.Auto(hipc.Tree(keep=64), 5, 7) and hash(small) == hash(hipc.Auto(hipc.Tree(keep=64), 5, 7))
    assert hipc.Tree().chosen(1, 5) == hipc.Tree()
    assert "#hip.auto<#hip.tree<" in hipc.attention_text("float32", 4, 2, 64, small, sink=512)
    for text, why in (("auto<dense>", "nothing to choose"), ("union<[auto, tree]>", "give Auto.. the union"),
                      ("auto<tree, until = 0>", "until"), ("auto<tree, tree>", "value without a name")):
        with pytest.raises(hipc.InvalidError, match=why):
            hipc.parse_policy(text)


def test_auto_answers():
    """The numbers of dense attention up to `until` keys, those of the policy above."""
    rng = np.random.default_rng(0)
    q, k, v = (rng.standard_normal((1, heads, 300, 32)).astype(np.float32) for heads in (4, 2, 2))
    tree = hipc.Tree(keep=64)
    options = {"sink": 32, "window": 32}
    for until, same in ((300, hipc.Dense()), (299, tree)):
        assert np.array_equal(hipc.attention(q, k, v, hipc.Auto(tree, until), **options),
                              hipc.attention(q, k, v, same, **options))
    assert hipc.report(q, k, v, hipc.Auto(tree, 299), **options).policy == tree
    with pytest.raises(hipc.InvalidError, match="auto makes no lists"):
        hipc.attention(q, k, v, hipc.Auto(tree), return_lists=True, **options)
