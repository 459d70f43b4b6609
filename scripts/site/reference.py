"""The reference of Python and C: a page for each function and class, from docstrings and from capi/hipc.h."""

import sys
from pathlib import Path

import griffe
from mkdocs.structure.files import File

sys.path.insert(0, str(Path(__file__).parent))
import c_header  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
# Title of what each module gives, in the order of the navigation; a module that is not here comes first.
GROUPS = {"_attention": "Attention", "_report": "Attention", "policies": "Policies", "_policy_text": "Policies",
          "tracing": "Score functions", "program": "Programs and engines", "engine": "Programs and engines",
          "errors": "Errors", "torch": "PyTorch", "transformers": "transformers"}
# Groups of many small things, which share a page.
ONE_PAGE = ("Score functions", "Errors")
BESIDE = {"hip_mlir.torch": ("attention", "scaled_dot_product_attention"),
          "hip_mlir.integrations.transformers": ("Config", "register")}


def python_names():
    """[(group, full name, first line of its docstring)] of everything public."""
    package = griffe.load("hip_mlir", search_paths=[ROOT / "python"])
    names = [f"hip_mlir.{name}" for name in package.exports]
    names += [f"{module}.{name}" for module, each in BESIDE.items() for name in each]
    found = []
    for name in names:
        target = package[name.removeprefix("hip_mlir.")]
        target = target.final_target if target.is_alias else target
        group = GROUPS.get(target.parent.name, "Attention")
        found.append((group, name, target.docstring.value.split("\n")[0] if target.docstring else f"`{target.value}`"))
    order = list(dict.fromkeys(GROUPS.values()))
    return sorted(found, key=lambda each: order.index(each[0]))


def page_of(group, name):
    return f"reference/python/{group.lower().replace(' ', '-') if group in ONE_PAGE else name}.md"


def table(rows):
    return "| name | what |\n| --- | --- |\n" + "".join(f"| {name} | {what} |\n" for name, what in rows)


def python_pages():
    """{path: text}; the first is the overview."""
    names = python_names()
    pages = {"reference/python/index.md": "# hip_mlir\n\n" + "\n".join(
        f"## {group}\n\n" + table((f"`{name}`", what) for g, name, what in names if g == group)
        for group in dict.fromkeys(group for group, *_ in names))}
    for group, name, _ in names:
        path = page_of(group, name)
        level = 2 if group in ONE_PAGE else 1
        head = f"# {group}\n" if group in ONE_PAGE and path not in pages else ""
        pages[path] = pages.get(path, head) + f"\n::: {name}\n    options: {{heading_level: {level}}}\n"
    return pages


def c_pages():
    """{path: text}; the first is the overview."""
    header = (ROOT / "capi/hipc.h").read_text()
    found = c_header.declarations(header)
    sections = dict.fromkeys(each.section for each in found)
    overview = "\n".join(f"## {section}\n\n" + table(
        (f"`{each.name}`", each.comment.replace("\n", " ").split(". ")[0].rstrip(".") + ".")
        for each in found if each.section == section) for section in sections)
    pages = {"reference/c/index.md": f"# hipc.h\n\n{c_header.introduction(header)}\n\n{overview}"}
    for each in found:
        pages[f"reference/c/{each.name}.md"] = f"# {each.name}\n\n```c\n{each.code}\n```\n\n{each.comment}\n"
    return pages


def nav_of(pages):
    """Entries of the navigation: the overview, then the pages by group."""
    return [{"Overview" if path.endswith("index.md") else text.lstrip().split("\n")[0].lstrip("#: "): path}
            for path, text in pages.items()]


def fill(entries, navs):
    """Puts the pages in place of the names of their folders."""
    for entry in entries:
        for title, value in entry.items():
            if isinstance(value, list):
                fill(value, navs)
            elif value in navs:
                entry[title] = navs[value]


def on_config(config):
    config.reference_pages = {"reference/python": python_pages(), "reference/c": c_pages()}
    fill(config.nav, {folder: nav_of(pages) for folder, pages in config.reference_pages.items()})
    return config


def on_files(files, config):
    for pages in config.reference_pages.values():
        for path, text in pages.items():
            files.append(File.generated(config, path, content=text))
    return files
