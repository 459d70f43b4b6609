"""Writes what a build of libhipc.so links, with versions and hashes: sbom.py BUILD [FILE].

The result is an SPDX 2.3 document in JSON. What is linked is read from the build's own command; a library
that is of no component below is an error, so that none is left out.
"""

import datetime
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

# Of each component: its files, its license, its home, and where its version stands.
COMPONENTS = {
    "LLVM and MLIR": (r"lib(LLVM|MLIR)\w*\.(a|so[.\d]*)", "Apache-2.0 WITH LLVM-exception",
                      "https://llvm.org"),
    "zstd": (r"libzstd\.(a|so[.\d]*)", "BSD-3-Clause", "https://facebook.github.io/zstd"),
    "zlib": (r"libz\.(a|so[.\d]*)", "Zlib", "https://zlib.net"),
    "libstdc++": (r"lib(stdc\+\+|gcc|gcc_eh|gcc_s)\.(a|so[.\d]*)",
                  "GPL-3.0-or-later WITH GCC-exception-3.1", "https://gcc.gnu.org"),
}
# Of the machine that runs it: the loader and the C library.
SYSTEM = re.compile(r"(libc|libm|libdl|libpthread|librt)\.(so[.\d]*|a)|ld-linux-[\w-]+\.so[.\d]*")
# Files of the build itself.
OWN = re.compile(r"libHip\w*\.a|.*\.o")


def output(*words, **more):
    return subprocess.run([str(word) for word in words], check=True, text=True, capture_output=True,
                          **more).stdout


def setting(build, name):
    found = re.search(rf"^{name}:\w+=(.*)$", (build / "CMakeCache.txt").read_text(), re.M)
    return found[1] if found else ""


def command(build):
    """The words that link the library."""
    name = f"lib/libhipc.so.{setting(build, 'CMAKE_PROJECT_VERSION')}"
    return shlex.split(output("ninja", "-C", build, "-t", "commands", "-s", name).splitlines()[-1])


def linked(words, build, find):
    """Files that the words of a link name; `find` gives the path of a library of the compiler."""
    files = [Path(os.path.join(build, word)) for word in words if re.search(r"\.(a|o|so[.\d]*)$", word)
             and not word.startswith("-") and words[words.index(word) - 1] != "-o"]
    files += [find(f"lib{word[2:]}.so") for word in words if re.fullmatch(r"-l\w+", word)]
    for runtime, flag in (("stdc++", "-static-libstdc++"), ("gcc", "-static-libgcc")):
        files.append(find(f"lib{runtime}.a" if flag in words else
                          f"lib{runtime}.so" if runtime != "gcc" else "libgcc_s.so"))
    return files


def component(path):
    """The name of the component of a file; None for our own and the system's."""
    if OWN.fullmatch(path.name) or SYSTEM.fullmatch(path.name):
        return None
    for name, (files, _, _) in COMPONENTS.items():
        if re.fullmatch(files, path.name):
            return name
    raise SystemExit(f"error: {path} is of no component that scripts/sbom.py knows; add it there")


def macro(header, name):
    for folder in ("/usr/include", "/usr/local/include"):
        path = Path(folder, header)
        if path.exists():
            found = re.search(rf"#define\s+{name}\s+\"?([\w.]+)", path.read_text())
            if found:
                return found[1]
    return ""


def version(name, build, compiler):
    if name == "LLVM and MLIR":
        config = Path(setting(build, "LLVM_DIR"), "LLVMConfig.cmake").read_text()
        return re.search(r"set\(LLVM_PACKAGE_VERSION (\S+)\)", config)[1]
    if name == "zlib":
        return macro("zlib.h", "ZLIB_VERSION")
    if name == "zstd":
        return ".".join(macro("zstd.h", f"ZSTD_VERSION_{part}") for part in ("MAJOR", "MINOR", "RELEASE"))
    defined = output(compiler, "-x", "c++", "-dM", "-E", "-include", "version", "/dev/null")
    return re.search(r"_GLIBCXX_RELEASE (\d+)", defined)[1]


def package_of(path):
    """The package of the distribution and its version, where there is one: fixes are in its number."""
    for place in (path, path.resolve()):
        try:
            owner = output("dpkg-query", "-S", place).split(":")[0]
            return f"{owner} {output('dpkg-query', '-W', '-f', '${Version}', owner)}"
        except (OSError, subprocess.CalledProcessError):
            continue
    return ""


def identifier(name):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.]+", "-", name)


def entry(name, files, build, compiler):
    _, license_, home = COMPONENTS[name]
    known = sorted(filter(None, {package_of(path) for path in files}))
    number = version(name, build, compiler)
    if not number.strip("."):
        raise SystemExit(f"error: {name} is linked, but its version is not known")
    return {
        "SPDXID": identifier(name), "name": name, "versionInfo": number, "downloadLocation": home,
        "licenseConcluded": license_, "licenseDeclared": license_, "copyrightText": "NOASSERTION",
        "filesAnalyzed": False, "comment": "; ".join(known) or "not of a package of the distribution",
    }


def file_entry(path):
    bytes_ = path.read_bytes()
    return {"SPDXID": identifier("File-" + path.name), "fileName": path.name, "copyrightText": "NOASSERTION",
            "licenseConcluded": "NOASSERTION",
            "checksums": [{"algorithm": "SHA1", "checksumValue": hashlib.sha1(bytes_).hexdigest()},
                          {"algorithm": "SHA256", "checksumValue": hashlib.sha256(bytes_).hexdigest()}]}


def document(build):
    compiler = setting(build, "CMAKE_CXX_COMPILER")
    number = setting(build, "CMAKE_PROJECT_VERSION")
    find = lambda name: Path(output(compiler, f"-print-file-name={name}").strip())
    groups = {}
    for path in linked(command(build), build, find):
        if name := component(path):
            groups.setdefault(name, {})[path.name] = path
    packages = [{"SPDXID": "SPDXRef-hipc", "name": "libhipc", "versionInfo": number,
                 "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
                 "licenseConcluded": "Apache-2.0 WITH LLVM-exception",
                 "licenseDeclared": "Apache-2.0 WITH LLVM-exception", "copyrightText": "NOASSERTION"}]
    files, relations = [], [("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-hipc")]
    for name, paths in sorted(groups.items()):
        packages.append(entry(name, paths.values(), build, compiler))
        static = all(path.suffix == ".a" for path in paths.values())
        relations.append(("SPDXRef-hipc", "STATIC_LINK" if static else "DYNAMIC_LINK", identifier(name)))
        for path in sorted(paths.values(), key=lambda each: each.name):
            files.append(file_entry(path))
            relations.append((identifier(name), "CONTAINS", files[-1]["SPDXID"]))
    made = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", 0)), datetime.timezone.utc)
    inside = hashlib.sha256(json.dumps([packages, files]).encode()).hexdigest()
    return {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"libhipc-{number}", "documentNamespace": f"urn:hipc:sbom:{number}:{inside}",
        "creationInfo": {"created": made.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: scripts/sbom.py"]},
        "packages": packages, "files": files,
        "relationships": [{"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
                          for one, kind, other in relations],
    }


if __name__ == "__main__":
    text = json.dumps(document(Path(sys.argv[1]).resolve()), indent=1) + "\n"
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_text(text)
    else:
        print(text, end="")
