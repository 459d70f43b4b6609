"""The declarations of capi/hipc.h, each with its comment."""

import re
from dataclasses import dataclass

SECTION = re.compile(r"^/\*--- (.+?) -+\*/$", re.M)
DECLARATION = re.compile(r"(?:/\*((?:(?!\*/).)*)\*/\n)?^((?:HIPC_API|typedef)[^;{]*(?:\{.*?^\}[^;]*)?;)", re.S | re.M)
NAME = re.compile(r"\b(hipc_\w+)\(|\(\*(hipc_\w+)\)|(\bhipc_\w+);$")


@dataclass(frozen=True)
class Declaration:
    """A function or type. `comment` is Markdown, "" where the header has none."""

    section: str
    name: str
    code: str
    comment: str


def markdown(comment):
    """The text of a C comment, with names of the header as code."""
    text = re.sub(r"^\s*\* ?", "", comment or "", flags=re.M).strip()
    text = re.sub(r"`[^`]*`|\b\w+_\w+\b(?:\(\))?", lambda name: f"`{name[0].strip('`')}`", text)
    return text.replace("<", "&lt;")


def introduction(text):
    """The comment at the top, below the licence."""
    return markdown(re.search(r"^ \*===-+===\n(.*?)\*/", text, re.S | re.M)[1])


def declarations(text):
    """Those of the header, in its order."""
    parts = SECTION.split("/*--- Versions ---*/\n" + text)[1:]
    return [Declaration(section, next(filter(None, NAME.search(code).groups())), code.replace("HIPC_API ", ""),
                        markdown(comment))
            for section, body in zip(parts[::2], parts[1::2]) for comment, code in DECLARATION.findall(body)]
