"""What is wrong with a modular file, in one line."""

from pathlib import Path


class ModularError(Exception):
    """A modular file that cannot be expanded: where, and what to do. `str()` is the line to print."""

    def __init__(self, path: Path, line: int, message: str):
        super().__init__(f"{Path(path).name}:{line}: {message}")
        self.path, self.line, self.message = Path(path), line, message
