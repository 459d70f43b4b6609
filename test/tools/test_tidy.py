"""The check that runs clang-tidy: what it looks at, what it keeps and what fails it."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / ".ci/checks"))

import tidy  # noqa: E402

FAULT = "runtime/a.h:1:1: error: a fault [some-check]"
# Two that have the word `clash` do not compile as one.
PROGRAM = f"""#!/bin/sh
[ $1 != --version ] || exit 0
for word in "$@"; do
  case $word in *.cpp) source=$word ;; esac
done
echo checks $(basename "$source") >> calls
text=$(cat "$source" ../runtime/*.h)
line=$(grep -n clash "$source" | tail -1 | cut -d: -f1)
case $text in *clash*clash*) echo "$source:$line:1: error: redefinition [clang-diagnostic-error]"; exit 1 ;; esac
case $text in *bad*) echo '{FAULT}'; exit 1 ;; esac
"""


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A source with a header, a test that is no product, and a clang-tidy that refuses what has the word `bad`."""
    for name, text in (("runtime/a.cpp", '#include "runtime/a.h"\n'), ("runtime/a.h", "int a;\n"),
                       ("test/t.cpp", "bad\n"), (".clang-tidy", "Checks: '*'\n"), ("build/x", "")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    sources = [str(tmp_path / name) for name in ("runtime/a.cpp", "test/t.cpp")]
    (tmp_path / "build/compile_commands.json").write_text(
        json.dumps([{"file": source, "command": f"c++ -O1 -o {source}.o -c {source}"} for source in sources]))
    program = tmp_path / "fake-tidy"
    program.write_text(PROGRAM)
    program.chmod(0o755)
    monkeypatch.setattr(tidy, "TIDY", str(program))
    return tmp_path


def run(tree, capsys):
    failed = tidy.main(str(tree), str(tree / "build"), str(tree / "counts"))
    return failed, (tree / "counts").read_text().split(), capsys.readouterr().out


def test_looks_once_at_what_does_not_change(tree, capsys):
    assert run(tree, capsys)[2].startswith("1 files to check, 0 are")
    failed, counts, out = run(tree, capsys)
    assert not failed and counts == ["1", "0", "0"]
    assert out.startswith("0 files to check, 1 are")


@pytest.mark.parametrize("name", ["runtime/a.cpp", "runtime/a.h", ".clang-tidy"])
def test_looks_again_after_a_change(tree, capsys, name):
    run(tree, capsys)
    with open(tree / name, "a") as file:
        file.write("\n")
    assert run(tree, capsys)[2].startswith("1 files to check")


def test_a_warning_fails_until_it_is_gone(tree, capsys):
    (tree / "runtime/a.h").write_text("bad\n")
    for _ in range(2):
        failed, counts, out = run(tree, capsys)
        assert failed and counts == ["0", "1", "0"]
        assert FAULT in out
    (tree / "runtime/a.h").write_text("good\n")
    assert not run(tree, capsys)[0]


def add(tree, name, text):
    (tree / name).write_text(text)
    database = tree / "build/compile_commands.json"
    entry = {"file": str(tree / name), "command": f"c++ -O1 -o {name}.o -c {tree / name}"}
    database.write_text(json.dumps(json.loads(database.read_text()) + [entry]))


def test_a_folder_is_one_unit(tree, capsys):
    add(tree, "runtime/b.cpp", "int b;\n")
    assert run(tree, capsys)[1] == ["2", "0", "0"]
    call, = (tree / "build/calls").read_text().splitlines()
    assert call.startswith("checks unit-")
    (tree / "runtime/b.cpp").write_text("bad\n")
    failed, counts, out = run(tree, capsys)
    assert failed and counts == ["1", "1", "0"] and out.startswith("1 files to check")


@pytest.mark.parametrize(("place", "apart"), [("$source:$line", 1), ("some.h:1", 2)])
def test_what_does_not_compile_with_others_is_apart(tree, capsys, place, apart):
    for name in "bcd":
        add(tree, f"runtime/{name}.cpp", "clash\n" if name in "bd" else "int x;\n")
    program = tree / "fake-tidy"
    program.write_text(program.read_text().replace("$source:$line", place))
    failed, counts, out = run(tree, capsys)
    assert not failed and counts == ["4", "0", "0"]
    assert f"{apart} of 4 files of runtime are checked apart" in out
    assert len((tree / "build/calls").read_text().splitlines()) == 3


def test_a_crash_fails(tree, capsys):
    (tree / "fake-tidy").write_text("#!/bin/sh\n[ $1 = --version ] || exit 1\n")
    assert run(tree, capsys)[:2] == (1, ["0", "1", "0"])
