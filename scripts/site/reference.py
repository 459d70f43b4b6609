"""The reference of Python and C: a page for each function and class, from docstrings and from capi/hipc.h."""

import sys
from pathlib import Path

import griffe
from mkdocs.structure.files import File

sys.path.insert(0, str(Path(__file__).parent))
import c_header  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
# Title of what each module gives, in the order of the navigation; a module that is not here comes first.
GROUPS = {"_attention": "Attention", "_report": "Attention", "_summaries": "Attention",
          "_paged_summaries": "Attention", "policies": "Policies", "_policy_text": "Policies", "tracing": "Score functions", "_score_mods": "Score functions",
          "_tables": "Score functions", "program": "Programs and engines", "engine": "Programs and engines",
          "errors": "Errors", "torch": "PyTorch", "transformers": "transformers",
          "_config": "transformers", "_continuous": "transformers"}
# Groups of many small things, which share a page.
ONE_PAGE = ("Score functions", "Errors")
BESIDE = {"hip_mlir.torch": ("attention", "scaled_dot_product_attention"),
          "hip_mlir.integrations.transformers": ("Config", "register", "serving")}


def python_names():
    """[(group, full name, first line of its docstring)] of everything public, functions before classes."""
    package = griffe.load("hip_mlir", search_paths=[ROOT / "python"])
    names = [f"hip_mlir.{name}" for name in package.exports]
    names += [f"{module}.{name}" for module, each in BESIDE.items() for name in each]
    order, found = list(dict.fromkeys(GROUPS.values())), []
    for name in names:
        target = package[name.removeprefix("hip_mlir.")]
        target = target.final_target if target.is_alias else target
        group = GROUPS.get(target.parent.name, order[0])
        what = target.docstring.value.split("\n")[0] if target.docstring else f"`{target.value}`"
        found.append((order.index(group), target.is_class, group, name, what))
    return [each[2:] for each in sorted(found, key=lambda each: each[:2])]


def overview(title, words, groups):
    """A page with a table for each group of [(name, what)]."""
    tables = (f"## {group}\n\n| name | what |\n| --- | --- |\n" +
              "".join(f"| `{name}` | {what} |\n" for name, what in rows) for group, rows in groups.items())
    return "\n".join((f"# {title}\n", words, *tables))


def by_group(rows):
    """{group: [the rest]} of rows that begin with a group."""
    groups = {}
    for group, *rest in rows:
        groups.setdefault(group, []).append(rest)
    return groups


def python_pages():
    """{group: {path: (title, text)}}; the group "" is the overview."""
    groups = by_group(python_names())
    pages = {"": {"reference/python/index.md": ("Overview", overview("hip_mlir", "", groups))}}
    for group, rows in groups.items():
        if group in ONE_PAGE:
            parts = (f"::: {name}\n    options: {{heading_level: 2}}\n" for name, _ in rows)
            path = f"reference/python/{group.lower().replace(' ', '-')}.md"
            pages[group] = {path: (group, "\n".join((f"# {group}\n", *parts)))}
        else:
            pages[group] = {f"reference/python/{name}.md": (name.split(".")[-1], f"::: {name}\n") for name, _ in rows}
    return pages


def c_pages():
    """The same of capi/hipc.h."""
    header = (ROOT / "capi/hipc.h").read_text()
    found = c_header.declarations(header)
    rows = by_group((each.section, each.name, each.comment.replace("\n", " ").split(". ")[0].rstrip(".") + ".")
                    for each in found)
    pages = {"": {"reference/c/index.md": ("Overview", overview("hipc.h", c_header.introduction(header) + "\n", rows))}}
    for each in found:
        text = f"# {each.name}\n\n```c\n{each.code}\n```\n\n{each.comment}\n"
        pages.setdefault(each.section, {})[f"reference/c/{each.name}.md"] = each.name, text
    return pages


def nav_of(groups):
    """Entries of the navigation, a section a group unless it is one page."""
    entries = []
    for group, pages in groups.items():
        links = [{title: path} for path, (title, _) in pages.items()]
        entries += links if len(links) == 1 else [{group: links}]
    return entries


def fill(entries, navs):
    """Puts the pages in place of the names of their folders."""
    for entry in entries:
        for title, value in entry.items():
            if isinstance(value, list):
                fill(value, navs)
            elif value in navs:
                entry[title] = navs[value]


def on_config(config):
    made = {"reference/python": python_pages(), "reference/c": c_pages()}
    fill(config.nav, {folder: nav_of(groups) for folder, groups in made.items()})
    config.reference_pages = {path: text for groups in made.values() for pages in groups.values()
                              for path, (_, text) in pages.items()}
    return config


def on_files(files, config):
    for path, text in config.reference_pages.items():
        files.append(File.generated(config, path, content=text))
    return files
