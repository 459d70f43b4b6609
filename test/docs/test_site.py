"""The site builds without a warning, its links lead somewhere, and everything public has a page."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import griffe
import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "scripts/site"))
import c_header  # noqa: E402


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run([sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder], cwd=ROOT,
                          env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    return folder


class Page(HTMLParser):
    """The anchors of a page, and where it links to."""

    def __init__(self, text):
        super().__init__()
        self.anchors, self.links, self.loads = {""}, set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.anchors |= {attributes[key] for key in ("id", "name") if attributes.get(key)}
        if tag == "a" and attributes.get("href"):
            self.links.add(attributes["href"])
        if tag in ("script", "img", "link") and attributes.get("rel") not in ("canonical", "next", "prev"):
            self.loads |= {attributes[key] for key in ("src", "href") if attributes.get(key)}


@pytest.fixture(scope="module")
def pages(site):
    return {path: Page(path.read_text()) for path in site.rglob("*.html") if path.name != "404.html"}


def test_links(pages):
    broken = []
    for path, page in pages.items():
        for link in page.links | page.loads:
            parts = urlsplit(link)
            if parts.scheme:
                continue
            place = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            place = place / "index.html" if place.is_dir() else place
            anchors = pages[place].anchors if place in pages else {""}
            if not place.exists() or unquote(parts.fragment) not in anchors:
                broken.append((str(path), link))
    assert broken == []


def test_nothing_is_loaded_from_elsewhere(pages):
    assert {link for page in pages.values() for link in page.loads if urlsplit(link).scheme} == set()


def test_all_of_python_has_a_place(pages):
    anchors = {anchor for page in pages.values() for anchor in page.anchors}
    names = griffe.load("hip_mlir", search_paths=[ROOT / "python"]).exports
    assert {f"hip_mlir.{name}" for name in names} <= anchors


def test_all_of_c_has_a_page_with_words(site):
    header = (ROOT / "capi/hipc.h").read_text()
    found = {each.name: each.comment for each in c_header.declarations(header)}
    assert set(re.findall(r"HIPC_API[^;]*?(hipc_\w+)\(", header)) < set(found)
    assert set(re.findall(r"^\} (hipc_\w+);", header, re.M)) < set(found)
    assert [name for name, comment in found.items() if not comment] == []
    assert [name for name in found if not (site / f"reference/c/{name}/index.html").exists()] == []


def test_names_in_code_style_lead_to_the_reference(site):
    text = (site / "python/index.html").read_text()
    assert '<a href="../reference/python/hip_mlir.Tree/#hip_mlir.Tree"><code>hip_mlir.Tree(keep=512)</code></a>' in text
