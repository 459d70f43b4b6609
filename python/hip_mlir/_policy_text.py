"""Policies of texts, as str() writes them and programs and tools have them."""

from __future__ import annotations

import ast
import dataclasses
import functools
import re
from collections.abc import Callable
from typing import Any

from ._checks import shown
from .errors import ArgumentTypeError, Error, InvalidError
from .policies import HIP, POLICIES, Auto, Policy, Stages, Union, class_names

NAMED = re.compile(rf"(?:#hip\.)?\b({'|'.join(POLICIES)})\b\s*(<?)")
WORDS = re.compile(r"\b(all|first|center|last|max|mean|leaf|path)\b")


def policy_of(name: str, value: Policy | str) -> Policy:
    """The policy that an argument is, or whose text it is."""
    if isinstance(value, str):
        return _parsed(value)
    if not isinstance(value, Policy) or not value.NAME:
        raise ArgumentTypeError(f"{name} is {shown(value)}; give one of {class_names()}, or a text "
                                "such as 'hip'")
    return value


def parse_policy(text: str) -> Policy:
    """The policy that a text such as "tree<block_q = 64, block_k = 2, keep = 512>" names.

    "hip" names hip_mlir.HIP. Else the inverse of str(); `#hip.` may stand before, and what is left out has its
    default, as in programs and tools. InvalidError (a ValueError) for other text.
    """
    if not isinstance(text, str):
        raise ArgumentTypeError(f"a policy is {shown(text)}; give a text such as 'tree<keep = 512>'")
    return _parsed(text)


@functools.lru_cache(maxsize=256)
def _parsed(text: str) -> Policy:
    if text.strip() == "hip":
        return HIP
    match = re.fullmatch(r"\s*(?:#hip\.)?(\w+)\s*(?:<.*>)?\s*", text, re.DOTALL)
    if not match or match[1] not in POLICIES:
        raise InvalidError(f"{shown(text)} is no policy; give hip, or one of {', '.join(POLICIES)} with <...>")
    try:
        return _made(text, ast.parse(_as_calls(text.strip()), mode="eval").body)
    except (SyntaxError, TypeError, ValueError, RecursionError, MemoryError) as error:
        if isinstance(error, Error):
            raise
        raise InvalidError(f"{shown(text)} is no policy; give {_example(POLICIES[match[1]])}, or some of its "
                           "parameters") from None


def _as_calls(text: str) -> str:
    """`tree<keep = 4, reduce = mean>` as `tree(keep = 4, reduce = 'mean')`."""
    calls = NAMED.sub(lambda match: f"{match[1]}({'' if match[2] else ')'}", text)
    return WORDS.sub(lambda match: repr(match[0]), calls.replace(">", ")"))


def _example(policy: type[Policy]) -> Policy:
    return HIP if policy is Union else policy()


def _made(text: str, call: ast.expr) -> Policy:
    """The policy of a call; ValueError if it is none."""
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id not in POLICIES:
        raise ValueError
    policy = POLICIES[call.func.id]
    values = functools.partial(VALUES.get(policy, _made_number), text)
    arguments = [values(argument) for argument in call.args]
    pairs = [(str(word.arg), values(word.value)) for word in call.keywords]
    names, named = [field.name for field in dataclasses.fields(policy)], dict(pairs)  # type: ignore[arg-type]
    if len(named) < len(pairs) or policy is Union and arguments and named:
        raise InvalidError(f"{shown(text)} has a parameter twice; give each once")
    unknown = [name for name in named if name not in names]
    if unknown or len(arguments) > (policy in (Stages, Union, Auto)):
        what = f"parameter {unknown[0]!r}" if unknown else f"value without a name, {shown(arguments[-1])}"
        raise InvalidError(f"{shown(text)} has a {what}; there are {', '.join(names)}")
    try:
        return Union(*sum((*arguments, *named.values()), ())) if policy is Union else policy(*arguments, **named)
    except (Error, TypeError) as error:
        raise InvalidError(f"{shown(text)} is no policy: {error}") from None


def _made_number(_text: str, number: ast.expr) -> object:
    return ast.literal_eval(number)


def _made_inside(text: str, value: ast.expr) -> object:
    return _made(text, value) if isinstance(value, ast.Call) else ast.literal_eval(value)


def _made_parts(text: str, parts: ast.expr) -> tuple[Policy, ...]:
    if not isinstance(parts, ast.List):
        raise ValueError
    return tuple(_made(text, part) for part in parts.elts)


# How the parameters of policies that have others in them are read.
VALUES: dict[type[Policy], Callable[[str, ast.expr], Any]] = {Union: _made_parts, Auto: _made_inside}
