"""The one way in which an expansion fails."""

from pathlib import Path


class ModularError(Exception):
    """A modular file that cannot be expanded; prints as one line: file, line, what is wrong, what to do."""

    def __init__(self, path: Path, line: int, message: str):
        self.path, self.line, self.message = path, line, " ".join(message.split())
        super().__init__(f"{path.name}:{line}: {self.message}")


class Refused(Exception):
    """Something that a definition asks for and cannot have; `word` finds its line in the modular file.

    Raised where the file is out of sight; `expansion` makes a ModularError of it.
    """

    def __init__(self, message: str, word: str = ""):
        self.message, self.word = message, word
        super().__init__(message)


def unforeseen(what: str, error: Exception) -> str:
    """What is said where an expansion fails for a reason that nobody thought of."""
    return f"{what} cannot be expanded ({type(error).__name__}: {error}): leave parts out until it can, and report it"
