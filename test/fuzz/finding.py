"""What a fuzzer found: a command that shows it, the files it reads, and the least of them that still do."""

import time
from dataclasses import dataclass
from pathlib import Path

from process import fault, run

MINIMIZE_SECONDS = 60


@dataclass
class Finding:
    """`command` has `{NAME}` where a file of `files` is read."""

    fuzzer: str
    kind: str
    command: list
    files: dict
    output: str = ""

    def words(self, folder):
        names = {"{%s}" % name: str(folder / name) for name in self.files}
        return [names.get(str(word), str(word)) for word in self.command]

    def write(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in self.files.items():
            (folder / name).write_bytes(data)

    def run(self, folder):
        self.write(folder)
        return run(self.words(folder))

    def shows(self, folder):
        """Whether the command still fails as it did."""
        name = fault(self.run(folder))
        return name is not None and self.kind.startswith(name)


def minimize(finding, folder):
    """Takes lines away from every text while the fault stays the same."""
    deadline = time.monotonic() + MINIMIZE_SECONDS
    for name in [name for name in finding.files if name.endswith(".mlir")]:
        lines = finding.files[name].decode(errors="surrogateescape").split("\n")
        size = len(lines) // 2
        while size and time.monotonic() < deadline:
            lines = _without(finding, folder, name, lines, size, deadline)
            size //= 2
        finding.files[name] = "\n".join(lines).encode(errors="surrogateescape")
    return finding


def _without(finding, folder, name, lines, size, deadline):
    at = 0
    while at < len(lines) and time.monotonic() < deadline:
        shorter = lines[:at] + lines[at + size:]
        files = {**finding.files, name: "\n".join(shorter).encode(errors="surrogateescape")}
        if Finding(finding.fuzzer, finding.kind, finding.command, files).shows(folder):
            lines = shorter
        else:
            at += size
    return lines
