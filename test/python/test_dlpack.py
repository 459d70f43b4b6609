"""Arrays that are known by __dlpack__ alone."""

import ctypes
import gc

import ml_dtypes
import numpy as np
import pytest

import hip_mlir
from hip_mlir import _dlpack

DELETER = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class Managed(ctypes.Structure):
    _fields_ = [("tensor", _dlpack.Tensor), ("context", ctypes.c_void_p), ("deleter", DELETER)]


class ManagedVersioned(ctypes.Structure):
    _fields_ = [("major", ctypes.c_uint32), ("minor", ctypes.c_uint32), ("context", ctypes.c_void_p),
                ("deleter", DELETER), ("flags", ctypes.c_uint64), ("tensor", _dlpack.Tensor)]


new_capsule = ctypes.pythonapi.PyCapsule_New
new_capsule.restype = ctypes.py_object
new_capsule.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]


class Producer:
    """A producer that makes capsules by hand, of the old form or of version `major`."""

    def __init__(self, array, code=(2, 32), device=(1, 0), offset=0, strides=True, major=None, flags=0):
        self.array, self.device, self.major = array, device, major
        count = array.ndim
        self.shape = (ctypes.c_int64 * count)(*array.shape)
        self.strides = (ctypes.c_int64 * count)(*(s // array.itemsize for s in array.strides))
        tensor = _dlpack.Tensor(array.ctypes.data - offset, *device, count, *code, 1, self.shape,
                                self.strides if strides else None, offset)
        if major is None:
            self.managed, self.name = Managed(tensor=tensor), b"dltensor"
        else:
            self.managed = ManagedVersioned(major=major, flags=flags, tensor=tensor)
            self.name = b"dltensor_versioned"
        self.asked, self.options = 0, {}

    def __dlpack_device__(self):
        return self.device

    def __dlpack__(self, **options):
        self.asked += 1
        self.options = options
        return new_capsule(ctypes.addressof(self.managed), self.name, None)


def random(rng, *shape):
    return rng.standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize("options", [{}, {"offset": 64}, {"strides": False}, {"major": 1},
                                     {"device": (1, 3)}, {"device": (3, 0)}], ids=str)
def test_reads(options, rng):
    q, k, v = random(rng, 1, 4, 8, 32), random(rng, 1, 2, 16, 32), random(rng, 1, 2, 16, 32)
    made = [Producer(array, **options) for array in (q, k, v)]
    out = hip_mlir.attention(*made)
    assert isinstance(out, np.ndarray)
    np.testing.assert_array_equal(out, hip_mlir.attention(q, k, v))
    assert [producer.asked for producer in made] == [1, 1, 1]


def test_strides(rng):
    q = random(rng, 1, 8, 4, 32).transpose(0, 2, 1, 3)
    np.testing.assert_array_equal(hip_mlir.attention(*[Producer(q)] * 3), hip_mlir.attention(q, q, q))


def test_bfloat16(rng):
    q = random(rng, 1, 4, 8, 32).astype(ml_dtypes.bfloat16)
    out = hip_mlir.attention(*[Producer(q, code=(4, 16))] * 3)
    assert out.dtype == q.dtype
    np.testing.assert_array_equal(out.view(np.uint16), hip_mlir.attention(q, q, q).view(np.uint16))


def test_writes_out(rng):
    q, out = random(rng, 1, 4, 8, 32), np.zeros((1, 4, 8, 32), np.float32)
    hip_mlir.attention(q, q, q, out=Producer(out))
    np.testing.assert_array_equal(out, hip_mlir.attention(q, q, q))


def test_mixes_libraries(rng):
    q = random(rng, 1, 4, 8, 32)
    for numbered in (Producer(q), Producer(q, device=(1, 3))):  # there is one CPU
        np.testing.assert_array_equal(hip_mlir.attention(numbered, q, Producer(q)), hip_mlir.attention(q, q, q))


@pytest.mark.parametrize("options, kind, words", [
    ({"code": (2, 64)}, TypeError, "float64"),
    ({"code": (5, 64)}, TypeError, "type 5 of 64 bits"),
    ({"device": (10, 0)}, NotImplementedError, "device 10"),
    ({"major": 2}, NotImplementedError, "DLPack 2.0"),
])
def test_refuses(options, kind, words, rng):
    with pytest.raises(kind, match=words):
        hip_mlir.attention(*[Producer(random(rng, 1, 4, 8, 32), **options)] * 3)


def test_refuses_a_read_only_result(rng):
    q = random(rng, 1, 4, 8, 32)
    with pytest.raises(ValueError, match="read-only"):
        hip_mlir.attention(q, q, q, out=Producer(q.copy(), major=1, flags=1))


class Wrapped:
    """Any library's array, on NumPy's memory."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **options):
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


class Old(Wrapped):
    """An exporter from before there were versions."""

    def __dlpack__(self, stream=None):
        return self.array.__dlpack__()


def test_reads_what_may_not_be_written(rng):
    q = random(rng, 1, 4, 8, 32)
    wanted = hip_mlir.attention(q, q, q)
    q.flags.writeable = False
    np.testing.assert_array_equal(hip_mlir.attention(*[Wrapped(q)] * 3), wanted)
    flagged = Producer(q, major=1, flags=1)
    np.testing.assert_array_equal(hip_mlir.attention(*[flagged] * 3), wanted)
    assert flagged.options == {"max_version": (1, 0)}
    with pytest.raises(ValueError, match="out: .*read-only"):
        hip_mlir.attention(*[wanted] * 3, out=Wrapped(q))


def test_reads_exporters_without_versions(rng):
    q = random(rng, 1, 4, 8, 32)
    np.testing.assert_array_equal(hip_mlir.attention(*[Old(q)] * 3), hip_mlir.attention(q, q, q))


class Broken:
    """Raises what its library likes."""

    def __init__(self, device, error=KeyError("gone")):
        self.device, self.error = device, error

    def __dlpack_device__(self):
        return self.device

    def __dlpack__(self, **_):
        raise self.error


@pytest.mark.parametrize("error", [KeyError("gone"), RuntimeError("gone"), BufferError("gone"), SystemError("gone")],
                         ids=repr)
def test_refuses_exporters_that_fail(error):
    with pytest.raises(ValueError, match="^q: a Broken cannot be shared: .*gone"):
        hip_mlir.attention(*[Broken((1, 0), error)] * 3)


@pytest.mark.parametrize("device", [(), None, ("x", 0), [None]], ids=str)
def test_refuses_devices_that_are_none(device):
    with pytest.raises(hip_mlir.Error, match="^q: a Broken"):
        hip_mlir.attention(*[Broken(device)] * 3)


@pytest.mark.parametrize("ndim", [-1, 9, 1 << 20])
def test_refuses_ranks(ndim, rng):
    made = Producer(random(rng, 1, 4, 8, 32))
    made.managed.tensor.ndim = ndim
    with pytest.raises(ValueError, match=f"q: an array has {ndim} dimensions"):
        hip_mlir.attention(*[made] * 3)
    made.managed.tensor.ndim, made.managed.tensor.shape = 4, None
    with pytest.raises(ValueError, match="with their sizes"):
        hip_mlir.attention(*[made] * 3)


def test_refuses_another_device(rng):
    """Arrays of one call are on one device, blocks and counts of lists too."""
    q = random(rng, 1, 4, 8, 32)
    there = Producer(q, device=(2, 1))
    for name, arrays in (("k", (q, there, q)), ("v", (q, q, there))):
        with pytest.raises(ValueError, match=f"{name} is on cuda:1, but q is on cpu"):
            hip_mlir.attention(*arrays)
    engine = hip_mlir.Engine("cpu")
    with pytest.raises(ValueError, match="q is on cuda:1, but the engine is on cpu"):
        hip_mlir.attention(there, there, there, engine=engine)
    with pytest.raises(ValueError, match="out is on cuda:1, but the inputs are on cpu"):
        hip_mlir.attention(q, q, q, out=Producer(q.copy(), device=(2, 1)))
    policy = hip_mlir.Tree(keep=4)
    _, (blocks, counts) = hip_mlir.attention(q, q, q, policy, return_lists=True)
    far = [Producer(x, code=(0, 32), device=(2, 0)) for x in (blocks, counts)]
    for name, lists in (("blocks", (far[0], counts)), ("counts", (blocks, far[1]))):
        with pytest.raises(ValueError, match=f"{name} is on cuda:0, but q is on cpu"):
            hip_mlir.attention(q, q, q, policy, lists=lists)


def test_refuses_another_gpu(rng):
    """Managed memory, of device type 13, is a GPU's too. No call gets as far as the GPU."""
    q = random(rng, 1, 4, 8, 32)
    first, second = Producer(q, device=(2, 0)), Producer(q, device=(13, 1))
    with pytest.raises(ValueError, match="k is on cuda:1, but q is on cuda:0"):
        hip_mlir.attention(first, second, first)
    assert first.options == {"max_version": (1, 0), "stream": 1}
    engine = hip_mlir.Engine("cpu")
    engine._where = 2, 0
    with pytest.raises(ValueError, match="q is on cuda:1, but the engine is on cuda:0"):
        hip_mlir.attention(*[second] * 3, engine=engine)
    lists = np.zeros((1, 4, 1, 2), np.int32), np.zeros((1, 4, 1), np.int32)
    for name, devices in (("blocks", (1, 0)), ("counts", (0, 1))):
        given = tuple(Producer(x, code=(0, 32), device=(2, d)) for x, d in zip(lists, devices))
        with pytest.raises(ValueError, match=f"{name} is on cuda:1, but q is on cuda:0"):
            hip_mlir.attention(*[first] * 3, hip_mlir.Tree(keep=4), lists=given)


def test_needs_memory_of_the_caller_on_a_gpu(rng):
    made, view = Producer(random(rng, 1, 4, 8, 32), device=(2, 0)), (2, 0)
    with pytest.raises(hip_mlir.UnsupportedError, match="cannot make a Producer on CUDA; give out="):
        _dlpack.DLPackAdapter().empty((1,), (2, 32), made, view)
    with pytest.raises(hip_mlir.UnsupportedError, match="no allocator"):
        _dlpack.DLPackAdapter().scratch(1, view, 0)


def test_refuses_lanes(rng):
    made = Producer(random(rng, 1, 4, 8, 32))
    made.managed.tensor.lanes = 4
    with pytest.raises(TypeError, match="type 2 of 32 bits and 4 lanes"):
        hip_mlir.attention(*[made] * 3)


def test_refuses_other_capsules():
    class Odd(Producer):
        def __dlpack__(self, **_):
            return 5
    odd = Odd(np.zeros((1, 4, 8, 32), np.float32))
    with pytest.raises(TypeError, match="no capsule"):
        hip_mlir.attention(odd, odd, odd)


def test_memory_is_kept_until_the_call(rng):
    """By the capsule, of an array that nobody else has."""
    class Fresh(Wrapped):
        def __dlpack__(self, **options):
            return np.array(self.array).__dlpack__(**options)
    q = random(rng, 1, 4, 64, 32)
    read = [_dlpack.DLPackAdapter().read(Fresh(q)) for _ in range(8)]
    assert len({one[0] for one in read}) == 8
    np.testing.assert_array_equal(hip_mlir.attention(*[Fresh(q)] * 3), hip_mlir.attention(q, q, q))


def test_gives_memory_back(rng):
    """NumPy's own capsules are freed with the call."""
    import sys

    q = random(rng, 1, 4, 8, 32)
    before = sys.getrefcount(q)
    hip_mlir.attention(*[Wrapped(q)] * 3)
    gc.collect()
    assert sys.getrefcount(q) == before
