"""What has passed on a GPU, for a run that goes on where another was cut off."""

import json


class Journal:
    """A file with a line for each configuration that passed: KEY NAME JSON. Lines of another KEY are of
    other tools or tests."""

    def __init__(self, path, key):
        self.path, self.prefix = path, f"{key} configuration "

    def read(self):
        if not self.path or not self.path.exists():
            return {}
        lines = [line.removeprefix(self.prefix).split(" ", 1)
                 for line in self.path.read_text().splitlines() if line.startswith(self.prefix)]
        return {name: json.loads(entry) for name, entry in lines}

    def add(self, name, entry):
        if self.path:
            with self.path.open("a") as file:
                file.write(f"{self.prefix}{name} {json.dumps(entry)}\n")
