"""What an update needs besides Copier's merge: answers and files under new names, and a look at the result.

    python migrate.py before --template DIR              answers move to their new names
    python migrate.py after --template DIR --from REF    edits follow renamed files; then what is left to do

Copier calls it in the port. Each step can be repeated. The first ends the update, before anything is changed, if Copier
would lose something; the second never does: what it cannot do it says, with what to do instead. The port's last commit
still holds all that was there. Standard library only.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path


ANSWERS = Path(".copier-answers.yml")
MARKER = re.compile(rb"^<{7} ", re.MULTILINE)


@dataclass(frozen=True)
class RenamedAnswer:
    """A question that has a new name, and what its old answers are called now."""

    old: str
    new: str
    values: dict[str, str]


@dataclass(frozen=True)
class RenamedFile:
    """A managed file that has a new path. It is one that Copier copies as it is, without Jinja."""

    old: str
    new: str


RENAMED_ANSWERS = (RenamedAnswer("more_detail", "detail", {"false": "usual", "true": "all"}),)
# What a port answers that was made before there was the question: it has full files of its own.
ANSWERS_BEFORE_THE_QUESTION = {"base_model": "none"}
RENAMED_FILES = (
    RenamedFile(".github/workflows/port.yml", ".github/workflows/ci.yml"),
    RenamedFile("porting/mount.py", "porting/mount/__init__.py"),
    RenamedFile("porting/registration.py", "porting/mount/registration.py"),
    RenamedFile("porting/site_mount.py", "porting/mount/site_mount.py"),
)


def carry_answers(text: str) -> str:
    """The text of an answers file with the answers under their new names, and those of questions that came later.

    An answer that has the new name stays.
    """
    for renamed in RENAMED_ANSWERS:
        # One line, with the quotes and the tag that Copier writes if another answer needs them.
        line = re.compile(rf'^"?{renamed.old}"?: (?:!!\w+ )?"?(?P<value>[\w-]+)"?\n', re.MULTILINE)
        found = line.search(text)
        if not found:
            continue
        taken = re.search(rf'^"?{renamed.new}"?:', text, re.MULTILINE)
        value = renamed.values.get(found["value"])
        text = line.sub("" if taken or value is None else f"{renamed.new}: {value}\n", text, count=1)
    for key, value in ANSWERS_BEFORE_THE_QUESTION.items():
        if not re.search(rf'^"?{key}"?:', text, re.MULTILINE):
            text = text + ("" if text.endswith("\n") else "\n") + f"{key}: {value}\n"
    return text


def git(*arguments: str, cwd: Path | None = None, stdin: bytes | None = None) -> bytes | None:
    """What git prints, or None if it fails."""
    done = subprocess.run(["git", *arguments], cwd=cwd, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return None if done.returncode else done.stdout


def carry_edits(renamed: RenamedFile, base: bytes | None) -> str | None:
    """Merge the porter's edits of a renamed file into the new one; returns what the porter has to know.

    `base` is the old file as the template wrote it, None if it did not. Copier has written the new file and removed the
    old one. The last commit of the port holds the porter's.
    """
    old, new = Path(renamed.old), Path(renamed.new)
    mine = git("show", f"HEAD:./{renamed.old}")
    if git("cat-file", "-e", f"HEAD:./{renamed.new}") is not None:
        return None  # renamed already, or a file of the porter's own that Copier has merged
    if mine is None:
        if base is not None and new.is_file():
            new.unlink()
            return f"{renamed.new} is left out, as you deleted it ({renamed.old} then)"
        return None
    if base is None or not new.is_file():
        # No common ground to merge on.
        old.parent.mkdir(parents=True, exist_ok=True)
        old.write_bytes(mine)
        return f"{renamed.old} is called {renamed.new} now; it stays, for your edits could not be moved"
    if mine == base or MARKER.search(new.read_bytes()):
        return None
    theirs = new.read_bytes()
    merged, in_conflict = merge(mine, base, theirs)
    new.write_bytes(merged)
    if in_conflict:
        mark_unmerged(renamed.new, {1: base, 2: mine, 3: theirs})
    return f"{renamed.old} is called {renamed.new} now, and your edits moved with it"


def keep_edited(template: Path, ref: str) -> list[str]:
    """Take back the files with edits that Copier removed because the template has them no more; returns their names."""
    removed = (git("diff", "--name-only", "--diff-filter=D", "--relative", "-z", "HEAD") or b"").decode().split("\0")
    kept = []
    for name in filter(None, removed):
        mine = git("show", f"HEAD:./{name}")
        if name not in {renamed.old for renamed in RENAMED_FILES} and mine != rendered(template, ref, name):
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_bytes(mine)
            kept.append(name)
    return kept


def rendered(template: Path, ref: str, name: str) -> bytes | None:
    """A managed file that Copier copies as it is, as a version of the template had it; None if it is not one."""
    return git("show", f"{ref}:template/{name}", cwd=template)


def merge(mine: bytes, base: bytes, theirs: bytes) -> tuple[bytes, bool]:
    """Three versions of a text in one, and whether it has conflicts; their labels are those of Copier."""
    versions = {"before updating": mine, "last update": base, "after updating": theirs}
    with tempfile.TemporaryDirectory() as folder:
        command = ["git", "merge-file", "--stdout"]
        for label, content in versions.items():
            Path(folder, label).write_bytes(content)
            command += ["-L", label]
        done = subprocess.run([*command, *versions], cwd=folder, stdout=subprocess.PIPE)
    if done.returncode > 127:
        raise RuntimeError("git merge-file could not merge a renamed file")
    return done.stdout, done.returncode != 0


def mark_unmerged(path: str, stages: dict[int, bytes]) -> None:
    """Enter a conflict into git's index, so that git names it and refuses to commit it."""
    path = git("rev-parse", "--show-prefix").decode().strip() + path
    lines = [f"0 {'0' * 40}\t{path}"]
    for stage, content in stages.items():
        blob = git("hash-object", "-w", "--stdin", stdin=content).decode().strip()
        lines.append(f"100644 {blob} {stage}\t{path}")
    git("update-index", "--index-info", cwd=top(), stdin="\n".join([*lines, ""]).encode())


def top() -> Path:
    return Path(git("rev-parse", "--show-toplevel").decode().strip())


def conflicts() -> list[str]:
    """The files that git knows to be in conflict, each with the line of its first one."""
    unmerged = (git("diff", "--name-only", "--diff-filter=U", "--relative", "-z") or b"").decode().split("\0")
    found = []
    for name in filter(None, unmerged):
        match = MARKER.search(Path(name).read_bytes()) if Path(name).is_file() else None
        line = Path(name).read_bytes()[: match.start()].count(b"\n") + 1 if match else None
        found.append(f"{name}:{line}" if line else name)
    return found


def changed_answers() -> list[str]:
    """The answers that are not what they were, apart from those that Copier keeps for itself."""
    before, after = answers(carry_answers(read_answers_before())), answers(ANSWERS.read_text(encoding="utf-8"))
    return [
        f"{key}: {before[key]} is {after.get(key, 'no longer asked')}"
        for key in before
        if not key.startswith("_") and before[key] != after.get(key)
    ]


def read_answers_before() -> str:
    return (git("show", f"HEAD:./{ANSWERS}") or b"").decode("utf-8", errors="replace")


def answers(text: str) -> dict[str, str]:
    """Every answer as it is written, by its name."""
    entries = re.split(r"^(?=[^\s#-])", text, flags=re.MULTILINE)
    pairs = (entry.partition(":") for entry in entries if ":" in entry)
    return {key.strip('"'): " ".join(value.split()) for key, _, value in pairs}


def not_text(template: Path) -> list[str]:
    """The managed files that are not UTF-8: Copier merges text, and drops the bytes that are none."""
    found = []
    for name in filter(None, (git("ls-files", "-z") or b"").decode(errors="replace").split("\0")):
        managed = name == "GUIDE.md" or name in {renamed.old for renamed in RENAMED_FILES}
        if (managed or (template / "template" / name).is_file()) and Path(name).is_file():
            content = Path(name).read_bytes()
            if b"\0" in content or content.decode(errors="ignore").encode() != content:
                found.append(name)
    return found


def refuse_to_lose(template: Path) -> None:
    """End the update if it would change files that git does not hold. `make update` has asked most of it already."""
    sys.path.insert(0, str(template / "template"))
    sys.dont_write_bytecode = True
    from porting.errors import CannotRun
    from porting.template import committed

    root = Path.cwd()
    try:
        committed.all_committed(root)
        if names := committed.ignored(root):
            with tempfile.TemporaryDirectory() as folder:
                fresh = Path(folder, "fresh")
                if render_managed(template, fresh):
                    committed.refuse_in_the_way(committed.in_the_way(root, fresh, names))
    except CannotRun as error:
        sys.exit(f"Nothing is updated: {error}")


def render_managed(template: Path, fresh: Path) -> bool:
    """Render what an update may write, the managed files, with the answers of the port; False if that fails."""
    fresh.mkdir()
    # The answers are there before, so that the template takes it for a workspace, and leaves out what is the porter's.
    (fresh / ANSWERS).write_text(carry_answers(ANSWERS.read_text(encoding="utf-8")), encoding="utf-8")
    command = [sys.executable, "-m", "copier", "copy", "--quiet", "--defaults", "--skip-tasks", "--overwrite"]
    done = subprocess.run(
        [*command, "--vcs-ref", "HEAD", "--data-file", fresh / ANSWERS, template, fresh],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return done.returncode == 0


def before(template: Path) -> None:
    if found := not_text(template):
        sys.exit(f"Nothing is updated: not UTF-8 text: {', '.join(found)}; save as UTF-8, commit, and update again")
    refuse_to_lose(template)
    if ANSWERS.is_file():
        text = ANSWERS.read_text(encoding="utf-8")
        if carry_answers(text) != text:
            ANSWERS.write_text(carry_answers(text), encoding="utf-8")


def after(template: Path, ref: str, smoke: bool) -> None:
    for renamed in RENAMED_FILES:
        if said := carry_edits(renamed, rendered(template, ref, renamed.old)):
            print(said)
    say("No longer in the template, and kept because you changed it", keep_edited(template, ref))
    say("Answers that changed with the questions; see .copier-answers.yml", changed_answers())
    unmerged = conflicts()
    say("The port and the template changed the same lines; both versions stand in", unmerged)
    if unmerged:
        print(
            "  Edit them, or take one version whole, `git checkout --ours -- FILE` for yours and `--theirs` for the\n"
            "  template's; then `git add FILE`.\n"
        )
    root = Path.cwd()
    sys.path.insert(0, str(root))
    sys.dont_write_bytecode = True
    try:
        from porting.changed_rules import findings
        from porting.environment import ready_python, renew_mounts
    except (SyntaxError, ImportError) as error:
        print(f"The tools cannot be read ({error}); once they can: make status smoke")
        return
    renew_mounts(root)
    say(
        "Transformers asks for more than when your files were written; also in `make status`",
        to_change(findings(root)),
    )
    if smoke:
        python = ready_python(root)
        if python is None:
            print("The model has not been tried, for there is no environment; later: make setup smoke")
        elif subprocess.run([python, "-m", "porting", "smoke"], cwd=root).returncode:
            print("The model does not run as it is now; mend it, then: make smoke")


def to_change(findings: list) -> list[str]:
    """Findings of porting.changed_rules, a line for each file and what to change in it."""
    lines: dict[tuple[str, str], list[str]] = {}
    for finding in findings:
        lines.setdefault((finding.path, finding.what), []).append(str(finding.line))
    return [f"{path}: {what} (line {', '.join(numbers)})" for (path, what), numbers in lines.items()]


def say(what: str, lines: list[str]) -> None:
    if lines:
        print(f"\n{what}:")
        print("".join(f"  {line}\n" for line in lines), end="")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("stage", choices=["before", "after"])
    parser.add_argument("--template", type=Path, required=True, help="a clone of the template")
    parser.add_argument("--from", dest="ref", help="the version of the template that the port had")
    parser.add_argument("--smoke", choices=["yes", "no"], default="yes")
    arguments = parser.parse_args()
    if arguments.stage == "before":
        before(arguments.template)
    else:
        after(arguments.template, arguments.ref, arguments.smoke == "yes")


if __name__ == "__main__":
    main()
