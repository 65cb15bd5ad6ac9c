"""Reads GUIDE.md: its to-do list, its steps, the teacher's places and its code blocks.

The guide belongs to people: they tick, move and rewrite things, and `copier update` merges into it. What is read here
is held by HTML comments (`<!-- todo: ID -->`, `<!-- slot: NAME -->`) and by headings, and tolerates the rest.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from porting.errors import CannotRun


TODO_IDS = (
    "theory",
    "environment",
    "original-environment",
    "original-forward",
    "conversion",
    "parity",
    "model-tests",
    "tokenizer",
    "docs",
    "weights",
    "pull-request",
    "notebook",
)

# As long as a slot holds this line, nobody has confirmed or replaced what the template put there.
UNCONFIRMED = "Not confirmed yet"

_BOX = re.compile(r"^\s*[-*+]\s+\[(?P<mark>.)\]\s+(?P<text>.*)$")
_TODO = re.compile(r"<!--\s*todo:\s*(?P<id>[\w-]+)\s*-->")
_LINK = re.compile(r"\[([^\]]*)\]\(([^)]*)\)")
_FENCE = re.compile(r"^(?P<indent> {0,3})(?P<fence>`{3,}|~{3,})\s*(?P<info>[^`]*)$")
_HEADING = re.compile(r"^(?P<level>#{1,6})\s+(?P<title>.*?)\s*#*$")
_CONFLICT = re.compile(r"^(<{7}|>{7}) ")


@dataclass(frozen=True)
class Todo:
    """A box of the to-do list. `id` is None for a box the porter added; `anchors` are the sections it links to."""

    id: str | None
    text: str
    done: bool
    line: int
    anchors: tuple[str, ...]


@dataclass(frozen=True)
class Slot:
    """One of the teacher's places: unconfirmed as long as it says so itself."""

    name: str
    line: int
    text: str

    @property
    def confirmed(self) -> bool:
        return UNCONFIRMED not in self.text


@dataclass(frozen=True)
class Block:
    """A fenced code block: its language, the further words behind it, its text and its first line's number."""

    language: str
    flags: frozenset[str]
    code: str
    line: int


@dataclass(frozen=True)
class Section:
    """A heading and what follows up to the next heading of its level or above."""

    title: str
    anchor: str
    level: int
    line: int
    blocks: tuple[Block, ...]

    @property
    def last_command(self) -> Block | None:
        """What ends the step: the last block of the section that is marked `end`."""
        return next((block for block in reversed(self.blocks) if "end" in block.flags), None)


class Guide:
    """The parts of a guide, from its text."""

    def __init__(self, text: str):
        self.lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self.blocks = self._read_blocks()
        self._coded = {
            number
            for block in self.blocks
            for number in range(block.line - 1, block.line + block.code.count("\n") + 1)
        }
        self.todos = self._read_todos()
        self.slots = self._read_slots()
        self.sections = self._read_sections()

    def section(self, anchor: str) -> Section | None:
        return next((section for section in self.sections if section.anchor == anchor), None)

    @property
    def missing_todos(self) -> list[str]:
        """The ids of the template's to-do items that the list no longer holds."""
        present = {todo.id for todo in self.todos}
        return [name for name in TODO_IDS if name not in present]

    def _prose(self):
        """The lines outside code blocks, as (number, line)."""
        return ((number, line) for number, line in enumerate(self.lines, 1) if number not in self._coded)

    def _read_blocks(self) -> tuple[Block, ...]:
        blocks, opened = [], None
        for number, line in enumerate(self.lines, 1):
            fence = _FENCE.match(line)
            if opened is None:
                if fence:
                    opened = (fence["fence"], fence["info"].split(), number, len(fence["indent"]))
            elif fence and not fence["info"].strip() and fence["fence"].startswith(opened[0]):
                _, words, start, indent = opened
                inside = self.lines[start : number - 1]
                code = "".join(f"{line[min(indent, len(line) - len(line.lstrip())) :]}\n" for line in inside)
                blocks.append(Block(words[0] if words else "", frozenset(words[1:]), code, start + 1))
                opened = None
        return tuple(blocks)

    def _read_todos(self) -> tuple[Todo, ...]:
        todos = []
        for number, line in self._prose():
            box = _BOX.match(line)
            if not box:
                continue
            name = _TODO.search(box["text"])
            text = box["text"][: name.start()] if name else box["text"]
            text = " ".join(_LINK.sub(r"\1", text).split())
            anchors = tuple(target[1:] for _, target in _LINK.findall(box["text"]) if target.startswith("#"))
            todos.append(Todo(name["id"] if name else None, text, box["mark"] in "xX", number, anchors))
        return tuple(todos)

    def _read_slots(self) -> tuple[Slot, ...]:
        slots, opened = [], None
        for number, line in enumerate(self.lines, 1):
            mark = re.match(r"^<!--\s*(/?)slot:\s*(\w+)\s*-->\s*$", line)
            if mark and not mark[1]:
                opened = (mark[2], number)
            elif mark and opened and mark[2] == opened[0]:
                slots.append(Slot(opened[0], opened[1], "\n".join(self.lines[opened[1] : number - 1])))
                opened = None
        return tuple(slots)

    def _read_sections(self) -> tuple[Section, ...]:
        headings = [(number, match) for number, line in self._prose() if (match := _HEADING.match(line))]
        sections, taken = [], {}
        for index, (number, match) in enumerate(headings):
            level = len(match["level"])
            end = next((n for n, later in headings[index + 1 :] if len(later["level"]) <= level), len(self.lines) + 1)
            inside = tuple(block for block in self.blocks if number < block.line < end)
            anchor = slug(match["title"])
            taken[anchor] = taken.get(anchor, -1) + 1
            anchor = f"{anchor}-{taken[anchor]}" if taken[anchor] else anchor
            sections.append(Section(match["title"], anchor, level, number, inside))
        return tuple(sections)


def slug(title: str) -> str:
    """The anchor GitHub gives a heading: lower case, no punctuation, hyphens for spaces."""
    title = _LINK.sub(r"\1", title).strip().lower()
    return re.sub(r"[^\w\- ]", "", title).replace(" ", "-")


def read_guide(path: Path) -> Guide:
    """Read the guide at `path`. Raises CannotRun, in one line, if it cannot be read or has lost its to-do list."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise CannotRun(f"{path.name} is missing; restore it with `git checkout -- {path.name}`") from None
    except UnicodeDecodeError as error:
        raise CannotRun(f"{path.name} is not UTF-8 (byte {error.start}); save it as UTF-8") from None
    guide = Guide(text)
    for number, line in enumerate(guide.lines, 1):
        if _CONFLICT.match(line):
            raise CannotRun(f"{path.name}:{number} is a merge conflict; resolve it first")
    if not any(todo.id for todo in guide.todos):
        raise CannotRun(
            f"{path.name} has lost its to-do list (lines like `- [ ] ... <!-- todo: {TODO_IDS[0]} -->`); "
            f"restore it with `git checkout -- {path.name}`"
        )
    return guide
