"""Names in code style, such as `hip_mlir.attention`, lead to the reference, numbers such as S5 to the rules."""

import re

from mkdocs.utils import get_relative_url

# A name in code style, which a call's arguments may follow; what is left as it is; the number of a rule.
TOKEN = re.compile(r"<code>((?:hip_mlir|hip[.-]|[#!]hip\.|hipc_)[\w.-]*)(?:[(&][^<]*)?</code>"
                   r"|<(a|h\d|pre|code)\b.*?</\2>|<[^>]*>|\b(S\d{1,2}[b-d]?)\b", re.S)
HEADING = re.compile(r"^## `([^`]+)`$", re.M)
RULE = re.compile(r"^- \*\*(S\d+[b-d]?)\*\* ", re.M)
RULES = "semantics.md"


def places(files, config):
    """{name or rule: address of its place}, relative to the site."""
    found = {}
    for page in ("ops", "attributes", "types", "passes"):
        file = files.get_file_from_path(f"reference/{page}.md")
        for name in HEADING.findall(file.content_string):
            found[name] = f"{file.url}#{re.sub(r'[^a-z0-9_-]', '', name.lower())}"
    for path, text in config.reference_pages.items():
        url = files.get_file_from_path(path).url
        found |= {name: f"{url}#{name}" for name in re.findall(r"^::: (\S+)", text, re.M)}
        if path.startswith("reference/c/"):
            found[path.split("/")[-1].removesuffix(".md")] = url
    rules = files.get_file_from_path(RULES)
    return found | {rule: f"{rules.url}#{rule.lower()}" for rule in RULE.findall(rules.content_string)}


def on_nav(nav, config, files):
    config.places = places(files, config)


def on_page_markdown(markdown, page, config, files):
    if page.file.src_uri == RULES:
        return RULE.sub(lambda rule: f'- <strong id="{rule[1].lower()}">{rule[1]}</strong> ', markdown)
    return markdown


def on_page_content(html, page, config, files):
    def linked(match):
        url = config.places.get(match[1] or match[3])
        if not url or url.split("#")[0] == page.url and match[1]:
            return match[0]
        return f'<a href="{get_relative_url(url, page.url)}">{match[0]}</a>'
    return TOKEN.sub(linked, html)
