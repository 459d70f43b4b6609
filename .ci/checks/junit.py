"""Adds up JUnit XML files: junit.py COUNTS FILE... writes "passed failed skipped"."""

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def main(counts, *files):
    passed = failed = skipped = 0
    for name in files:
        for case in ElementTree.parse(name).getroot().iter("testcase"):
            # gtest marks a test that did not run by its status.
            absent = case.find("skipped") is not None or case.get("status") == "notrun"
            broken = case.find("failure") is not None or case.find("error") is not None
            skipped += absent
            failed += broken
            passed += not absent and not broken
    Path(counts).write_text(f"{passed} {failed} {skipped}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
