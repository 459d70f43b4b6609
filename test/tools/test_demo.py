"""scripts/demo.py on a short prompt."""

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[2]
TOOL = Path(os.environ.get("HIP_RUN", ROOT / "build/dev/bin/hip-run"))


def demo(folder, *flags):
    library = {"HIPC_LIBRARY": str(TOOL.parents[1] / "lib/libhipc.so"), **os.environ}
    words = ["--hip-run", TOOL, "--picture", folder / "kept.svg", "--device", "cpu", *flags]
    return subprocess.run([sys.executable, ROOT / "scripts/demo.py", *words], capture_output=True, text=True, timeout=300, env=library)


def test_finds_the_number(tmp_path):
    done = demo(tmp_path, "--length", "2048")
    assert done.returncode == 0, done.stderr
    digits = re.search(r'"The pass key is (\d{5})\. Remember it\."', done.stdout)[1]
    found = re.findall(r"^(\w+) +'(.+)' +(right|WRONG) ", done.stdout, re.M)
    rows = {policy: (written, verdict) for policy, written, verdict in found}
    assert list(rows) == ["dense", "window", "tree", "boxes", "hip"]
    assert all((written == digits) == (verdict == "right") for written, verdict in rows.values())
    # The window does not reach the number, so that whoever answers has found it.
    assert rows["dense"] == rows["hip"] == (digits, "right") and rows["window"][1] == "WRONG"
    pictures = ElementTree.parse(tmp_path / "kept.svg").getroot().findall("{http://www.w3.org/2000/svg}svg")
    assert [picture[0].text for picture in pictures] == ["tree", "boxes", "hip"]


def test_says_by_its_status_that_the_default_was_wrong(tmp_path):
    """Scores are as good as equal under this soft-cap."""
    done = demo(tmp_path, "--length", "512", "--softcap", "0.001")
    assert done.returncode == 1 and re.search(r"^hip .* WRONG ", done.stdout, re.M), done.stderr
