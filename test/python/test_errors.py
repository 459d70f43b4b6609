"""Bad input: an exception of the fitting type that names what is wrong, and nothing is written."""

import numpy as np
import pytest

import hipc

F32 = np.float32


def zeros(*shape, dtype=F32):
    return np.zeros(shape, dtype)


Q, K = zeros(1, 4, 8, 32), zeros(1, 2, 8, 32)
ODD = np.zeros(4 * 8 * 32 * 4 + 2, np.uint8)[2:].view(F32).reshape(1, 4, 8, 32)
TWISTED = zeros(1, 4, 32, 8).transpose(0, 1, 3, 2)


class Unreadable:
    def __dlpack_device__(self):
        return 7, 0

    def __dlpack__(self, **_):
        raise BufferError("not now")


# What is called, the built-in exception, words of its text.
CASES = {
    "no array": (lambda: hipc.attention([1], K, K), TypeError, "list is no array"),
    "None": (lambda: hipc.attention(None, K, K), TypeError, "NoneType is no array"),
    "dlpack refuses": (lambda: hipc.attention(Unreadable(), K, K), ValueError, "not now"),
    "float64": (lambda: hipc.attention(Q.astype(float), K, K), TypeError, "q is float64"),
    "ints": (lambda: hipc.attention(*[Q.astype(np.int32)] * 3), TypeError, "q is int32"),
    "complex": (lambda: hipc.attention(Q.astype(complex), K, K), TypeError, "dtype complex128"),
    "byte order": (lambda: hipc.attention(Q.astype(">f4"), K, K), TypeError, "byte order"),
    "mixed types": (lambda: hipc.attention(Q, K.astype(np.float16), K), TypeError, "k is float16"),
    "mixed ranks": (lambda: hipc.attention(Q, K[0], K), ValueError, "k has shape"),
    "two dimensions": (lambda: hipc.attention(Q[0, 0], K[0, 0], K[0, 0]), ValueError, "q has shape"),
    "a scalar": (lambda: hipc.attention(*[zeros()] * 3), ValueError, "q has shape"),
    "head sizes": (lambda: hipc.attention(Q, K[..., :16], K), ValueError, "k has head size 16"),
    "value heads": (lambda: hipc.attention(Q, K, K[:, :1]), ValueError, "v has 1 heads"),
    "head groups": (lambda: hipc.attention(Q, zeros(1, 3, 8, 32), zeros(1, 3, 8, 32)), ValueError,
                    "no multiple of the 3"),
    "no heads": (lambda: hipc.attention(Q, K[:, :0], K[:, :0]), ValueError, "no multiple of the 0"),
    "batches": (lambda: hipc.attention(Q, zeros(2, 2, 8, 32), zeros(2, 2, 8, 32)), ValueError, "1.*2|2.*1"),
    "key lengths": (lambda: hipc.attention(Q, K, zeros(1, 2, 9, 32)), ValueError, "8.*9|9.*8"),
    "last stride": (lambda: hipc.attention(TWISTED, K, K), ValueError, "strid|contiguous"),
    "byte strides": (lambda: hipc.attention(
        np.lib.stride_tricks.as_strided(Q, strides=(4096, 1024, 129, 4)), K, K), ValueError, "no multiples"),
    "policy text": (lambda: hipc.attention(Q, K, K, "tree"), TypeError, "policy is 'tree'"),
    "policy class": (lambda: hipc.attention(Q, K, K, hipc.Tree), TypeError, "policy is"),
    "sink type": (lambda: hipc.attention(Q, K, K, sink=1.5), TypeError, "sink is 1.5"),
    "sink negative": (lambda: hipc.attention(Q, K, K, sink=-1), ValueError, "sink = -1"),
    "sink of boxes": (lambda: hipc.attention(Q, K, K, hipc.Boxes(), sink=100), ValueError, "100"),
    "window bool": (lambda: hipc.attention(Q, K, K, window=True), TypeError, "window is True"),
    "window huge": (lambda: hipc.attention(Q, K, K, hipc.Window(), window=1 << 62), ValueError, "window"),
    "causal": (lambda: hipc.attention(Q, K, K, causal="yes"), TypeError, "causal is 'yes'"),
    "scale type": (lambda: hipc.attention(Q, K, K, scale="1"), TypeError, "scale is '1'"),
    "scale NaN": (lambda: hipc.attention(Q, K, K, scale=float("nan")), ValueError, "scale = nan"),
    "softcap": (lambda: hipc.attention(Q, K, K, softcap=-2.0), ValueError, "softcap = -2.0"),
    "softcap and score": (lambda: hipc.attention(Q, K, K, softcap=2.0, score_mod=lambda s, b, h, i, j: s),
                          ValueError, "not both"),
    "list heads": (lambda: hipc.attention(Q, K, K, list_heads="head"), ValueError, "list_heads = 'head'"),
    "unhashable": (lambda: hipc.attention(Q, K, K, sink=[1]), TypeError, "sink is"),
    "dense lists": (lambda: hipc.attention(Q, K, K, return_lists=True), ValueError, "dense makes no lists"),
    "lists no pair": (lambda: hipc.attention(Q, K, K, hipc.Tree(), lists=Q), TypeError, "pair"),
    "lists of floats": (lambda: hipc.attention(Q, K, K, hipc.Tree(), lists=(
        zeros(1, 4, 1, 256), zeros(1, 4, 1))), TypeError, "blocks is float32"),
    "list length": (lambda: hipc.attention(Q, K, K, hipc.Tree(), lists=(
        zeros(1, 4, 0, 256, dtype=np.int32), zeros(1, 4, 0, dtype=np.int32))), ValueError, r"8 query rows in blocks of 64 need \[1, 4, 1, N\]"),
    "score text": (lambda: hipc.attention(Q, K, K, score_mod="s * 2"), TypeError, "give a function"),
    "score list": (lambda: hipc.attention(Q, K, K, score_mod=[]), TypeError, "give a function"),
    "out shape": (lambda: hipc.attention(Q, K, K, out=zeros(1, 4, 9, 32)), ValueError, "out has shape"),
    "out type": (lambda: hipc.attention(Q, K, K, out=zeros(1, 4, 8, 32, dtype=np.float16)), TypeError,
                 "out is float16"),
    "out count": (lambda: hipc.attention(Q, K, K, return_lse=True, out=Q.copy()), TypeError, "2 outputs"),
    "out read-only": (lambda: hipc.attention(Q, K, K, out=np.broadcast_to(zeros(32), Q.shape)), ValueError,
                      "read-only"),
    "engine": (lambda: hipc.Engine("gpu7"), ValueError, "gpu7"),
    "engine type": (lambda: hipc.Engine(0), TypeError, "device is 0"),
    "threads": (lambda: hipc.Engine("cpu", threads=-1), ValueError, "threads = -1"),
    "threads type": (lambda: hipc.Engine("cpu", threads="2"), TypeError, "threads is '2'"),
    "not MLIR": (lambda: hipc.compile("func.func", engine=hipc.Engine("cpu")), ValueError, "func|expected"),
    "no text": (lambda: hipc.compile(b"module {}"), TypeError, "bytes"),
    "no entry": (lambda: hipc.compile(hipc.attention_text("float32", 4, 2, 32), "other",
                                      engine=hipc.Engine("cpu")), (ValueError, FileNotFoundError), "other"),
    "entry type": (lambda: hipc.compile("module {}", 3), TypeError, "entry is 3"),
    "arguments": (lambda: hipc.compile(hipc.attention_text("float32", 4, 2, 32),
                                       engine=hipc.Engine("cpu"))(Q), TypeError, "takes 3"),
    "text dtype": (lambda: hipc.attention_text("float64", 4, 2, 32), ValueError, "dtype = 'float64'"),
    "text heads": (lambda: hipc.attention_text("float32", 0, 2, 32), ValueError, "query_heads = 0"),
}


@pytest.mark.parametrize("name", CASES)
def test_refuses(name):
    call, kind, words = CASES[name]
    with pytest.raises(kind, match=words) as caught:
        call()
    assert isinstance(caught.value, hipc.Error)


def test_nothing_is_written():
    out = np.full((1, 4, 8, 32), 7, F32)
    with pytest.raises(hipc.Error):
        hipc.attention(Q, K, zeros(1, 2, 9, 32), out=out)
    with pytest.raises(hipc.Error):
        hipc.attention(Q, zeros(2, 2, 8, 32), zeros(2, 2, 8, 32), out=out)
    assert (out == 7).all()


def test_works_after_an_error():
    """A refused call leaves nothing behind that the next one meets."""
    wanted = hipc.attention(Q + 1, K + 1, K + 2)
    with pytest.raises(ValueError):
        hipc.attention(Q, K, zeros(1, 2, 9, 32))
    np.testing.assert_array_equal(hipc.attention(Q + 1, K + 1, K + 2), wanted)


def test_every_code_has_a_type():
    from hipc.errors import BY_CODE
    builtins = (ValueError, NotImplementedError, FileNotFoundError, MemoryError, RuntimeError)
    assert sorted(BY_CODE) == list(range(1, 8))
    assert all(issubclass(kind, hipc.Error) and issubclass(kind, builtins) for kind in BY_CODE.values())


POLICIES = {
    "keep": (lambda: hipc.Tree(keep=511), ValueError, "511 is not a multiple"),
    "zero": (lambda: hipc.Tree(block_q=0), ValueError, "block_q = 0"),
    "float": (lambda: hipc.Boxes(keep=512.0), TypeError, "keep is 512.0"),
    "representative": (lambda: hipc.Tree(representative="middle"), ValueError, "center"),
    "mean": (lambda: hipc.Tree(reduce="mean", q_stride=3), ValueError, "power of two"),
    "no stages": (lambda: hipc.Stages(stages=()), ValueError, "one or more"),
    "stage": (lambda: hipc.Stages(stages=((64, 64, 100, 1),)), ValueError, "100 is not a multiple"),
    "stages": (lambda: hipc.Stages(stages=((64, 64, 128, 1), (64, 24, 48, 1))), ValueError, "next stage"),
    "stages are numbers": (lambda: hipc.Stages(stages=4), TypeError, "stages is 4"),
    "level": (lambda: hipc.Boxes(levels=((64, 100),)), ValueError, "keys kept = 100"),
    "boxes": (lambda: hipc.Boxes(levels=((60, 120),), block_k=8), ValueError, "60"),
    "score": (lambda: hipc.Stages(score="best"), ValueError, "leaf, path"),
    "text": (lambda: hipc.parse_policy("tee<keep = 4>"), ValueError, "tee"),
    "text name": (lambda: hipc.parse_policy("tree<size = 4>"), ValueError, "size"),
    "text call": (lambda: hipc.parse_policy("tree<keep = f()>"), ValueError, "no policy"),
}


@pytest.mark.parametrize("name", POLICIES)
def test_policy_refuses(name):
    call, kind, words = POLICIES[name]
    with pytest.raises(kind, match=words):
        call()
