"""A porter's hand: edits of a workspace, on purpose and at random, and a ledger of what no update may lose."""

import random
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import migrate
from ownership import files, is_owned


ANSWERS = ".copier-answers.yml"
NEW_PATH = {renamed.old: renamed.new for renamed in migrate.RENAMED_FILES}


def git(path: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=porter", "-c", "user.email=porter@example.org", "-c", "core.autocrlf=false"]
    done = subprocess.run(["git", *identity, *arguments], cwd=path, check=True, stdout=subprocess.PIPE)
    return done.stdout.decode()


def commit(path: Path, message: str = "under way") -> None:
    if not (path / ".git").exists():
        git(path, "init", "-q")
    git(path, "add", "-A")
    git(path, "commit", "-q", "--allow-empty", "-m", message)


@dataclass
class Ledger:
    """What the porter did, by path: bytes that must stay as they are, paths that must stay away, lines to be kept."""

    same: dict[str, bytes] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    lines: dict[str, list[bytes]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many lines an update could lose."""
        return sum(content.count(b"\n") + 1 for content in self.same.values()) + sum(map(len, self.lines.values()))

    def losses(self, path: Path) -> list[str]:
        """What is not as it has to be in the workspace after an update."""
        found = [f"{name} has changed" for name, content in self.same.items() if read(path / name) != content]
        found += [f"{name} is back" for name in self.gone if (path / NEW_PATH.get(name, name)).exists()]
        for name, lines in self.lines.items():
            kept = (read(path / name) or b"") + b"\n" + (read(path / NEW_PATH.get(name, name)) or b"")
            kept = set(kept.splitlines())
            found += [f"{name} has lost {line!r}" for line in lines if line not in kept]
        return found


def read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def reported(path: Path) -> list[str]:
    """What an update left in a workspace without telling git: markers in files that count as merged, rejected hunks."""
    unmerged = set(git(path, "diff", "--name-only", "--diff-filter=U").split("\n"))
    found = [f"{name} is a rejected hunk" for name in files(path) if name.endswith(".rej")]
    for name in files(path):
        marked = re.search(rb"^(<{7}|>{7}) (before|after) updating$", (path / name).read_bytes(), re.MULTILINE)
        if marked and name not in unmerged:
            found.append(f"{name} has a conflict that git does not know of")
    return found


class Porter:
    """Edits the workspace at `path`, and keeps the ledger."""

    def __init__(self, path: Path, model_type: str, seed: int = 0):
        self.path = path
        self.random = random.Random(seed)
        self.ledger = Ledger()
        self.count = 0
        names = [name for name in files(path) if name != ANSWERS]
        self.owned = [name for name in names if is_owned(name, model_type)]
        self.managed = [name for name in names if not is_owned(name, model_type)]

    def counts(self) -> tuple[int, ...]:
        """Files: owned and edited, managed and edited, added, deleted; and lines that an update could lose."""
        ledger = self.ledger
        owned = len(set(self.owned) & set(ledger.same))
        return owned, len(ledger.lines), len(ledger.same) - owned, len(ledger.gone), ledger.size

    def unique(self) -> bytes:
        self.count += 1
        return b"# line %d of the porter %08x" % (self.count, self.random.getrandbits(32))

    def edit_everything(self) -> None:
        """Every owned file edited, one deleted; slots and boxes of the guide; managed files; files of one's own."""
        for name in self.owned[1:]:
            if name.startswith("tests/fixtures/"):  # a vocabulary, which takes no comments
                self.change(name, self.lines(name) + [b""] * name.endswith(".json"), [])
            else:
                self.append(name)
        self.delete(self.owned[0])
        self.fill_in_the_guide()
        self.insert("Makefile")
        for old in NEW_PATH:
            if old in self.managed:
                self.insert(old)
        for name in ("notes.txt", "src/mine.py", "porting/my_tool.py", "tests/test_mine.py", "a folder/ein Bär.md"):
            self.add(name, self.unique() + b"\n")

    def edit_at_random(self, edits: int) -> None:
        """So many random edits, of files that were not deleted before."""
        kinds = [self.append, self.insert, self.replace, self.cut, self.delete, self.rewrite]
        kinds += [self.insert_latin, self.insert_with_carriage_returns]
        for _ in range(edits):
            kind = self.random.choice([*kinds, self.add_one, self.add_one, self.fill_in_the_guide])
            if kind in kinds:
                pool = self.owned if self.random.random() < 0.4 else self.managed
                name = self.random.choice([name for name in pool if name not in self.ledger.gone])
                kind(name)
            else:
                kind()

    def change(self, name: str, lines: list[bytes], mine: list[bytes]) -> None:
        content = b"\n".join(lines)
        (self.path / name).write_bytes(content)
        if name in self.managed:
            bare = {line.rstrip(b"\r") for line in lines}
            kept = [line for line in self.ledger.lines.get(name, []) if line in bare]
            self.ledger.lines[name] = kept + [line.rstrip(b"\r") for line in mine]
        else:
            self.ledger.same[name] = content

    def lines(self, name: str) -> list[bytes]:
        return (self.path / name).read_bytes().split(b"\n")

    def append(self, name: str) -> None:
        line = self.unique()
        end = [] if self.random.random() < 0.2 else [b""]  # sometimes no newline at the end
        self.change(name, [*self.lines(name), line, *end], [line])

    def insert(self, name: str) -> None:
        lines, mine = self.lines(name), [self.unique() for _ in range(self.random.randint(1, 4))]
        at = self.random.randint(0, len(lines))
        self.change(name, lines[:at] + mine + lines[at:], mine)

    def insert_latin(self, name: str) -> None:
        """A line that is not UTF-8, in a file that is not merged."""
        if name in self.managed:
            return
        lines, mine = self.lines(name), self.unique() + "é".encode("latin-1")
        at = self.random.randint(0, len(lines))
        self.change(name, lines[:at] + [mine] + lines[at:], [mine])

    def insert_with_carriage_returns(self, name: str) -> None:
        """A line, in a file that an editor has given the line ends of Windows."""
        lines, mine = [line.rstrip(b"\r") for line in self.lines(name)], self.unique()
        at = self.random.randint(0, len(lines))
        lines = lines[:at] + [mine] + lines[at:]
        self.change(name, [line + b"\r" for line in lines[:-1]] + lines[-1:], [mine])

    def replace(self, name: str) -> None:
        lines, mine = self.lines(name), self.unique()
        at = self.random.randrange(len(lines))
        self.change(name, lines[:at] + [mine] + lines[at + 1 :], [mine])

    def cut(self, name: str) -> None:
        lines = self.lines(name)
        at = self.random.randrange(len(lines))
        self.change(name, lines[:at] + lines[at + self.random.randint(1, 20) :], [])

    def rewrite(self, name: str) -> None:
        mine = [self.unique() for _ in range(self.random.randint(1, 9))]
        self.change(name, mine, mine)

    def delete(self, name: str) -> None:
        (self.path / name).unlink()
        self.ledger.gone.add(name)
        self.ledger.same.pop(name, None)
        self.ledger.lines.pop(name, None)

    def add(self, name: str, content: bytes) -> None:
        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
        (self.path / name).write_bytes(content)
        self.ledger.same[name] = content
        self.ledger.gone.discard(name)

    def add_one(self) -> None:
        """A file of one's own, among the port's, among the tools, ignored by git, or elsewhere."""
        folder = self.random.choice(
            [
                "",
                "src/",
                "docs/",
                "original/",
                "porting/",
                "reports/",
                ".github/workflows/",
                "tests/models/",
                "own/ä b/",
            ]
        )
        content = self.random.choice(
            [b"", self.unique(), self.unique() + b"\n", b"\r\n".join([self.unique(), b""]), self.random.randbytes(50)]
        )
        self.add(
            f"{folder}mine_{self.random.getrandbits(24)}{self.random.choice(['.py', '.txt', '', '.yml'])}", content
        )

    def fill_in_the_guide(self) -> None:
        """Tick a box, and write into one of the teacher's places, as the guide asks for."""
        if "GUIDE.md" in self.ledger.gone:
            return
        lines, mine = self.lines("GUIDE.md"), []
        if boxes := [number for number, line in enumerate(lines) if line.startswith(b"- [ ]") and b"todo:" in line]:
            at = self.random.choice(boxes)
            lines[at] = lines[at].replace(b"- [ ]", b"- [x]")
            mine.append(lines[at])
        if slots := [number for number, line in enumerate(lines) if line.startswith(b"<!-- /slot:")]:
            words = b"> " + self.unique()
            lines.insert(self.random.choice(slots), words)
            mine.append(words)
        self.change("GUIDE.md", lines, mine)
