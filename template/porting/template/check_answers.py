"""Check a file of answers: names no question has, wrong types, broken rules; a line for each.

Copier knows the questions and their rules, so it is asked, without rendering anything. It stops at the first answer that
it refuses; that one is left out then, and the others are tried again.
"""

import argparse
import re
import subprocess
import tempfile
from pathlib import Path

import yaml

from porting.errors import CannotRun, CheckFailed, last_line
from porting.template import copier
from porting.workspace import here


_REFUSED = re.compile(r"(?:question|Invalid choice for) '(?P<key>\w+)':? (?P<rule>.*)")
_UNKNOWN = "no question is called "
_RETIRED = "Ignored, for the question is no more: "


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", type=Path, help="YAML files; default: the answers of this workspace")
    parser.add_argument("--template", help="address of a template; default: that of this workspace")
    parser.add_argument("--ref", default="HEAD", help="version of that template; default: %(default)s")


def run(arguments: argparse.Namespace) -> None:
    program = copier.command()
    workspace = here()
    address, ref = (arguments.template, arguments.ref) if arguments.template else copier.source(workspace)
    bad = 0
    own = workspace.root / ".copier-answers.yml"
    for file in arguments.files or [own]:
        answers = read(file)
        found = complaints(answers, program, address, ref, in_use=file == own)
        bad += len(found)
        for line in found:
            print(f"{file.name}: {line}")
        if not found:
            print(f"{file.name}: {len(answers)} answers, all as they should be")
    if bad:
        raise CheckFailed(f"{bad} of the answers cannot be used as they are; the rules are above")


def read(file: Path) -> dict:
    """The answers of a YAML file but those that Copier keeps for itself. Raises CannotRun if it holds none."""
    try:
        answers = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CannotRun(f"{file} cannot be read ({error.strerror}); name a file of answers") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problem = " ".join(str(error).split())
        raise CannotRun(f"{file} is not valid YAML ({problem}); mend it, then check again") from None
    if not isinstance(answers, dict):
        raise CannotRun(f"{file} holds no answers; write `question: answer`, a line for each")
    return {key: value for key, value in answers.items() if not str(key).startswith("_")}


def complaints(answers: dict, program: list[str], address: str, ref: str, in_use: bool) -> list[str]:
    """What is wrong with the answers, a line for each. Raises CannotRun if Copier fails for another reason.

    Answers `in_use` are those of a workspace, which may have some that a new one may not.
    """
    found, left = [], dict(answers)
    with tempfile.TemporaryDirectory() as folder:
        file, port = Path(folder, "answers.yml"), Path(folder, "port")
        if in_use:
            port.mkdir()
            (port / ".copier-answers.yml").write_text("{}\n", encoding="utf-8")
        while True:
            file.write_text(yaml.safe_dump(left, allow_unicode=True), encoding="utf-8")
            asked = subprocess.run(
                [*program, "copy", "--pretend", "--defaults", "--skip-tasks", "--exclude=*", f"--vcs-ref={ref}"]
                + [f"--data-file={file}", address, str(port)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            output = asked.stdout.decode(errors="replace")
            if not found and _RETIRED in output:
                names = output.partition(_RETIRED)[2].split("\n")[0]
                found += [f"{name.strip()}: the question is no more" for name in names.split(", ")]
            if asked.returncode == 0:
                return found
            said = last_line(asked.stdout)
            if unknown := [key for key in left if f" {repr(key)[:60]} (nearest: " in said and _UNKNOWN in said]:
                found += [f"{key!r} is the name of no question" for key in unknown]
                left = {key: value for key, value in left.items() if key not in unknown}
                continue
            refused = _REFUSED.search(said)
            if not refused or refused["key"] not in left:
                raise CannotRun(f"Copier fails at {address}: {said}; see that the template is there")
            found.append(f"{refused['key']} {refused['rule']}")
            del left[refused["key"]]
