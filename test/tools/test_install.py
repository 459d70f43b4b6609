"""An installed tree works from another folder: the examples build against it and run."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ["HIP_RUN"]).parent.parent
COMPILERS = {"CC": "clang-22", "CXX": "clang++-22"}


def command(*words, **more):
    result = subprocess.run([str(word) for word in words], text=True, capture_output=True, **more)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    folder = tmp_path_factory.mktemp("install")
    command("cmake", "--install", BUILD, "--prefix", folder / "first")
    shutil.move(folder / "first", folder / "moved")
    return folder / "moved"


@pytest.fixture(params=["c", "cpp"])
def example(request, tmp_path):
    return Path(shutil.copytree(ROOT / "examples" / request.param, tmp_path / "example"))


def run(program, tmp_path):
    cache = tmp_path / "cache"
    text = command(program, env={"HIPC_CACHE_DIR": str(cache), "PATH": os.environ["PATH"]})
    assert "same bits" in text
    assert list(cache.glob("*.hipcpkg"))


def libdir(prefix):
    return next(prefix.glob("lib*/**/libhipc.so")).parent


def test_through_pkg_config(prefix, example, tmp_path):
    env = {**os.environ, **COMPILERS, "PKG_CONFIG_PATH": str(libdir(prefix) / "pkgconfig")}
    command("make", "-C", example, env=env)
    run(example / "attention", tmp_path)


def test_through_cmake(prefix, example, tmp_path):
    command("cmake", "-S", example, "-B", tmp_path / "build", f"-DCMAKE_PREFIX_PATH={prefix}",
            env={**os.environ, **COMPILERS})
    command("cmake", "--build", tmp_path / "build")
    run(tmp_path / "build" / "attention", tmp_path)


PACKAGE = ("--policy=hip", "--sink=64", "--window=64", "--dtype=f32", "--query-heads=8", "--kv-heads=2", "--head-size=64",
           "--chip=cpu", "--cpu=x86-64-v2")


@pytest.mark.parametrize("way", ["pkg-config", "cmake"])
def test_a_program_without_a_compiler(prefix, tmp_path, way):
    example, package = tmp_path / "deploy", tmp_path / "attention.hipc"
    shutil.copytree(ROOT / "examples/deploy", example)
    env = {**os.environ, **COMPILERS, "PKG_CONFIG_PATH": str(libdir(prefix) / "pkgconfig")}
    if way == "cmake":
        command("cmake", "-S", example, "-B", example, f"-DCMAKE_PREFIX_PATH={prefix}", env=env)
        command("cmake", "--build", example)
    else:
        command("make", "-C", example, env=env)
    assert "libhipc.so" not in command("readelf", "-dW", example / "deploy")
    command(BUILD / "bin/hip-compile", "attention", *PACKAGE, "-o", package)
    printed = command(example / "deploy", package)
    assert "on x86-64" in printed and "refused: this library only loads packages" in printed


@pytest.mark.skipif(not (BUILD / "lib/HipMlirPlugin.so").exists(), reason="a build from archives is not for compilers")
def test_a_compiler_of_ones_own(prefix, tmp_path):
    command("cmake", "-S", ROOT / "examples/embed", "-B", tmp_path, f"-DCMAKE_PREFIX_PATH={prefix}",
            env={**os.environ, **COMPILERS})
    command("cmake", "--build", tmp_path)
    assert ".visible .entry layer_kernel_0(" in command(tmp_path / "embed", "sm_80")
    assert "llvm.func @hipc_layer" in command(tmp_path / "embed", "cpu")
    wrong = subprocess.run([tmp_path / "embed", "sm_70"], text=True, capture_output=True)
    assert wrong.returncode == 1 and "sm_70" in wrong.stderr


def test_what_is_installed(prefix):
    files = {str(path.relative_to(prefix)) for path in prefix.rglob("*") if path.is_file()}
    names = {Path(file).name for file in files}
    assert {"hipc.h", "hipc.hpp", "hipc.pc", "hipc-runtime.pc", "hipcConfig.cmake", "hipcConfigVersion.cmake"} <= names
    plugin = "HipMlirPlugin.so"
    assert (plugin in names) == (BUILD / "lib" / plugin).exists()
    texts = [path.read_text() for path in prefix.rglob("*")
             if path.suffix in (".h", ".hpp", ".pc", ".cmake")]
    places = (str(ROOT), str(prefix.parent))
    assert not any(place in text for text in texts for place in places)


LIBRARIES = "libhipc.so", "libhipc-runtime.so"


def elf_files():
    """Programs and libraries that are shipped."""
    return [*(BUILD / "bin").glob("hip-*"), *(BUILD / "lib" / name for name in LIBRARIES)]


def test_programs_and_libraries_are_hardened(prefix):
    for path in (*elf_files(), *(libdir(prefix) / name for name in LIBRARIES)):
        dynamic, segments = command("readelf", "-dW", path), command("readelf", "-lW", path)
        assert "BIND_NOW" in dynamic or re.search(r"FLAGS_1.*NOW", dynamic), path
        assert "GNU_RELRO" in segments, path
        assert re.search(r"GNU_STACK.* RW ", segments), path
        assert "DYN" in command("readelf", "-hW", path), path
        assert "__stack_chk_fail" in command("readelf", "-sW", "--dyn-syms", path), path


def test_no_place_to_look_for_libraries_is_empty_or_relative(prefix):
    for path in (*elf_files(), *(libdir(prefix) / name for name in LIBRARIES)):
        dynamic = command("readelf", "-dW", path)
        assert "(RPATH)" not in dynamic, path
        for places in re.findall(r"RUNPATH\).*\[(.*)\]", dynamic):
            for place in places.split(":"):
                # The build's own programs find what is beside them.
                assert place.startswith("/") or place.startswith("$ORIGIN/"), (path, places)
                assert not place.startswith(str(ROOT)), (path, places)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_exports_what_the_header_declares(prefix, library):
    header = (prefix / "include/hipc.h").read_text()
    declared = set(re.findall(r"HIPC_API[^;]*?(hipc_\w+)\(", header))
    listed = command("nm", "-D", "--defined-only", libdir(prefix) / library)
    exported = {line.split()[-1].split("@")[0] for line in listed.splitlines()} - {"HIPC_1"}
    assert exported == declared
