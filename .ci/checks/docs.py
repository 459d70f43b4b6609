"""Checks of the documentation: mlir examples, relative links, generated pages and tables.

A fenced block tagged `mlir` in a page or in a TableGen description is parsed and verified by
hip-opt; a first line `// RUN: hip-opt FLAGS` adds flags.
"""

import re
import subprocess
import sys
from pathlib import Path

BLOCK = re.compile(r"^( *)```mlir\n(.*?)^ *```", re.S | re.M)
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


def examples(root, build):
    pages = [*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("*/*.md"),
             *root.glob("dialect/*.td"), *root.glob("passes/*.td")]
    for page in sorted(set(pages)):
        for number, (_, body) in enumerate(BLOCK.findall(page.read_text())):
            flags = re.match(r"\s*// RUN: hip-opt (.*)", body)
            command = [build / "bin/hip-opt", *(flags[1].split() if flags else [])]
            result = subprocess.run(command, input=body, text=True, capture_output=True)
            error = result.stderr.split("\n")[0] if result.returncode else None
            yield f"{page.relative_to(root)} example {number}", error


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


def reference_pages(root, update):
    """docs/reference/*.md are what mlir-tblgen writes from the .td files."""
    for name, (generator, source, title) in REFERENCE.items():
        only = ["-dialect=hip"] if source.startswith("dialect") else []
        text = subprocess.run([TBLGEN, generator, *only, "-I", root,
                               "-I", "/usr/lib/llvm-22/include", root / source],
                              text=True, capture_output=True, check=True).stdout
        # What only the parser of `attr-dict` needs.
        text = re.sub(r' `` custom<Besides>\(ref\(attr-dict\), "\{.*?\}"\)', "", text)
        head, body = text.split("\n", 1)
        text = f"{head}\n\n# {title}\n{body.rstrip()}\n"
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
    results = [*examples(root, build), *links(root), *cases(root), *definitions(root),
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
