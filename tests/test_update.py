"""`copier update` on a port that is under way: what the porter wrote stays, what the template changed arrives."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import copier
import pytest
from conftest import DEFAULT_ANSWERS


def git(path: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=porter", "-c", "user.email=porter@example.org"]
    done = subprocess.run(["git", *identity, *arguments], cwd=path, check=True, stdout=subprocess.PIPE)
    return done.stdout.decode()


def digests(path: Path, *folders: str) -> dict[str, str]:
    """The content of every file below the folders, as hashes by relative path."""
    files = [file for folder in folders for file in (path / folder).rglob("*") if file.is_file()]
    return {str(file.relative_to(path)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


OWNED = ("src", "tests/models", "docs", "conversion")


@pytest.fixture
def port(template, tmp_path):
    """A template of one's own with one release, and a port of it that is under way and committed."""
    release = tmp_path / "template"
    shutil.copytree(template, release)
    path = tmp_path / "port"
    copier.run_copy(
        str(release), path, data=DEFAULT_ANSWERS, defaults=True, skip_tasks=True, quiet=True, vcs_ref="v0.0.1"
    )
    for file in (path / "src").rglob("*.py"):
        file.write_text(file.read_text() + "\n# the porter was here\n")
    (path / "docs/source/en/model_doc/g_lib.md").unlink()
    (path / "src/transformers/models/g_lib/notes.txt").write_text("mine\n")
    git(path, "init", "-q")
    git(path, "add", "-A")
    git(path, "commit", "-q", "-m", "under way")
    return release, path


def publish(release: Path, version: str) -> None:
    git(release, "add", "-A")
    git(release, "commit", "-q", "-m", version)
    git(release, "tag", version)


def update(path: Path) -> None:
    copier.run_update(path, defaults=True, overwrite=True, unsafe=True, quiet=True, skip_tasks=False)


def test_owned_files_stay_byte_for_byte(port):
    release, path = port
    modeling = release / "architectures" / "decoder" / "modeling.py.jinja"
    modeling.write_text(modeling.read_text().replace("self.post_init()", "self.post_init()  # changed upstream"))
    publish(release, "v0.0.2")
    before = digests(path, *OWNED)
    update(path)
    assert digests(path, *OWNED) == before
    assert not (path / "docs/source/en/model_doc/g_lib.md").exists(), "a deleted owned file stays deleted"
    assert "_commit: v0.0.2" in (path / ".copier-answers.yml").read_text()


def test_managed_files_arrive_and_keep_the_porters_lines(port):
    release, path = port
    makefile = path / "Makefile"
    makefile.write_text(makefile.read_text() + "\nmine:\n\t@echo mine\n")
    git(path, "commit", "-q", "-a", "-m", "a target of my own")
    source = release / "template" / "Makefile"
    source.write_text(source.read_text().replace("## list the targets", "## list what can be done"))
    publish(release, "v0.0.2")
    update(path)
    merged = makefile.read_text()
    assert "list what can be done" in merged and "@echo mine" in merged
    assert "<<<<<<<" not in merged


def test_a_conflict_keeps_both_sides(port):
    release, path = port
    requirements = path / "requirements.txt"
    requirements.write_text(requirements.read_text().replace("pytest>=8", "pytest>=8.1  # mine"))
    git(path, "commit", "-q", "-a", "-m", "a pin of my own")
    source = release / "template" / "requirements.txt"
    source.write_text(source.read_text().replace("pytest>=8", "pytest>=9"))
    publish(release, "v0.0.2")
    update(path)
    merged = requirements.read_text()
    assert "pytest>=8.1  # mine" in merged and "pytest>=9" in merged
    assert "<<<<<<<" in merged and not list(path.rglob("*.rej"))


def test_the_guide_keeps_ticks_and_the_teachers_words(port):
    release, path = port
    guide = path / "GUIDE.md"
    text = guide.read_text()
    assert "- [ ]" in text
    text = text.replace("- [ ]", "- [x]", 1)
    slot = text.index("<!-- /slot:")
    text = text[:slot] + "Mind the sliding window: it is odd.\n\n" + text[slot:]
    guide.write_text(text)
    git(path, "commit", "-q", "-a", "-m", "the teacher knows something")
    source = release / "template" / "GUIDE.md.jinja"
    source.write_text(source.read_text() + "\nA closing line of the new release.\n")
    publish(release, "v0.0.2")
    update(path)
    merged = guide.read_text()
    assert "- [x]" in merged and "Mind the sliding window" in merged and "A closing line of the new release." in merged
    assert "<<<<<<<" not in merged


def test_an_untouched_port_becomes_a_fresh_one(port, tmp_path):
    release, _ = port
    untouched, fresh = tmp_path / "untouched", tmp_path / "fresh"
    copy = {"data": DEFAULT_ANSWERS, "defaults": True, "skip_tasks": True, "quiet": True}
    copier.run_copy(str(release), untouched, vcs_ref="v0.0.1", **copy)
    git(untouched, "init", "-q")
    git(untouched, "add", "-A")
    git(untouched, "commit", "-q", "-m", "untouched")
    (release / "template" / "porting" / "extra.py").write_text('"""New in this release."""\n')
    (release / "template" / "constraints.txt").write_text("torch==2.13.0\n")
    publish(release, "v0.0.2")
    update(untouched)
    copier.run_copy(str(release), fresh, vcs_ref="v0.0.2", **copy)
    assert digests(untouched, "porting", ".github") == digests(fresh, "porting", ".github")
    assert (untouched / "constraints.txt").read_text() == "torch==2.13.0\n"
    assert (untouched / ".copier-answers.yml").read_text() == (fresh / ".copier-answers.yml").read_text()
