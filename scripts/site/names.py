"""Names in code style, such as `hip_mlir.attention`, lead to their pages of the reference."""

import re

from mkdocs.utils import get_relative_url

# Code outside links and headings; group 2 is a name, which a call's arguments may follow.
CODE = re.compile(r"<(a|h\d)\b.*?</\1>|<code>((?:hip_mlir|hip[.-]|[#!]hip\.|hipc_)[\w.-]*)((?:[(&][^<]*)?)</code>", re.S)
HEADING = re.compile(r"^## `([^`]+)`$", re.M)


def reference_names(files, config):
    """{name: address of its place}, relative to the site."""
    names = {}
    for page in ("ops", "attributes", "types", "passes"):
        file = files.get_file_from_path(f"reference/{page}.md")
        for name in HEADING.findall(file.content_string):
            names[name] = f"{file.url}#{re.sub(r'[^a-z0-9_-]', '', name.lower())}"
    for path, text in config.reference_pages["reference/python"].items():
        url = files.get_file_from_path(path).url
        names |= {name: f"{url}#{name}" for name in re.findall(r"^::: (\S+)", text, re.M)}
    for path in config.reference_pages["reference/c"]:
        names[path.split("/")[-1].removesuffix(".md")] = files.get_file_from_path(path).url
    return names


def on_nav(nav, config, files):
    config.reference_names = reference_names(files, config)


def on_page_content(html, page, config, files):
    def linked(match):
        url = config.reference_names.get(match[2])
        if not url or url.split("#")[0] == page.url:
            return match[0]
        return f'<a href="{get_relative_url(url, page.url)}">{match[0]}</a>'
    return CODE.sub(linked, html)
