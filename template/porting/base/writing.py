"""Write what `make start` made into the workspace, with its stamp: all of it or nothing."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from porting.base.parent import Parent
from porting.errors import CannotRun
from porting.modular import EXPANDER
from porting.modular.files import replace_all
from porting.modular.sources import installed_transformers
from porting.modular.stamp import NAME, Entry, Stamp, read_stamp, relative, sha256
from porting.standin import files as standin
from porting.test_files import doc_page
from porting.workspace import Workspace


@dataclass(frozen=True)
class Started:
    """What start would write: file name -> text, for the model's directory.

    `generated` follows from `modular`; `companions` are what the generated files import besides. `tests` is the text of
    the test file, None for a kind that has none; `standin` has those of the stand-in, by their paths from the root.
    """

    parent: Parent
    modular: str
    init: str
    generated: dict[str, str]
    companions: dict[str, str]
    tests: str | None = None
    standin: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Replaced:
    """What an earlier start wrote: its modular file, and the rest if that can still be told."""

    modular: str
    tests: str | None
    standin: dict[str, str]


def modular_path(workspace: Workspace) -> Path:
    return workspace.model_dir / f"modular_{workspace.model_type}.py"


def tests_path(workspace: Workspace) -> Path:
    return workspace.test_dir / f"test_modeling_{workspace.model_type}.py"


def write(
    workspace: Workspace,
    started: Started,
    init: bool = True,
    stale: list[str] = (),
    answers: dict[str, str] | None = None,
    replaced: Replaced | None = None,
) -> None:
    """Write a start with its stamp, all or nothing. `stale` are files to remove unless they are written again.

    `__init__.py` and the test file are written where there is none, or where the one that is there is `replaced`.
    Raises CannotRun if the disk does not take them.
    """
    folder, root = workspace.model_dir, workspace.root
    modular = modular_path(workspace)
    _, release = installed_transformers()
    contents: dict[Path, bytes | None] = {root / path: None for path in stale}
    contents[modular] = started.modular.encode()
    contents |= {folder / name: text.encode() for name, text in started.generated.items()}
    once = started.companions | ({"__init__.py": started.init} if init else {})
    contents |= {folder / name: text.encode() for name, text in once.items() if not (folder / name).is_file()}
    contents |= _beside_the_model(workspace, started, replaced)
    stamp: Stamp = read_stamp(root)
    stamp.entries[relative(root, modular)] = Entry(
        sources={relative(root, modular): sha256(started.modular.encode())},
        generated={relative(root, folder / name): sha256(text.encode()) for name, text in started.generated.items()},
        transformers=release,
        expander=EXPANDER,
        started=sha256(started.modular.encode()),
    )
    contents[root / NAME] = stamp.text().encode()
    if answers:
        source = root / ".copier-answers.yml"
        contents[source] = with_answers(source.read_text(encoding="utf-8"), answers).encode()
    try:
        replace_all(contents)
    except OSError as error:
        raise CannotRun(f"the port could not be started: {error.strerror}; nothing is half-written") from None
    made = ", ".join(sorted(started.generated))
    print(
        f"{modular.name} is written, {len(started.modular.splitlines())} lines over {started.parent.model_type}; "
        f"from it {made}"
    )


def _beside_the_model(workspace: Workspace, started: Started, replaced: Replaced | None) -> dict[Path, bytes | None]:
    """The test file, the stand-in with its rules, and the doc page with a section for each public class."""
    contents: dict[Path, bytes | None] = {}
    tests = tests_path(workspace)
    if started.tests is not None and (not tests.is_file() or text_of(tests) == (replaced and replaced.tests)):
        contents[tests] = started.tests.encode()
    elif replaced:
        print(f"{tests.name} is left as it is: it is no longer what start wrote, or start writes none for this model")
    contents |= _standin(workspace, started, replaced)
    page = workspace.doc_page
    if page.is_file():
        text = doc_page.with_sections(text_of(page), started.modular, replaced.modular if replaced else None)
        if text != text_of(page):
            contents[page] = text.encode()
    return contents


def _standin(workspace: Workspace, started: Started, replaced: Replaced | None) -> dict[Path, bytes | None]:
    """The stand-in with its rules, where they are missing or what an earlier start wrote; the two stay together."""
    root, before = workspace.root, replaced.standin if replaced else {}
    there = [place for place in (standin.STANDIN, standin.RULES) if (root / place).is_file()]
    if not started.standin:
        return {}
    if any(text_of(root / place) != before.get(place) for place in there):
        print(f"{' and '.join(there)} stay as they are: they are not what start wrote")
        return {}
    contents = {root / place: text.encode() for place, text in started.standin.items()}
    gone = {root / place: None for place in there if place not in started.standin}
    checkpoint = root / "original" / "checkpoint"  # that of the stand-in before
    old = {path: None for path in (checkpoint / "weights.pt", checkpoint / "hparams.json") if there and path.is_file()}
    return contents | gone | old


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def with_answers(text: str, answers: dict[str, str]) -> str:
    """The text of an answers file with other plain answers in the place of the old ones, or behind them."""
    for key, value in answers.items():
        line = f"{key}: {json.dumps(value)}\n" if not re.fullmatch(r"[a-z][\w-]*", value) else f"{key}: {value}\n"
        text, count = re.subn(rf'^"?{key}"?:.*\n(?:[ \t].*\n)*', line, text, count=1, flags=re.MULTILINE)
        if not count:
            text = text.rstrip("\n") + "\n" + line
    return text
