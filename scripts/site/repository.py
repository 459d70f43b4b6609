"""Pages of the site that are files elsewhere in the repository, and links to them.

Pages link to files outside docs/ by relative paths, as GitHub wants them. On the site such a file is a page of its
own below source/, so that no link leads out of it; README.md is the front page.
"""

import posixpath
import re
import subprocess
from pathlib import Path

from mkdocs.structure.files import File
from mkdocs.utils import get_relative_url

ROOT = Path(__file__).resolve().parents[2]
# Relative targets of links, and of images in HTML.
LINK = re.compile(r"(\]\(|src=\"|srcset=\")(?!\w+:|#|/)([^)#\s\"]+)")
IMAGES = (".svg", ".png")
LANGUAGES = {".py": "python", ".h": "cpp", ".hpp": "cpp", ".cpp": "cpp", ".c": "c", ".sh": "sh", ".json": "json"}
NO_SEARCH = "---\nsearch: {exclude: true}\nhide: [toc]\n---\n"


def site_path(path):
    """The page, or image, that a path of the repository has on the site."""
    if path == "README.md":
        return "index.md"
    if path.startswith("docs/") and path.endswith((".md", *IMAGES)):
        return path.removeprefix("docs/")
    return f"source/{path}" if path.endswith((".md", *IMAGES)) else f"source/{path}.md"


def tracked(folder):
    """Files in a folder of the repository, relative to it."""
    return subprocess.run(["git", "ls-files"], cwd=ROOT / folder, text=True, capture_output=True,
                          check=True).stdout.split()


def shown(path):
    """The text of the page of a file or folder."""
    file = ROOT / path
    if file.is_dir():
        return f"{NO_SEARCH}# {path}\n\n" + "".join(f"- [{name}]({name})\n" for name in tracked(path))
    if path.endswith(".md"):
        return file.read_text()
    try:
        text = file.read_text()
    except UnicodeDecodeError:
        text = f"{file.stat().st_size} bytes, not text\n"
    return f"{NO_SEARCH}# {path}\n\n~~~~{LANGUAGES.get(file.suffix, 'text')}\n{text}~~~~\n"


def targets(path, text):
    """Paths in the repository that the page of a file or folder links to."""
    base = path if (ROOT / path).is_dir() else posixpath.dirname(path)
    return {target: posixpath.normpath(posixpath.join(base, target)) for _, target in LINK.findall(text)}


def on_files(files, config):
    """Adds what pages link to, and what these link to if they are Markdown or folders."""
    todo = ["README.md", *(f"docs/{file.src_uri}" for file in files)]
    seen = set()
    while todo:
        path = todo.pop()
        if path in seen or not (ROOT / path).exists():
            continue
        seen.add(path)
        image = path.endswith(IMAGES)
        text = "" if image else shown(path)
        if not files.get_file_from_path(site_path(path)):
            content = {"abs_src_path": str(ROOT / path)} if image else {"content": text}
            files.append(File.generated(config, site_path(path), **content))
        if path.endswith(".md") or (ROOT / path).is_dir():
            todo += targets(path, text).values()
    config.repository = {site_path(path): path for path in seen}
    return files


def on_page_markdown(markdown, page, config, files):
    here = page.file.src_uri
    if here not in config.repository:
        return markdown
    places = targets(config.repository[here], markdown)

    def moved(match):
        place = places[match[2]]
        if not (ROOT / place).exists():
            return match[0]  # which mkdocs then reports
        if match[1] != "](":  # mkdocs leaves HTML as it is
            return match[1] + get_relative_url(files.get_file_from_path(site_path(place)).url, page.url)
        return match[1] + posixpath.relpath(site_path(place), posixpath.dirname(here) or ".")
    return LINK.sub(moved, markdown)
