"""Docstrings of dataclasses: types and defaults come from the fields, so that nothing has to be written twice."""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
from typing import Any, TypeVar

ClassT = TypeVar("ClassT", bound=type)
LINE = re.compile(r"^( *)(\w+): ", re.MULTILINE)


def documented(cls: ClassT) -> ClassT:
    """Puts `name: type = default` over what the docstring of a dataclass says on its line `name: what it is`."""
    names = vars(sys.modules[cls.__module__])
    declared = {field.name: f"{field.name}: {_type_text(field.type, names)}{_default_text(field, names)}"
                for field in dataclasses.fields(cls)}

    def completed(line: re.Match[str]) -> str:
        return f"{line[1]}{declared[line[2]]}\n{line[1]}    " if line[2] in declared else line[0]
    # Python leaves docstrings out where it is run with -OO.
    cls.__doc__ = LINE.sub(completed, cls.__doc__ or "")
    return cls


def _type_text(annotation: Any, names: dict[str, Any]) -> str:
    """A type as it is written, or the choices that a name stands for."""
    named = names.get(annotation)
    return annotation if named is None or isinstance(named, type) else inspect.formatannotation(named)


def _default_text(field: dataclasses.Field[Any], names: dict[str, Any]) -> str:
    default = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
    if default is dataclasses.MISSING:
        return ""
    constants = (name for name, value in names.items() if value is default and dataclasses.is_dataclass(value))
    return f" = {next(constants, repr(default))}"
