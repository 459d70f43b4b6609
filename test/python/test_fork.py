"""Children of fork(): they run, compile, collect garbage and exit, whatever the parent's threads do."""

import gc
import os
import signal
import threading
import time
import traceback

import numpy as np
import pytest

import hip_mlir

# Both of Python and of JAX, where other tests of the process use it.
pytestmark = [pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning"),
              pytest.mark.filterwarnings("ignore:os.fork.*:RuntimeWarning")]


def in_child(body, seconds=60):
    """Runs body() in a child that exits as Python programs do; fails where it raises or does not end."""
    child = os.fork()
    if child == 0:
        try:
            body()
            gc.collect()
        except BaseException:  # noqa: BLE001 - reported by the status
            traceback.print_exc()
            os._exit(1)
        # What sys.exit() does, without pytest above it.
        hip_mlir.engine._defaults.clear()
        gc.collect()
        os._exit(0)
    for _ in range(seconds * 20):
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            assert status == 0
            return
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    pytest.fail("the child does not end")


@pytest.fixture
def query(rng):
    return rng.standard_normal((1, 2, 96, 16)).astype(np.float32)


def test_a_child_runs_compiles_and_ends(query):
    wanted = hip_mlir.attention(query, query, query)

    def body():
        np.testing.assert_array_equal(hip_mlir.attention(query, query, query), wanted)
        hip_mlir.attention(query, query, query, causal=False)
    in_child(lambda: None)
    in_child(body)
    in_child(lambda: in_child(body))


def test_a_child_makes_engines_while_the_parent_does(query):
    """fork() may come when another thread makes one."""
    wanted = hip_mlir.attention(query, query, query)

    def body():
        hip_mlir.engine._defaults.clear()
        np.testing.assert_array_equal(hip_mlir.attention(query, query, query, scale=0.25), wanted)
    with hip_mlir.engine._lock:
        in_child(body, seconds=30)


def test_threads_of_the_parent_run_and_compile_meanwhile(query):
    wanted = hip_mlir.attention(query, query, query)
    done, serial = threading.Event(), iter(range(1, 10**6))

    def program():
        size = next(serial) + 4096
        return hip_mlir.Engine("cpu", cache="").compile(
            f"func.func @f(%a: tensor<{size}xf32>) -> tensor<{size}xf32> {{ return %a : tensor<{size}xf32> }}")

    def repeat(work):
        while not done.is_set():
            work()
    threads = [threading.Thread(target=repeat, args=(work,))
               for work in (lambda: hip_mlir.attention(query, query, query), program)]
    for thread in threads:
        thread.start()

    def body():
        np.testing.assert_array_equal(hip_mlir.attention(query, query, query), wanted)
        program()
    try:
        for _ in range(5):
            in_child(body)
    finally:
        done.set()
        for thread in threads:
            thread.join()


def test_a_child_makes_engines_while_the_parent_was_making_one():
    with hip_mlir.engine._lock:
        in_child(lambda: hip_mlir.engine.default_engine(1))


def test_a_log_may_compile_and_drop_its_engine(tmp_path):
    text = "func.func @f(%a: tensor<3xf32>) -> tensor<3xf32> { return %a : tensor<3xf32> }"
    heard = []

    def log(level, line):
        heard.append(line)
        if len(heard) == 1:
            engines[0].compile(text)
            engines.clear()
    engines = [hip_mlir.Engine("cpu", cache=tmp_path / "cache", log=log)]
    program = engines[0].compile(text)
    np.testing.assert_array_equal(program(np.ones(3, np.float32)), np.ones(3))
    assert len(heard) == 1
