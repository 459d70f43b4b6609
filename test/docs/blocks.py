"""Fenced blocks of code in pages, and in the descriptions of TableGen files."""

import re
from dataclasses import dataclass
from functools import cache

from conftest import ROOT

BLOCK = re.compile(r"^( *)(```|~~~)(\w+)\n(.*?)^ *\2", re.S | re.M)
# The words before a block that is a file: "Save as `program.mlir`:".
NAME = re.compile(r"Save as `([\w./-]+)`:\s*\Z")


@dataclass(frozen=True)
class Block:
    """`name` is the file that the reader is to save it as, "" if none."""

    page: str
    line: int
    language: str
    text: str
    name: str

    def __str__(self):
        return f"{self.page}:{self.line}"


@cache
def blocks_of(page):
    """Those of a file of the repository, in its order."""
    text, found = (ROOT / page).read_text(), []
    for match in BLOCK.finditer(text):
        name = NAME.search(text[:match.start()])
        indent = f"^ {{0,{len(match[1])}}}"
        found.append(Block(page, text.count("\n", 0, match.start()) + 1, match[3],
                           re.sub(indent, "", match[4], flags=re.M), name[1] if name else ""))
    return found


def pages():
    """Markdown files, and TableGen files with descriptions."""
    patterns = "*.md", "*/*.md", "docs/**/*.md", "dialect/*.td", "passes/*.td"
    return sorted({str(path.relative_to(ROOT)) for pattern in patterns for path in ROOT.glob(pattern)
                   if not path.is_relative_to(ROOT / "build")})


def all_blocks(language):
    return [block for page in pages() for block in blocks_of(page) if block.language == language]
