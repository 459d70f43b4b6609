"""What docstrings say in plain words, as Markdown: names are code, and lines such as `keep: keys kept` a list."""

import re

import griffe

# A field of a class at the start of a line; a name of ours, or of Python's protocols, that is not code yet.
FIELD = re.compile(r"^([a-z]\w*(?:, [a-z]\w*)*): (?=\S)", re.M)
NAME = re.compile(r"(?<![`.\w])(hip_mlir(?:\.\w+)+(?:\(\))?|__\w+__)(?![`\w])")


class Docstrings(griffe.Extension):
    def on_instance(self, *, obj, **_others):
        if obj.docstring and not obj.is_module:
            text = NAME.sub(r"`\1`", obj.docstring.value)
            obj.docstring.value = FIELD.sub(r"- `\1`: ", text) if obj.is_class else text
