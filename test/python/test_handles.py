"""Engines, programs and texts: who keeps them, and that each is given back once."""

import gc
import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest

import hip_mlir
from hip_mlir import _arrays, _library


@pytest.fixture
def freed(monkeypatch):
    """What is given back to the library, as (function, address), in order."""
    library = _library.library
    gc.collect()  # what other tests left
    calls = []
    for name in ("hipc_engine_destroy", "hipc_program_destroy", "hipc_free"):
        def spy(handle, name=name, function=getattr(library(), name)):
            calls.append((name, handle.value))
            function(handle)
        monkeypatch.setattr(library(), name, spy)
    return calls


def test_handles_are_given_back_once(freed):
    engine = hip_mlir.Engine("cpu")
    q = np.zeros((1, 2, 8, 16), np.float32)
    hip_mlir.attention(q, q, q, engine=engine)
    program = hip_mlir.compile(hip_mlir.attention_text("float32", 2, 2, 16), engine=engine)
    freed.clear()  # of the text
    plan, = engine._plans.values()
    handles = {("hipc_engine_destroy", engine._handle.value), ("hipc_program_destroy", program._handle.value),
               ("hipc_program_destroy", plan._handle.value)}
    assert len(handles) == 3 and all(address for _, address in handles)
    del engine, plan
    gc.collect()
    assert freed == []  # the program keeps its engine
    del program
    gc.collect()
    assert len(freed) == 3 and set(freed) == handles


def test_texts_are_given_back_once(freed):
    program = hip_mlir.compile(hip_mlir.attention_text("float32", 2, 2, 16), engine=hip_mlir.Engine("cpu"))
    assert [name for name, _ in freed] == ["hipc_free"]
    freed.clear()
    assert program.explain()
    (name, address), = freed
    assert name == "hipc_free" and address


def test_what_was_not_made_is_not_given_back(freed, unraisable):
    for call in (lambda: hip_mlir.Engine("gpu7"), lambda: hip_mlir.Engine(5),
                 lambda: hip_mlir.Engine("cpu", threads="2")):
        with pytest.raises(hip_mlir.Error):
            call()
    with pytest.raises(hip_mlir.Error):
        hip_mlir.attention_text("float32", 2, 2, 16, hip_mlir.Tree(), sink=3)
    gc.collect()
    assert freed == [] and unraisable == []


@pytest.fixture
def unraisable(monkeypatch):
    """What was raised where nobody catches it."""
    caught = []
    monkeypatch.setattr(sys, "unraisablehook", lambda event: caught.append(event.exc_value))
    return caught


def test_programs_that_were_not_made_are_not_given_back(freed, unraisable):
    program = hip_mlir.Program.__new__(hip_mlir.Program)
    del program
    gc.collect()
    assert freed == [] and unraisable == []


def test_logs_are_kept_and_may_raise(unraisable, tmp_path):
    lines = []

    def log(level, text):
        lines.append((level, text))
        raise RuntimeError("no")
    engine = hip_mlir.Engine("cpu", cache=tmp_path, log=log)
    del log
    gc.collect()
    engine.compile(hip_mlir.attention_text("float32", 2, 2, 16))
    assert [level for level, _ in lines] == ["info"] and "compiled" in lines[0][1]
    assert unraisable == []


def test_one_engine_of_each_device(monkeypatch):
    """However many threads ask first."""
    made = []

    class Slow:
        def __init__(self, device):
            made.append(device)
            gc.collect()
    monkeypatch.setattr(hip_mlir.engine, "Engine", Slow)
    monkeypatch.setattr(hip_mlir.engine, "_defaults", {})
    with hip_mlir.engine._lock, ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(hip_mlir.engine.default_engine, *device) for device in ((1, 0), (2, 1)) * 4]
        assert not any(one.done() for one in asked)
        hip_mlir.engine._lock.release()
        engines = [one.result() for one in asked]
        hip_mlir.engine._lock.acquire()
    assert sorted(made) == ["cpu", "cuda:1"] and len(set(map(id, engines))) == 2


def test_programs_of_no_engine_share_one():
    text = hip_mlir.attention_text("float32", 2, 2, 16)
    assert hip_mlir.compile(text).engine is hip_mlir.compile(text).engine


def test_numbers_are_kept_until_the_call():
    """Each has memory of its own, which its place in what was read keeps."""
    import ctypes
    numbers = [float(number) for number in range(50)]
    read = _arrays.read_arrays(["x"] * 50, numbers)
    assert [ctypes.c_float.from_address(one[0]).value for one in read] == numbers


def test_errors_name_arrays_beyond_the_tenth(monkeypatch):
    text = SimpleNamespace(hipc_last_error=lambda: b"input 10 is not input 1, nor output 1")
    monkeypatch.setattr(_library, "library", lambda: text)
    with pytest.raises(hip_mlir.InvalidError, match="^input 10 is not k, nor lse$"):
        _library.check(1, ["q", "k"], ["out", "lse"])
