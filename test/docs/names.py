"""What a Python block uses of hip_mlir is there: names, and the keyword arguments of calls."""

import ast
from functools import cache

import griffe
from conftest import ROOT


@cache
def package():
    return griffe.load("hip_mlir", search_paths=[ROOT / "python"])


def target(name):
    """The object of a dotted name below hip_mlir; KeyError if there is none."""
    found = package()[name] if name else package()
    return found.final_target if found.is_alias else found


def imported(tree):
    """{name in the block: dotted name in hip_mlir} of its imports."""
    names = {"hip_mlir": ""}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "hip_mlir":
            module = node.module.removeprefix("hip_mlir").strip(".")
            names |= {each.asname or each.name: f"{module}.{each.name}".strip(".") for each in node.names}
        if isinstance(node, ast.Import):
            names |= {each.asname: each.name.removeprefix("hip_mlir.") for each in node.names
                      if each.asname and each.name.startswith("hip_mlir.")}
    return names


def dotted(node, names):
    """The name below hip_mlir that an expression is, or None."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in names:
        return None
    return ".".join(filter(None, (names[node.id], *parts)))


def parameters(called):
    """Names of what a function or class takes, None where that is anything."""
    if called.is_class:
        called = called.all_members.get("__init__")
    if called is None or any(each.kind is griffe.ParameterKind.var_keyword for each in called.parameters):
        return None
    return {each.name for each in called.parameters}


def faults(text, where):
    """What is wrong with a block, one sentence each."""
    tree = ast.parse(text, where)
    names = imported(tree)
    for name in names.values():
        yield from missing(name)
    for node in ast.walk(tree):
        name = dotted(node, names) if isinstance(node, ast.Attribute) else None
        if name and not isinstance(node.ctx, ast.Store):
            yield from missing(name)
        called = dotted(node.func, names) if isinstance(node, ast.Call) else None
        if called and not list(missing(called)):
            known = parameters(target(called))
            yield from (f"hip_mlir.{called} has no argument {each.arg}" for each in node.keywords
                        if known and each.arg and each.arg not in known)


def missing(name):
    try:
        target(name)
    except KeyError:
        yield f"there is no hip_mlir.{name}"
