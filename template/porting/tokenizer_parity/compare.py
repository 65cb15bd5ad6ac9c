"""What the two tokenizers make of each text, side by side, and what the differences have in common."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from porting.errors import CannotRun
from porting.workspace import Workspace
from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True)
class Compared:
    """One text and the ids of both sides. `refused` and `failed` say why the original or the port has none."""

    kind: str
    text: str
    original: tuple[int, ...]
    port: tuple[int, ...]
    refused: str = ""
    failed: str = ""

    @property
    def equal(self) -> bool:
        return self.original == self.port and not self.failed

    @property
    def place(self) -> int:
        """The first place at which the ids differ: the shorter length if one side only goes on."""
        pairs = enumerate(zip(self.original, self.port))
        shorter = min(len(self.original), len(self.port))
        return next((place for place, (one, other) in pairs if one != other), shorter)


def compare(workspace: Workspace, tokenizer: PreTrainedTokenizerBase, texts: list[tuple[str, str]]) -> list[Compared]:
    """Each (kind, text), and the adapter's own texts, with the ids of both sides. Raises CannotRun."""
    results = _ask_original(workspace, [text for _, text in texts])
    kinds = [kind for kind, _ in texts] + ["of the adapter"] * (len(results) - len(texts))
    return [_compare_one(kind, result, tokenizer) for kind, result in zip(kinds, results)]


def _compare_one(kind: str, result: dict, tokenizer: PreTrainedTokenizerBase) -> Compared:
    text = result["text"]
    if "refused" in result:
        return Compared(kind, text, (), (), refused=result["refused"])
    try:
        return Compared(kind, text, tuple(result["ids"]), tuple(tokenizer(text)["input_ids"]))
    except Exception as error:  # whatever the porter's tokenizer raises is the finding
        failed = f"{type(error).__name__}: {error}".splitlines()[0]
        return Compared(kind, text, tuple(result["ids"]), (), failed=failed)


def _ask_original(workspace: Workspace, texts: list[str]) -> list[dict]:
    """Run `original/ids.py` with the interpreter ORIGINAL_PYTHON names (default: this one)."""
    interpreter = os.environ.get("ORIGINAL_PYTHON") or sys.executable
    if shutil.which(interpreter) is None:
        raise CannotRun(f"ORIGINAL_PYTHON is {interpreter!r}, which is no program; name the original's interpreter")
    with tempfile.TemporaryDirectory() as folder:
        given, answered = Path(folder, "texts.json"), Path(folder, "ids.json")
        given.write_text(json.dumps(texts), encoding="utf-8")
        command = [interpreter, str(workspace.root / "original" / "ids.py"), str(given), str(answered)]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, cwd=workspace.root, env=environment, check=False)
        if done.returncode:
            raise CannotRun(
                "the original's tokenizer could not be run (its words are above); mend tokenize in original/adapter.py"
            )
        return json.loads(answered.read_text(encoding="utf-8"))


def what_they_share(differing: list[Compared], pieces) -> str:
    """What explains all differences at once, or an empty string. `pieces(ids)` shows ids as text."""
    if not differing or any(each.failed for each in differing):
        return ""
    pairs = [(each.original, each.port) for each in differing]
    shifts = {other - one for original, port in pairs for one, other in zip(original, port)}
    if len(shifts) == 1 and all(len(original) == len(port) for original, port in pairs):
        return f"every id of the port is the original's plus {shifts.pop()}"
    for has, lacks, sides in (("original", "port", pairs), ("port", "original", [pair[::-1] for pair in pairs])):
        for count in (1, 2):
            front, end = {long[:count] for long, _ in sides}, {long[-count:] for long, _ in sides}
            if len(front) == 1 and all(long[count:] == short for long, short in sides):
                return f"the {has} begins every text with {pieces(front.pop())}, the {lacks} does not"
            if len(end) == 1 and all(long[:-count] == short for long, short in sides):
                return f"the {has} ends every text with {pieces(end.pop())}, the {lacks} does not"
    return ""
