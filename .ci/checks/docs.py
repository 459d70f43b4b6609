"""Checks of the documentation: relative links, generated pages and tables. test/docs runs its examples."""

import re
import subprocess
import sys
from pathlib import Path

CASE = re.compile(r"`@(\w+)` in \[[^\]]+\]\(([^)#]+)\)")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
# Ops and passes with a body: what ends in `;` is a name for something else.
DEFINITION = re.compile(r"^def (Hip_\w+Op|Hip[A-Z]\w*)\s*:\s([^;{]*\{.*?)^}", re.S | re.M)
# Prefixes of the classes in dialect/*Ops.td and of the names of their ops.
FAMILIES = {"Tile": "hip.tile.", "Gpu": "hip.gpu."}
TBLGEN = "/usr/lib/llvm-22/bin/mlir-tblgen"
REFERENCE = {"ops": ("-gen-op-doc", "dialect/HipOps.td", "Ops"),
             "attributes": ("-gen-attrdef-doc", "dialect/HipOps.td", "Attributes"),
             "types": ("-gen-typedef-doc", "dialect/HipOps.td", "Types"),
             "passes": ("-gen-pass-doc", "passes/Passes.td", "Passes")}
BEGIN, END = "<!-- passes: generated -->", "<!-- passes: end -->"
# An op, attribute, type or pass in what mlir-tblgen writes: its heading, its summary, the rest.
ENTRY = re.compile(r"^### ([^\n]+)\n\n_([^\n]+)_\n(.*?)(?=^### |\Z)", re.S | re.M)


def links(root):
    for page in sorted([*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("*/*.md")]):
        for target in LINK.findall(page.read_text()):
            missing = not (page.parent / target.strip()).exists()
            yield f"{page.relative_to(root)} -> {target}", "leads nowhere" if missing else None


def cases(root):
    """A test that a page names is in the file that it names."""
    for page in sorted(root.glob("docs/**/*.md")):
        for name, target in CASE.findall(page.read_text()):
            file = page.parent / target
            known = file.exists() and re.search(rf"@{name}\b", file.read_text())
            yield (f"{page.relative_to(root)} @{name} in {target}",
                   None if known else "is not there")


def definitions(root):
    """Every op and pass has a summary and a description, every op an example."""
    for file in sorted([*root.glob("dialect/*Ops.td"), root / "passes/Passes.td"]):
        for name, body in DEFINITION.findall(file.read_text()):
            for part in ("let summary", "let description"):
                yield f"{name} {part}", None if part in body else "is missing"
            if name.endswith("Op"):
                yield f"{name} example", None if "```mlir" in body else "is missing"


def pass_table(root):
    text = (root / "passes/Passes.td").read_text()
    rows = ["| pass | what | test |", "| --- | --- | --- |"]
    for argument, summary in re.findall(
            r'Hip_Pass<"([\w-]+)"[^>]*> \{\n  let summary = "([^"]+)"', text):
        tests = sorted(root.glob(f"test/passes/*/{argument.removeprefix('hip-')}.mlir"))
        test = f"[{tests[0].name}](../{tests[0].relative_to(root)})" if tests else "none"
        rows.append(f"| `{argument}` | {summary} | {test} |")
    return "\n".join(rows)


def stage_table(root, update):
    page = root / "passes/README.md"
    text = page.read_text()
    begin, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    table = f"\n{pass_table(root)}\n"
    if update:
        page.write_text(text[:begin] + table + text[end:])
    elif text[begin:end] != table:
        yield "passes/README.md", "is stale; run .ci/checks/docs.py . build/dev --update"
    if "| none |" in table:
        yield "passes/README.md", "a pass has no test in test/passes"
    yield "passes/README.md table", None


def reference_entry(heading, summary, body):
    """(name as programs write it, C++ class or "", summary, text) of an entry."""
    name, cpp = re.match(r"`?-?([\w.-]+)`?(?: \((.+)\))?", heading).groups()
    if re.fullmatch(r"\w+(Attr|Type)", name):
        name, cpp = re.search(r"[#!]hip\.\w+", body)[0], f"hip::{name}"
    # Parts of an entry are no headings: they would fill every table of contents.
    return name, cpp or "", summary, re.sub(r"^#### (\w+):?$", r"**\1**", body, flags=re.M)


def reference_text(title, text):
    """A page of an entry a heading, below a table of them all."""
    head, body = text.split("\n", 1)
    entries = [reference_entry(*entry) for entry in ENTRY.findall(body)]
    rows = [f"| [`{name}`](#{re.sub(r'[^a-z0-9_-]', '', name.lower())}) | {summary} |"
            for name, _, summary, _ in entries]
    parts = [f"## `{name}`\n\n_{summary}_{f' (C++: `{cpp}`)' if cpp else ''}\n{text.rstrip()}\n"
             for name, cpp, summary, text in entries]
    return "\n".join((head, "", f"# {title}", "", "| name | what |", "| --- | --- |", *rows, "", *parts))


def reference_pages(root, update):
    """docs/reference/*.md are what mlir-tblgen writes from the .td files, with names as programs have them."""
    for name, (generator, source, title) in REFERENCE.items():
        only = ["-dialect=hip"] if source.startswith("dialect") else []
        text = subprocess.run([TBLGEN, generator, *only, "-I", root,
                               "-I", "/usr/lib/llvm-22/include", root / source],
                              text=True, capture_output=True, check=True).stdout
        # What only the parser of `attr-dict` needs.
        text = re.sub(r' `` custom<Besides>\(ref\(attr-dict\), "\{.*?\}"\)', "", text)
        text = reference_text(title, text)
        page = root / f"docs/reference/{name}.md"
        if update:
            page.write_text(text)
        stale = not page.exists() or page.read_text() != text
        yield (f"docs/reference/{name}.md",
               "is stale; run .ci/checks/docs.py . build/dev --update" if stale else None)


def images(root, build):
    """The pictures of README.md are what scripts/charts.py draws."""
    sys.path.append(str(root / "scripts"))
    import charts
    for path, drawn in charts.images(build / "bin/hip-run").items():
        stale = not path.exists() or path.read_text() != drawn
        yield str(path.relative_to(root)), "is stale; run scripts/charts.py build/dev/bin/hip-run" if stale else None


def lowering_table(root):
    """docs/lowering.md has a row for every op."""
    rows = set(re.findall(r"^\| `(hip\.[\w.]+)` \|", (root / "docs/lowering.md").read_text(), re.M))
    ops = set()
    for file in root.glob("dialect/*Ops.td"):
        for family, name in re.findall(r'^def Hip_\w+Op\s*:\s*Hip_(\w*?)Op<"([\w.]+)"',
                                       file.read_text(), re.M):
            ops.add(FAMILIES.get(family, "hip.") + name)
    for op in sorted(ops | rows):
        missing = "has no row" if op not in rows else "is no op" if op not in ops else None
        yield f"docs/lowering.md {op}", missing


def main(root, build, counts):
    root, build = Path(root).resolve(), Path(build)
    if counts == "--update":
        list(stage_table(root, True))
        list(reference_pages(root, True))
        return 0
    results = [*links(root), *cases(root), *definitions(root),
               *stage_table(root, False), *lowering_table(root),
               *reference_pages(root, False), *images(root, build)]
    failed = [(name, error) for name, error in results if error]
    for name, error in failed:
        print(f"FAIL {name}: {error}")
    print(f"{len(results) - len(failed)} documentation checks passed, {len(failed)} failed")
    Path(counts).write_text(f"{len(results) - len(failed)} {len(failed)} 0\n")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
