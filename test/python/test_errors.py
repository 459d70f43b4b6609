"""Bad input: an exception of the fitting type that names what is wrong, and nothing is written."""

import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import hip_mlir

F32 = np.float32


def zeros(*shape, dtype=F32):
    return np.zeros(shape, dtype)


Q, K = zeros(1, 4, 8, 32), zeros(1, 2, 8, 32)
# Stride 0: as many keys as positions are not, in 128 bytes.
MANY = np.broadcast_to(zeros(1, 2, 1, 32), (1, 2, 2**31, 32))
LONG = np.broadcast_to(zeros(1, 4, 1, 32), (1, 4, 2**31, 32))
ODD = np.zeros(4 * 8 * 32 * 4 + 2, np.uint8)[2:].view(F32).reshape(1, 4, 8, 32)
TWISTED = zeros(1, 4, 32, 8).transpose(0, 1, 3, 2)


class Unreadable:
    def __dlpack_device__(self):
        return 7, 0

    def __dlpack__(self, **_):
        raise BufferError("not now")


class Quantity(np.ndarray):
    """An array with a unit, as units of astropy or pint are."""

    def __array_ufunc__(self, *arguments, **options):
        return NotImplemented


class Overridden(np.ndarray):
    def __array_function__(self, *arguments):
        return NotImplemented


class Raises:
    """A number that is none, and tells nothing."""

    def raises(self, *_arguments):
        raise RuntimeError("no")

    __index__ = __float__ = __repr__ = raises


def PROGRAM():
    return hip_mlir.compile(hip_mlir.attention_text("float32", 4, 2, 32), engine=hip_mlir.Engine("cpu"))


# Words of libraries below, and of ops that no caller wrote.
INNER = re.compile(r"' op |hip\.(attention|prune|block_sparse_attention|tile)|tensor\.|memref|ctypes|__init__|"
                   r"hipc_attention|positional argument")


# What is called, the built-in exception, words of its text.
CASES = {
    "no array": (lambda: hip_mlir.attention([1], K, K), TypeError, "list is no array"),
    "None": (lambda: hip_mlir.attention(None, K, K), TypeError, "NoneType is no array"),
    "dlpack refuses": (lambda: hip_mlir.attention(Unreadable(), K, K), ValueError, "not now"),
    "float64": (lambda: hip_mlir.attention(Q.astype(float), K, K), TypeError, "q is float64"),
    "ints": (lambda: hip_mlir.attention(*[Q.astype(np.int32)] * 3), TypeError, "q is int32"),
    "complex": (lambda: hip_mlir.attention(Q.astype(complex), K, K), TypeError, "dtype complex128"),
    "byte order": (lambda: hip_mlir.attention(Q.astype(">f4"), K, K), TypeError, "byte order"),
    "mixed types": (lambda: hip_mlir.attention(Q, K.astype(np.float16), K), TypeError, "k is float16"),
    "many keys": (lambda: hip_mlir.attention(Q, MANY, MANY), ValueError,
                  "k has 2147483648 rows; positions are i32"),
    "many queries": (lambda: hip_mlir.attention(LONG, K, K), ValueError,
                     "q has 2147483648 rows; positions are i32"),
    "mixed ranks": (lambda: hip_mlir.attention(Q, K[0], K), ValueError, "k has shape"),
    "five dimensions": (lambda: hip_mlir.attention(Q[None], K[None], K[None]), ValueError, "q has shape"),
    "two dimensions": (lambda: hip_mlir.attention(Q[0, 0], K[0, 0], K[0, 0]), ValueError, "q has shape"),
    "a scalar": (lambda: hip_mlir.attention(*[zeros()] * 3), ValueError, "q has shape"),
    "head sizes": (lambda: hip_mlir.attention(Q, K[..., :16], K), ValueError, "k has head size 16"),
    "value heads": (lambda: hip_mlir.attention(Q, K, K[:, :1]), ValueError, "v has 1 heads"),
    "head groups": (lambda: hip_mlir.attention(Q, zeros(1, 3, 8, 32), zeros(1, 3, 8, 32)), ValueError,
                    "q has 4 heads, no multiple of the 3 of k; give 3 or 6"),
    "fewer heads": (lambda: hip_mlir.attention(Q[:, :1], K, K), ValueError,
                    "q has 1 heads, no multiple of the 2 of k; give 2 or 4"),
    "no heads": (lambda: hip_mlir.attention(Q, K[:, :0], K[:, :0]), ValueError, "0 heads of 32 numbers"),
    "no heads at all": (lambda: hip_mlir.attention(Q[:, :0], K, K), ValueError, "q has shape.*0 heads"),
    "no head size": (lambda: hip_mlir.attention(Q[..., :0], K[..., :0], K), ValueError, "heads of 0 numbers"),
    "no value size": (lambda: hip_mlir.attention(Q, K, K[..., :0]), ValueError, "v has shape.*heads of 0 numbers"),
    "too many keys": (lambda: hip_mlir.attention(Q, *[np.broadcast_to(K[:, :, :1], (1, 2, 1 << 31, 32))] * 2),
                      ValueError,
                      "k has 2147483648 rows.*2147483647"),
    "batches": (lambda: hip_mlir.attention(Q, zeros(2, 2, 8, 32), zeros(2, 2, 8, 32)), ValueError,
                "k has batch size 2, but q has 1"),
    "key lengths": (lambda: hip_mlir.attention(Q, K, zeros(1, 2, 9, 32)), ValueError, "v has 9 rows, but k has 8"),
    "last stride": (lambda: hip_mlir.attention(TWISTED, K, K), ValueError, "strid|contiguous"),
    "byte strides": (lambda: hip_mlir.attention(
        np.lib.stride_tricks.as_strided(Q, strides=(4096, 1024, 129, 4)), K, K), ValueError, "no multiples"),
    "mask": (lambda: hip_mlir.attention(Q, np.ma.masked_array(K, K == 0), K), TypeError, "k: .*MaskedArray has a mask"),
    "mask of out": (lambda: hip_mlir.attention(Q, K, K, out=np.ma.masked_array(Q)), TypeError, "out: .* has a mask"),
    "quantity": (lambda: hip_mlir.attention(Q, K, K.view(Quantity)), TypeError, "v: .*Quantity computes by rules"),
    "own functions": (lambda: hip_mlir.attention(K.view(Overridden), K, K), TypeError,
                      "q: .*Overridden computes by rules"),
    "matrix": (lambda: hip_mlir.attention(*[np.matrix(np.eye(8, dtype=F32))] * 3), ValueError, "q has shape .8, 8."),
    "records": (lambda: hip_mlir.attention(Q, np.zeros(K.shape, "f4,f4"), K), TypeError, "k: .*dtype"),
    "objects": (lambda: hip_mlir.attention(Q, K.astype(object), K), TypeError, "k: .*dtype object"),
    "a class": (lambda: hip_mlir.attention(np.ndarray, K, K), TypeError, "q: a type is no array"),
    "scalars": (lambda: hip_mlir.attention(*[F32(1)] * 3), ValueError, "q has shape .*; give .B, H, T, D"),
    "nine dimensions": (lambda: PROGRAM()(Q.reshape((1,) * 7 + (128, 8)), K, K),
                        ValueError, "array 0 has 9 dimensions"),
    "policy text": (lambda: hip_mlir.attention(Q, K, K, "trees"), ValueError,
                    "'trees' is no policy; give hip, or one of"),
    "policy number": (lambda: hip_mlir.attention(Q, K, K, 3), TypeError,
                      "policy is 3; give one of hip_mlir.Tree.*or a text"),
    "policy class": (lambda: hip_mlir.attention(Q, K, K, hip_mlir.Tree), TypeError, "policy is"),
    "policy base": (lambda: hip_mlir.attention(Q, K, K, hip_mlir.Policy()), TypeError, "policy is"),
    "bool as integer after the integer": (lambda: (hip_mlir.attention(Q, K, K, sink=1),
                                                   hip_mlir.attention(Q, K, K, sink=True)),
                                          TypeError, "sink is True"),
    "NumPy's bool": (lambda: hip_mlir.attention(Q, K, K, window=np.bool_(1)), TypeError, "window is .*True"),
    "digits without end": (lambda: hip_mlir.attention(Q, K, K, sink=10**5000), ValueError,
                           "sink = .*at most 2147483647"),
    "index that raises": (lambda: hip_mlir.attention(Q, K, K, sink=Raises()), TypeError, "sink is a Raises"),
    "float that raises": (lambda: hip_mlir.attention(Q, K, K, scale=Raises()), TypeError, "scale is a Raises"),
    "sink of a union": (lambda: hip_mlir.attention(Q, K, K, hip_mlir.Union(hip_mlir.Tree(keep=64), hip_mlir.Boxes()),
                                                   sink=96),
                        ValueError, "sink = 96 .*union need = 64; use 128"),
    "keep of a union": (lambda: hip_mlir.attention(Q, K, K,
                                                   hip_mlir.Union(hip_mlir.Tree(keep=2**30),
                                                                  hip_mlir.Boxes(keep=2**30))),
                        ValueError, "S14c: keep of all parts = 2147483648"),
    "lists of a dense union": (lambda: hip_mlir.attention(Q, K, K, hip_mlir.Union(hip_mlir.Tree(), hip_mlir.Dense()),
                                                      return_lists=True), ValueError, "union makes no lists"),
    "sink type": (lambda: hip_mlir.attention(Q, K, K, sink=1.5), TypeError, "sink is 1.5"),
    "sink negative": (lambda: hip_mlir.attention(Q, K, K, sink=-1), ValueError, "sink = -1"),
    "sink of boxes": (lambda: hip_mlir.attention(Q, K, K, hip_mlir.Boxes(), sink=100), ValueError, "100"),
    "window bool": (lambda: hip_mlir.attention(Q, K, K, window=True), TypeError, "window is True"),
    "window huge": (lambda: hip_mlir.attention(Q, K, K, hip_mlir.Window(), window=1 << 62), ValueError, "window"),
    "causal of arrays": (lambda: hip_mlir.attention(Q, K, K, causal=np.array([True, False])), TypeError,
                         "causal is array"),
    "causal 1.0": (lambda: hip_mlir.attention(Q, K, K, causal=1.0), TypeError, "causal is 1.0; give True or False"),
    "causal 2": (lambda: hip_mlir.attention(Q, K, K, causal=2), TypeError, "causal is 2"),
    "return_lse": (lambda: hip_mlir.attention(Q, K, K, return_lse=[1]), TypeError, r"return_lse is \[1\]"),
    "return_lists": (lambda: hip_mlir.attention(Q, K, K, hip_mlir.Tree(), return_lists="no"),
                     TypeError, "return_lists is 'no'"),
    "scale of arrays": (lambda: hip_mlir.attention(Q, K, K, scale=np.ones(2)), TypeError, "scale is array"),
    "scale bool": (lambda: hip_mlir.attention(Q, K, K, scale=True), TypeError, "scale is True"),
    "softcap bool": (lambda: hip_mlir.attention(Q, K, K, softcap=np.bool_(1)), TypeError, "softcap is .*True"),
    "scale complex": (lambda: hip_mlir.attention(Q, K, K, scale=1j), TypeError, "scale is 1j"),
    "scale beyond f32": (lambda: hip_mlir.attention(Q, K, K, scale=1e40), ValueError,
                         r"scale = 1e\+40 is infinite in f32"),
    "scale below f32": (lambda: hip_mlir.attention(Q, K, K, scale=-1e-60), ValueError,
                        "scale = -1e-60 rounds to 0 in f32"),
    "scale beyond floats": (lambda: hip_mlir.attention(Q, K, K, scale=10**400), ValueError, "scale = 1000.*finite"),
    "softcap beyond f32": (lambda: hip_mlir.attention(Q, K, K, softcap=1e40), ValueError,
                           r"softcap = 1e\+40 is infinite"),
    "softcap below f32": (lambda: hip_mlir.attention(Q, K, K, softcap=1e-60), ValueError,
                          "softcap = 1e-60 rounds to 0"),
    "softcap 0": (lambda: hip_mlir.attention(Q, K, K, softcap=0), ValueError, "softcap = 0.0; give a positive"),
    "causal": (lambda: hip_mlir.attention(Q, K, K, causal="yes"), TypeError, "causal is 'yes'"),
    "scale type": (lambda: hip_mlir.attention(Q, K, K, scale="1"), TypeError, "scale is '1'"),
    "scale NaN": (lambda: hip_mlir.attention(Q, K, K, scale=float("nan")), ValueError, "scale = nan"),
    "softcap": (lambda: hip_mlir.attention(Q, K, K, softcap=-2.0), ValueError, "softcap = -2.0"),
    "softcap and score": (lambda: hip_mlir.attention(Q, K, K, softcap=2.0, score_mod=lambda s, b, h, i, j: s),
                          ValueError, "softcap = 2.0 and a score_mod"),
    "list heads": (lambda: hip_mlir.attention(Q, K, K, list_heads="head"), ValueError, "list_heads = 'head'"),
    "list heads unhashable": (lambda: hip_mlir.attention(Q, K, K, list_heads=["kv"]), ValueError,
                              "list_heads = .'kv'."),
    "unhashable": (lambda: hip_mlir.attention(Q, K, K, sink=[1]), TypeError, "sink is"),
    "dense lists": (lambda: hip_mlir.attention(Q, K, K, return_lists=True), ValueError, "dense makes no lists"),
    "lists no pair": (lambda: hip_mlir.attention(Q, K, K, hip_mlir.Tree(), lists=Q), TypeError, "pair"),
    "lists of floats": (lambda: hip_mlir.attention(Q, K, K, hip_mlir.Tree(), lists=(
        zeros(1, 2, 1, 256), zeros(1, 2, 1))), TypeError, "blocks is float32"),
    "lists of int64": (lambda: hip_mlir.attention(Q, K, K, hip_mlir.Tree(), lists=(
        zeros(1, 2, 1, 256, dtype=np.int32), zeros(1, 2, 1, dtype=np.int64))), TypeError, "counts is int64; give int32"),
    "lists of three": (lambda: hip_mlir.attention(Q, K, K, hip_mlir.Tree(), lists=[
        zeros(1, 2, 1, 256, dtype=np.int32), *[zeros(1, 2, 1, dtype=np.int32)] * 2]), TypeError, "give the pair"),
    "counts of other rows": (lambda: hip_mlir.attention(Q, K, K, hip_mlir.Tree(), lists=(
        zeros(1, 2, 1, 256, dtype=np.int32), zeros(1, 2, 2, dtype=np.int32))), ValueError, "counts has shape"),
    "blocks of five dimensions": (lambda: hip_mlir.attention(Q, K, K, hip_mlir.Tree(), lists=(
        zeros(1, 2, 1, 1, 256, dtype=np.int32), zeros(1, 2, 1, dtype=np.int32))), ValueError,
        r"blocks has shape \[1, 2, 1, 1, 256\]"),
    "list length": (lambda: hip_mlir.attention(Q, K, K, hip_mlir.Tree(), lists=(
        zeros(1, 2, 0, 256, dtype=np.int32), zeros(1, 2, 0, dtype=np.int32))),
        ValueError, r"8 query rows in blocks of 64 need \[1, 2, 1, N\]"),
    "lists and return_lists": (lambda: hip_mlir.attention(Q, K, K, hip_mlir.Tree(), return_lists=True, lists=(
        zeros(1, 2, 1, 256, dtype=np.int32), zeros(1, 2, 1, dtype=np.int32))), ValueError, "leave out one"),
    "dense and lists": (lambda: hip_mlir.attention(Q, K, K, lists=(
        zeros(1, 2, 1, 256, dtype=np.int32), zeros(1, 2, 1, dtype=np.int32))), ValueError, "dense makes no lists"),
    "score text": (lambda: hip_mlir.attention(Q, K, K, score_mod="s * 2"), TypeError, "give a function"),
    "score list": (lambda: hip_mlir.attention(Q, K, K, score_mod=[]), TypeError, "give a function"),
    "out shape": (lambda: hip_mlir.attention(Q, K, K, out=zeros(1, 4, 9, 32)), ValueError, "out has shape"),
    "out nothing": (lambda: hip_mlir.attention(Q, K, K, out=5), TypeError,
                    "out: an output is the number 5; give an array"),
    "out empty": (lambda: hip_mlir.attention(Q, K, K, out=()), TypeError, "0 arrays.*1 outputs"),
    "out broadcast": (lambda: hip_mlir.attention(Q, K, K, out=np.lib.stride_tricks.as_strided(
        np.zeros(Q.shape, F32), strides=(0, 0, 0, 4))), ValueError, "^out has stride 0"),
    "out of the second": (lambda: hip_mlir.attention(Q, K, K, return_lse=True, out=(Q.copy(), zeros(1, 4, 9))),
                          ValueError,
                          r"out\[1\] has shape \(1, 4, 9\)"),
    "out type": (lambda: hip_mlir.attention(Q, K, K, out=zeros(1, 4, 8, 32, dtype=np.float16)), TypeError,
                 "out is float16"),
    "out count": (lambda: hip_mlir.attention(Q, K, K, return_lse=True, out=Q.copy()), TypeError, "2 outputs"),
    "out read-only": (lambda: hip_mlir.attention(Q, K, K, out=np.broadcast_to(zeros(32), Q.shape)), ValueError,
                      "read-only"),
    "engine": (lambda: hip_mlir.Engine("gpu7"), ValueError, "gpu7"),
    "engine text": (lambda: hip_mlir.attention(Q, K, K, engine="cpu"), TypeError,
                    "engine is 'cpu'; give a hip_mlir.Engine"),
    "engine of compile": (lambda: hip_mlir.compile("module {}", engine="cpu"), TypeError, "engine is 'cpu'"),
    "engine of explain": (lambda: hip_mlir.explain(Q, K, K, engine="cpu"), TypeError, "engine is 'cpu'"),
    "scale of explain": (lambda: hip_mlir.explain(Q, K, K, scale="1"), TypeError, "scale is '1'"),
    "engine with a 0": (lambda: hip_mlir.Engine("cpu\0x"), ValueError, "device = .* has a 0 at 3"),
    "engine with a surrogate": (lambda: hip_mlir.Engine("cpu\ud800"), ValueError, "lone surrogate"),
    "cache type": (lambda: hip_mlir.Engine("cpu", cache=5), TypeError, "cache is 5"),
    "cache with a 0": (lambda: hip_mlir.Engine("cpu", cache="a\0b"), ValueError, "cache = .* has a 0 at 1"),
    "cache of bytes with a 0": (lambda: hip_mlir.Engine("cpu", cache=b"a\0b"), ValueError, "has a 0 at 1"),
    "cache with a surrogate": (lambda: hip_mlir.Engine("cpu", cache="a\ud800"), ValueError, "no path"),
    "cache bytes wrap": (lambda: hip_mlir.Engine("cpu", cache_bytes=2**64 + 1),
                         ValueError, "cache_bytes = 18446744073709551617"),
    "cache bytes negative": (lambda: hip_mlir.Engine("cpu", cache_bytes=-1), ValueError, "cache_bytes = -1"),
    "cache bytes beyond": (lambda: hip_mlir.Engine("cpu", cache_bytes=2**63), ValueError,
                           "cache_bytes = 9223372036854775808; give at most"),
    "threads beyond": (lambda: hip_mlir.Engine("cpu", threads=2**31), ValueError, "threads = 2147483648; give at most"),
    "threads wrap": (lambda: hip_mlir.Engine("cpu", threads=2**32 + 1), ValueError,
                     "threads = 4294967297; give at most"),
    "threads bool": (lambda: hip_mlir.Engine("cpu", threads=True), TypeError, "threads is True"),
    "log": (lambda: hip_mlir.Engine("cpu", log=5), TypeError, "log is 5; give a function"),
    "engine type": (lambda: hip_mlir.Engine(0), TypeError, "device is 0"),
    "threads": (lambda: hip_mlir.Engine("cpu", threads=-1), ValueError, "threads = -1"),
    "threads type": (lambda: hip_mlir.Engine("cpu", threads="2"), TypeError, "threads is '2'"),
    "not MLIR": (lambda: hip_mlir.compile("func.func", engine=hip_mlir.Engine("cpu")), ValueError, "func|expected"),
    "no text": (lambda: hip_mlir.compile(b"module {}"), TypeError, "bytes"),
    "no entry": (lambda: hip_mlir.compile(hip_mlir.attention_text("float32", 4, 2, 32), "other",
                                      engine=hip_mlir.Engine("cpu")), (ValueError, FileNotFoundError), "other"),
    "entry empty": (lambda: hip_mlir.compile("module {}", ""), ValueError, "entry is ''"),
    "entry with a 0": (lambda: hip_mlir.compile("module {}", "f\0"), ValueError, "entry = .* has a 0 at 1"),
    "surrogate": (lambda: hip_mlir.compile("// \udcff"), ValueError, "mlir_text has the lone surrogate .* at 3"),
    "entry type": (lambda: hip_mlir.compile("module {}", 3), TypeError, "entry is 3"),
    "arguments": (lambda: hip_mlir.compile(hip_mlir.attention_text("float32", 4, 2, 32),
                                       engine=hip_mlir.Engine("cpu"))(Q), TypeError, "takes 3"),
    "text dtype": (lambda: hip_mlir.attention_text("float64", 4, 2, 32), ValueError, "dtype = 'float64'"),
    "more arguments": (lambda: PROGRAM()(Q, K, K, K), TypeError, "got 4 arrays; the program takes 3"),
    "program out read-only": (lambda: PROGRAM()(Q, K, K, out=np.broadcast_to(zeros(32), Q.shape)), ValueError,
                              "out: an output array is read-only"),
    "program out": (lambda: PROGRAM()(Q, K, K, out=[Q.copy(), Q.copy()]), TypeError, "2 arrays.*1 outputs"),
    "program shapes": (lambda: PROGRAM()(Q, K[:, :1], K), ValueError, "array 1"),
    "program types": (lambda: PROGRAM()(Q, K.astype(np.float16), K), (TypeError, ValueError), "array 1"),
    "program array": (lambda: PROGRAM()(Q, K, None), TypeError, "array 2: a NoneType is no array"),
    "text dtype type": (lambda: hip_mlir.attention_text(["float32"], 4, 2, 32), ValueError, "dtype = "),
    "text groups": (lambda: hip_mlir.attention_text("float32", 3, 2, 32), ValueError,
                    "query_heads = 3 is no multiple of kv_heads = 2; give 2 or 4"),
    "text value size": (lambda: hip_mlir.attention_text("float32", 4, 2, 32, value_size=0), ValueError,
                        "value_size = 0"),
    "text value type": (lambda: hip_mlir.attention_text("float32", 4, 2, 32, value_size="x"),
                        TypeError, "value_size is 'x'"),
    "text lists": (lambda: hip_mlir.attention_text("float32", 4, 2, 32, has_lists=True),
                   ValueError, "dense makes no lists"),
    "text both lists": (lambda: hip_mlir.attention_text("float32", 4, 2, 32, hip_mlir.Tree(), has_lists=True,
                                                    return_lists=True),
                        ValueError, "leave out one"),
    "text lists type": (lambda: hip_mlir.attention_text("float32", 4, 2, 32, hip_mlir.Tree(), has_lists="yes"),
                        TypeError,
                        "has_lists is 'yes'"),
    "text no head size": (lambda: hip_mlir.attention_text("float32", 4, 2, 0), ValueError, "^head_size = 0; give 1"),
    "text no heads of k": (lambda: hip_mlir.attention_text("float32", 4, 0, 32), ValueError, "^kv_heads = 0; give 1"),
    "text head size": (lambda: hip_mlir.attention_text("float32", 4, 2, 1 << 40), ValueError,
                       "head_size = 1099511627776"),
    "text heads": (lambda: hip_mlir.attention_text("float32", 0, 2, 32), ValueError, "query_heads = 0"),
}


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("name", CASES)
def test_refuses(name):
    call, kind, words = CASES[name]
    with pytest.raises(kind, match=words) as caught:
        call()
    assert isinstance(caught.value, hip_mlir.Error)
    assert not INNER.search(str(caught.value))


def test_there_are_enough_cases():
    assert len(CASES) + len(POLICIES) >= 100


@pytest.mark.parametrize("options", [
    {"sink": np.int64(4)}, {"window": np.uint8(4)}, {"sink": np.array(4)}, {"scale": np.float32(0.5)},
    {"scale": Fraction(1, 2)}, {"scale": np.array(0.5)}, {"softcap": np.float16(2)}, {"softcap": 3},
    {"causal": np.bool_(0)}, {"causal": np.array(False)}, {"causal": 0}, {"return_lse": np.bool_(1)}, {"list_heads": np.str_("kv")}], ids=str)
def test_numbers_of_any_library(options):
    """They mean what the same numbers of Python mean, and the call after finds the same program."""
    plain = {name: value if name == "list_heads" else value.item() if hasattr(value, "item") else float(value)
             if isinstance(value, Fraction) else value for name, value in options.items()}
    engine = hip_mlir.Engine("cpu")
    policy = hip_mlir.Tree(keep=4)
    wanted = hip_mlir.attention(Q, K, K, policy, engine=engine, **plain)
    for _ in range(2):
        got = hip_mlir.attention(Q, K, K, policy, engine=engine, **options)
        for one, other in zip(got, wanted, strict=True):
            np.testing.assert_array_equal(one, other)
    assert len(engine._plans) == 1


def test_the_greatest_number_of_keys():
    q = zeros(1, 2, 8, 16) + 1
    np.testing.assert_array_equal(hip_mlir.attention(q, q, q, hip_mlir.Window(), sink=2**31 - 1, window=2**31 - 1), q)
    many = np.broadcast_to(q[:, :, :1], (1, 2, 2**31 - 1, 16))
    assert hip_mlir.explain(q, many, many)


def test_long_values_are_cut():
    """In an error; what is short is told whole."""
    for length, shown in ((58, "'" + 58 * "x" + "'"), (59, "'" + 56 * "x" + "...")):
        with pytest.raises(TypeError) as caught:
            hip_mlir.attention(Q, K, K, sink=length * "x")
        assert str(caught.value) == f"sink is {shown}; give an int"


def test_programs_may_have_a_0():
    """Their length goes along, and the parser has the last word."""
    with pytest.raises(ValueError, match="^program:1"):
        hip_mlir.compile("module {} \0 nonsense", engine=hip_mlir.Engine("cpu"))


def test_a_number_that_changes_is_read_anew(rng):
    q = rng.standard_normal((1, 2, 8, 16)).astype(F32)
    scale = np.array(0.5)

    class Mutable:
        def __float__(self):
            return float(scale)

    mutable = Mutable()
    hip_mlir.attention(q, q, q, scale=mutable)
    scale[()] = 2
    np.testing.assert_array_equal(hip_mlir.attention(q, q, q, scale=mutable), hip_mlir.attention(q, q, q, scale=2.0))


def test_subclasses_without_rules_are_read(rng, tmp_path):
    class Plain(np.ndarray):
        pass

    q = rng.standard_normal((1, 2, 8, 16)).astype(F32)
    mapped = np.memmap(tmp_path / "q", F32, "w+", shape=q.shape)
    mapped[:] = q
    for array in (q.view(Plain), mapped):
        np.testing.assert_array_equal(hip_mlir.attention(q, array, array), hip_mlir.attention(q, q, q))


@pytest.mark.parametrize("make", [str, Path, lambda path: str(path).encode(), lambda path: str(path) + "\udcff"],
                         ids=["str", "Path", "bytes", "no UTF-8"])
def test_caches_are_paths(make, tmp_path):
    hip_mlir.attention(Q, K, K, engine=hip_mlir.Engine("cpu", cache=make(tmp_path / "cache")))
    folder, = tmp_path.iterdir()
    assert any(folder.iterdir())


def test_nothing_is_written():
    out = np.full((1, 4, 8, 32), 7, F32)
    with pytest.raises(hip_mlir.Error):
        hip_mlir.attention(Q, K, zeros(1, 2, 9, 32), out=out)
    with pytest.raises(hip_mlir.Error):
        hip_mlir.attention(Q, zeros(2, 2, 8, 32), zeros(2, 2, 8, 32), out=out)
    assert (out == 7).all()


def test_works_after_an_error():
    """A refused call leaves nothing behind that the next one meets."""
    wanted = hip_mlir.attention(Q + 1, K + 1, K + 2)
    with pytest.raises(ValueError):
        hip_mlir.attention(Q, K, zeros(1, 2, 9, 32))
    np.testing.assert_array_equal(hip_mlir.attention(Q + 1, K + 1, K + 2), wanted)


def test_every_code_has_a_type():
    from hip_mlir.errors import BY_CODE
    builtins = (ValueError, NotImplementedError, FileNotFoundError, MemoryError, RuntimeError)
    assert sorted(BY_CODE) == list(range(1, 8))
    assert all(issubclass(kind, hip_mlir.Error) and issubclass(kind, builtins) for kind in BY_CODE.values())


POLICIES = {
    "keep": (lambda: hip_mlir.Tree(keep=511), ValueError, "511 is not a multiple"),
    "zero": (lambda: hip_mlir.Tree(block_q=0), ValueError, "block_q = 0"),
    "float": (lambda: hip_mlir.Boxes(keep=512.0), TypeError, "keep is 512.0"),
    "representative": (lambda: hip_mlir.Tree(representative="middle"), ValueError, "center"),
    "mean": (lambda: hip_mlir.Tree(reduce="mean", q_stride=3), ValueError, "power of two"),
    "no stages": (lambda: hip_mlir.Stages(stages=()), ValueError, "one or more"),
    "stage": (lambda: hip_mlir.Stages(stages=((64, 64, 100, 1),)), ValueError, "100 is not a multiple"),
    "stage of five": (lambda: hip_mlir.Stages(stages=((64, 64, 64, 1, 1),)), ValueError, "tuples of 4"),
    "stage keeps none": (lambda: hip_mlir.Stages(stages=((64, 64, 0, 1),)), ValueError, "keep = 0; give 1 or more"),
    "stage rows": (lambda: hip_mlir.Stages(stages=((64, 64, 128, 1), (48, 16, 32, 1))), ValueError,
                   "block_q = 64 is not a multiple of the next stage's = 48"),
    "stage mean": (lambda: hip_mlir.Stages(stages=((64, 64, 128, 6),), reduce="mean"), ValueError, "q_stride = 6"),
    "granule": (lambda: hip_mlir.Stages(granule=3), ValueError, "chunk = 64 is not a multiple of granule = 3"),
    "no granule": (lambda: hip_mlir.Stages(granule=0), ValueError, "granule = 0"),
    "stage k_stride": (lambda: hip_mlir.Stages(k_stride=0), ValueError, "k_stride = 0"),
    "stage reduce": (lambda: hip_mlir.Stages(reduce="sum"), ValueError, "reduce = 'sum'; give one of max, mean"),
    "stage representative": (lambda: hip_mlir.Stages(representative="mid"), ValueError, "representative = 'mid'"),
    "k_stride": (lambda: hip_mlir.Tree(k_stride=0), ValueError, "k_stride = 0"),
    "mean of 6": (lambda: hip_mlir.Tree(reduce="mean", q_stride=6), ValueError, "power of two"),
    "window rows": (lambda: hip_mlir.Window(0), ValueError, "block_q = 0"),
    "dense rows": (lambda: hip_mlir.Dense(block_q=0), ValueError, "block_q = 0"),
    "keep less than a block": (lambda: hip_mlir.Tree(block_k=4, keep=3), ValueError, "give 4$"),
    "box keep": (lambda: hip_mlir.Boxes(keep=12), ValueError, "keep = 12 is not a multiple of block_k = 8"),
    "box of the next": (lambda: hip_mlir.Boxes(levels=((64, 128), (48, 96))), ValueError, "box = 64 .* the next = 48"),
    "box of none": (lambda: hip_mlir.Boxes(levels=((0, 128),)), ValueError, "box = 0"),
    "box keeps none": (lambda: hip_mlir.Boxes(levels=((64, 0),)), ValueError, "keys kept = 0"),
    "box q_stride": (lambda: hip_mlir.Boxes(q_stride=0), ValueError, "q_stride = 0"),
    "stages": (lambda: hip_mlir.Stages(stages=((64, 64, 128, 1), (64, 24, 48, 1))), ValueError, "next stage"),
    "stages are numbers": (lambda: hip_mlir.Stages(stages=4), TypeError, "stages is 4"),
    "level": (lambda: hip_mlir.Boxes(levels=((64, 100),)), ValueError, "keys kept = 100"),
    "boxes": (lambda: hip_mlir.Boxes(levels=((60, 120),), block_k=8), ValueError, "60"),
    "score": (lambda: hip_mlir.Stages(score="best"), ValueError, "leaf, path"),
    "text": (lambda: hip_mlir.parse_policy("tee<keep = 4>"), ValueError, "tee"),
    "text hip": (lambda: hip_mlir.parse_policy("hip<keep = 4>"), ValueError, "no policy; give hip, or one of tree"),
    "text name": (lambda: hip_mlir.parse_policy("tree<size = 4>"), ValueError, "size"),
    "keep 2": (lambda: hip_mlir.Tree(block_k=4, keep=7), ValueError,
               "keep = 7 is not a multiple of block_k = 4; give 4"),
    "NumPy's bool": (lambda: hip_mlir.Tree(keep=np.bool_(1)), TypeError, "keep is"),
    "unhashable": (lambda: hip_mlir.Tree(representative=["first"]), ValueError, "representative = .'first'."),
    "stage keep": (lambda: hip_mlir.Stages(stages=((64, 64, "most", 1),)), ValueError, "keep = 'most'"),
    "stage of text": (lambda: hip_mlir.Stages(stages="abcd"), ValueError, "tuples of 4"),
    "block_q beyond i32": (lambda: hip_mlir.Dense(1 << 31), ValueError, "block_q = 2147483648; give at most"),
    "text type": (lambda: hip_mlir.parse_policy(["tree"]), TypeError, "a policy is"),
    "text value": (lambda: hip_mlir.parse_policy("tree<64>"), ValueError, "without a name, 64"),
    "text twice": (lambda: hip_mlir.parse_policy("tree<keep = 4, keep = 8>"), ValueError, "twice"),
    "text deep": (lambda: hip_mlir.parse_policy("tree<keep = " + "(" * 5000 + ">"), ValueError, "no policy"),
    "text bool": (lambda: hip_mlir.parse_policy("tree<keep = True>"), ValueError, "keep is True"),
    "text call": (lambda: hip_mlir.parse_policy("tree<keep = f()>"), ValueError, "no policy"),
    "no parts": (lambda: hip_mlir.Union(), ValueError, "one or more"),
    "part": (lambda: hip_mlir.Union(hip_mlir.Tree(), "boxes"), TypeError, "a part of a union is 'boxes'"),
    "parts": (lambda: hip_mlir.Union([hip_mlir.Tree(), hip_mlir.Boxes()]), TypeError, "a part of a union is .Tree"),
    "window part": (lambda: hip_mlir.Union(hip_mlir.Tree(), hip_mlir.Window()), ValueError,
                    "keeps nothing; leave it out"),
    "rows of parts": (lambda: hip_mlir.Union(hip_mlir.Tree(), hip_mlir.Boxes(block_q=32)), ValueError,
                      "block_q = 32, but .* 64"),
    "rows of lists": (lambda: hip_mlir.Union(hip_mlir.Stages([(64, 8, 16, 1), (16, 4, 8, 1)]), hip_mlir.Tree()),
                      ValueError,
                      "list_block_q = 64, but .* 16"),
    "text of no parts": (lambda: hip_mlir.parse_policy("union<[]>"), ValueError, "one or more"),
    "text of one": (lambda: hip_mlir.parse_policy("union<tree>"), ValueError, "no policy; give union<.tree"),
    "text of a part": (lambda: hip_mlir.parse_policy("union<[bush]>"), ValueError, "no policy"),
    "text in a part": (lambda: hip_mlir.parse_policy("union<[tree<keep = 5>]>"), ValueError,
                       "keep = 5 is not a multiple"),
    "text of parts twice": (lambda: hip_mlir.parse_policy("union<[tree], parts = [tree]>"), ValueError, "twice"),
    "text of a policy as number": (lambda: hip_mlir.parse_policy("tree<keep = tree<keep = 4>>"), ValueError,
                                   "no policy"),
    "text of many unions": (lambda: hip_mlir.parse_policy("union<[" * 5000 + "tree" + "]>" * 5000), ValueError,
                            "no policy"),
}


@pytest.mark.parametrize("name", POLICIES)
def test_policy_refuses(name):
    call, kind, words = POLICIES[name]
    with pytest.raises(kind, match=words) as caught:
        call()
    assert isinstance(caught.value, hip_mlir.Error) and not INNER.search(str(caught.value))
