"""The committed stamp `.modular.json`: from what each generated file of the workspace was made, all by content.

Times of files say nothing: a clone gives every file the same, a checkout gives an old file a new one.
"""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from porting.errors import CannotRun
from porting.modular.files import read


NAME = ".modular.json"
SCHEMA = 1
_NEXT = f"restore it with `git checkout HEAD -- {NAME}`, then run `make modular`"


@dataclass
class Entry:
    """What is known about one modular file and the files that were made from it. Paths are relative to the workspace.

    `sources` and `generated` map a path to the sha256 of the file's bytes; `sources` holds the modular file itself and
    what it takes from other models of the workspace. `started` is the sha256 of the modular file as `make start` wrote
    it, None if a person did.
    """

    sources: dict[str, str] = field(default_factory=dict)
    generated: dict[str, str] = field(default_factory=dict)
    transformers: str = ""
    expander: str = ""
    started: str | None = None

    def __post_init__(self) -> None:
        for hashes in (self.sources, self.generated):
            if not isinstance(hashes, dict) or not all(isinstance(value, str) for value in hashes.values()):
                raise TypeError("sources and generated are mappings of paths to hashes")


@dataclass
class Stamp:
    """The entries by the path of their modular file, relative to the workspace and with forward slashes."""

    entries: dict[str, Entry] = field(default_factory=dict)

    def owner(self, path: str) -> str | None:
        """The modular file that a file was generated from, None if it was not generated."""
        return next((modular for modular, entry in self.entries.items() if path in entry.generated), None)

    def text(self) -> str:
        """The file's text: sorted, one fact a line, so that git merges it."""
        files = {
            modular: {
                "transformers": entry.transformers,
                "expander": entry.expander,
                **({"started": entry.started} if entry.started else {}),
                "sources": dict(sorted(entry.sources.items())),
                "generated": dict(sorted(entry.generated.items())),
            }
            for modular, entry in sorted(self.entries.items())
        }
        return json.dumps({"schema": SCHEMA, "modular_files": files}, indent=2, ensure_ascii=False) + "\n"


def read_stamp(root: Path) -> Stamp:
    """The stamp of the workspace at `root`; one without entries if there is none. Raises CannotRun."""
    try:
        content = json.loads((root / NAME).read_text(encoding="utf-8"))
        schema = content["schema"]
        files = content["modular_files"].items() if schema == SCHEMA else ()
        entries = {modular: Entry(**entry) for modular, entry in files}
    except FileNotFoundError:
        return Stamp()
    except json.JSONDecodeError as error:
        raise CannotRun(f"{NAME}:{error.lineno} is not JSON ({error.msg}); {_NEXT}") from None
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError):
        raise CannotRun(f"{NAME} is not what `make modular` writes; {_NEXT}") from None
    if schema != SCHEMA:
        raise CannotRun(f"{NAME} has schema {schema}, these tools know {SCHEMA}; run `make update`")
    return Stamp(entries)


def sha256(content: bytes | Path) -> str:
    """The sha256 of bytes, or of what a file holds."""
    return hashlib.sha256(read(content) if isinstance(content, Path) else content).hexdigest()


def relative(root: Path, path: Path) -> str:
    """How the stamp names a file of the workspace."""
    return path.relative_to(root).as_posix()
