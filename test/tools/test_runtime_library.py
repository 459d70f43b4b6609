"""libhipc-runtime.so, which has no compiler: it runs packages to the bits of libhipc.so, and refuses the rest."""

import os
import subprocess
from pathlib import Path

import pytest
from hip_compile import TOOL

BUILD = TOOL.parents[1]
LIBRARY = BUILD / "lib/libhipc-runtime.so"
FAKE_CUDA = BUILD / "test/unit/cuda/libHipFakeCuda.so"
FLAGS = ("--policy=hip", "--sink=64", "--window=64", "--dtype=f32", "--query-heads=8", "--kv-heads=2",
         "--head-size=64")
ONLY_LOADS = "this library only loads packages; compile with hip-compile and hipc_load() the file, or link libhipc"
MOST_BYTES = 3 << 20
UNSUPPORTED, INVALID, CORRUPT = 2, 1, 5


@pytest.fixture(scope="module")
def hosts(tmp_path_factory):
    """The same program on either library."""
    folder = tmp_path_factory.mktemp("hosts")
    source, root = Path(__file__).with_name("host.c"), Path(__file__).resolve().parents[2]
    for library in ("hipc", "hipc-runtime"):
        subprocess.run(["clang-22", "-std=c11", "-Wall", "-Wextra", "-Werror", "-I", root / "capi", source, "-o",
                        folder / library, f"-L{BUILD / 'lib'}", f"-l{library}", f"-Wl,-rpath,{BUILD / 'lib'}"],
                       check=True)
    return folder


def host(program, *words, **env):
    return subprocess.run([program, *words], capture_output=True, text=True, env={**os.environ, **env})


def package(path, *flags):
    subprocess.run([TOOL, "attention", *FLAGS, *flags, "-o", path], check=True)
    return path


@pytest.mark.parametrize("flags", [("--cpu=host",), ("--cpu=x86-64",), ("--cpu=x86-64-v2", "--lse"),
                                   ("--opt-level=0", "--softcap=30")], ids=" ".join)
def test_the_same_bits(hosts, tmp_path, flags):
    made = package(tmp_path / "p.hipc", "--chip=cpu", *flags)
    for library in ("hipc", "hipc-runtime"):
        done = host(hosts / library, "run", made, tmp_path / library)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "call hipc_attention\n" in done.stdout
        assert ("which only loads packages" in done.stdout) == (library == "hipc-runtime")
    bits = (tmp_path / "hipc-runtime").read_bytes()
    assert bits == (tmp_path / "hipc").read_bytes() and len(set(bits)) > 200
    if flags == ("--cpu=host",):
        assert host(hosts / "hipc", "attention", tmp_path / "compiled").returncode == 0
        assert bits == (tmp_path / "compiled").read_bytes()


def test_what_needs_a_compiler_is_refused(hosts):
    done = host(hosts / "hipc-runtime", "compile")
    assert done.returncode == UNSUPPORTED
    assert done.stdout.splitlines()[1:] == [f"{name}: {UNSUPPORTED} {ONLY_LOADS}" for name in (
        "hipc_compile", "hipc_compile_attention", "hipc_attention_text")]


def test_its_target_is_a_processor_to_compile_for(hosts, tmp_path):
    level = host(hosts / "hipc-runtime", "compile").stdout.splitlines()[0].removeprefix("target ")
    assert level.startswith("x86-64")
    made = package(tmp_path / "p.hipc", "--chip=cpu", f"--cpu={level}")
    assert host(hosts / "hipc-runtime", "run", made, tmp_path / "out").returncode == 0


def test_damaged_packages_are_refused(hosts, tmp_path):
    made = package(tmp_path / "p.hipc", "--chip=cpu").read_bytes()
    code = made.index(b"\x7fELF")
    for at in (9, len(made) // 3, code + 40, len(made) - 1):
        damaged = bytearray(made)
        damaged[at] ^= 1
        (tmp_path / "damaged").write_bytes(damaged)
        done = host(hosts / "hipc-runtime", "load", tmp_path / "damaged")
        assert done.returncode in (CORRUPT, UNSUPPORTED) and "load: " in done.stdout, done.stdout
    for size in (0, 11, code, len(made) - 1):
        (tmp_path / "cut").write_bytes(made[:size])
        assert host(hosts / "hipc-runtime", "load", tmp_path / "cut").returncode in (CORRUPT, INVALID)


def test_packages_for_others_are_refused(hosts, tmp_path):
    newer = package(tmp_path / "newer", "--chip=cpu", "--cpu=diamondrapids")
    done = host(hosts / "hipc-runtime", "load", newer)
    assert done.returncode == UNSUPPORTED and "diamondrapids (this processor has no " in done.stdout, done.stdout
    gpu = package(tmp_path / "gpu", "--chip=sm_90a")
    done = host(hosts / "hipc-runtime", "load", gpu)
    assert done.returncode == INVALID and "is code for sm_90a, but the engine is for x86-64" in done.stdout


def test_packages_of_gpus_load(hosts, tmp_path):
    """On a driver that records what it is asked, of a GPU of compute capability 9.0."""
    gpu = {"HIPC_CUDA_LIBRARY": str(FAKE_CUDA), "HOST_DEVICE": "cuda"}
    for chip, code in (("sm_90a", 0), ("sm_80", 0), ("sm_100a", UNSUPPORTED)):
        done = host(hosts / "hipc-runtime", "load", package(tmp_path / chip, f"--chip={chip}"), **gpu)
        assert done.returncode == code, done.stdout
        assert done.stdout.startswith("target sm_90a\n")
    done = host(hosts / "hipc-runtime", "load", package(tmp_path / "cpu", "--chip=cpu"), **gpu)
    assert done.returncode == INVALID and "but the engine is for sm_90a" in done.stdout


def test_it_is_small_and_without_llvm(tmp_path):
    subprocess.run(["strip", "-o", tmp_path / "stripped", LIBRARY], check=True)
    size = (tmp_path / "stripped").stat().st_size
    assert size < MOST_BYTES, f"{size} bytes"
    for words in (["ldd", LIBRARY], ["nm", "-DC", LIBRARY]):
        listed = subprocess.run(words, check=True, capture_output=True, text=True).stdout
        assert "libc.so" in listed or "hipc_load" in listed
        assert "llvm" not in listed.lower() and "mlir" not in listed.lower(), listed
