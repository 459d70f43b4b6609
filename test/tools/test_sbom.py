"""scripts/sbom.py names all that libhipc.so links."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ["HIP_RUN"]).parent.parent
SCRIPT = ROOT / "scripts/sbom.py"


@pytest.fixture(scope="module")
def sbom():
    spec = importlib.util.spec_from_file_location("sbom", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    file = tmp_path_factory.mktemp("sbom") / "hip_mlir.spdx.json"
    subprocess.run([sys.executable, SCRIPT, BUILD, file], check=True)
    return json.loads(file.read_text())


def test_it_is_an_spdx_document(document):
    assert document["spdxVersion"] == "SPDX-2.3" and document["dataLicense"] == "CC0-1.0"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", document["creationInfo"]["created"])
    named = [part["SPDXID"] for part in document["packages"] + document["files"]]
    assert len(named) == len(set(named))
    assert all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", name) for name in named)
    for relation in document["relationships"]:
        assert {relation["spdxElementId"], relation["relatedSpdxElement"]} <= {*named, "SPDXRef-DOCUMENT"}
    for part in document["packages"]:
        assert re.fullmatch(r"\d+(\.\d+)*\w*", part["versionInfo"]), part
        assert part["licenseDeclared"] and part["downloadLocation"]
    for file in document["files"]:
        assert [len(each["checksumValue"]) for each in file["checksums"]] == [40, 64]


def test_it_has_all_that_the_library_needs(document, sbom):
    needed = subprocess.run(["readelf", "-dW", BUILD / "lib/libhipc.so"], check=True, text=True,
                            capture_output=True).stdout
    names = {part["name"] for part in document["packages"]}
    for library in re.findall(r"NEEDED\).*\[(.+)\]", needed):
        assert sbom.component(Path(library)) in {None, *names}, library
    llvm = subprocess.run(["llvm-config-22", "--version"], check=True, text=True, capture_output=True).stdout
    versions = {part["name"]: part["versionInfo"] for part in document["packages"]}
    assert versions["LLVM and MLIR"] == llvm.strip()
    assert "libstdc++" in versions


def test_a_static_link_is_taken_apart(sbom):
    words = ("clang++ -static-libstdc++ -static-libgcc -shared -o lib/libhipc.so a.o runtime/libHipcCpu.a "
             "/llvm/lib/libMLIRIR.a /llvm/lib/libLLVMCore.a /usr/lib/libz.a /usr/lib/libzstd.a -ldl -lm").split()
    files = sbom.linked(words, Path("/build"), lambda name: Path("/gcc", name))
    assert {sbom.component(file) for file in files} == {None, "LLVM and MLIR", "zlib", "zstd", "libstdc++"}
    assert {file.name for file in files if sbom.component(file)} == {
        "libMLIRIR.a", "libLLVMCore.a", "libz.a", "libzstd.a", "libstdc++.a", "libgcc.a"}


def test_what_it_does_not_know_is_an_error(sbom):
    with pytest.raises(SystemExit, match="libxml2.a is of no component"):
        sbom.component(Path("/usr/lib/libxml2.a"))
