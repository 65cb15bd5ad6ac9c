"""`copier update` where port and template changed the same file: both changes, or a conflict that shows both."""

import shutil
from pathlib import Path

import copier
import pytest
from conftest import DEFAULT_ANSWERS
from porter import commit, git


@pytest.fixture
def port(template, tmp_path):
    """A template of one's own with one release, and a port of it, committed."""
    release = tmp_path / "template"
    shutil.copytree(template, release)
    path = tmp_path / "port"
    copier.run_copy(
        str(release), path, data=DEFAULT_ANSWERS, defaults=True, skip_tasks=True, quiet=True, vcs_ref="v0.0.1"
    )
    commit(path)
    return release, path


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def publish_and_update(release: Path, path: Path) -> None:
    commit(release, "a new version")
    git(release, "tag", "v0.0.2")
    commit(path)
    copier.run_update(path, defaults=True, overwrite=True, unsafe=True, quiet=True, skip_tasks=True)


def test_managed_files_arrive_and_keep_the_porters_lines(port):
    release, path = port
    (path / "Makefile").write_text((path / "Makefile").read_text() + "\nmine:\n\t@echo mine\n")
    change(release / "template" / "Makefile", "## list the targets", "## list what can be done")
    (release / "template" / "porting" / "extra.py").write_text('"""New in this version."""\n')
    publish_and_update(release, path)
    merged = (path / "Makefile").read_text()
    assert "list what can be done" in merged and "@echo mine" in merged and "<<<<<<<" not in merged
    assert (path / "porting" / "extra.py").is_file()


def test_a_conflict_keeps_both_sides_and_is_told_with_the_way_out(port, capfd):
    release, path = port
    change(path / "requirements.txt", "pytest>=8", "pytest>=8.1  # mine")
    change(release / "template" / "requirements.txt", "pytest>=8", "pytest>=9")
    publish_and_update(release, path)
    merged = (path / "requirements.txt").read_text()
    assert "pytest>=8.1  # mine" in merged and "pytest>=9" in merged and "<<<<<<<" in merged
    assert not list(path.rglob("*.rej"))
    said = capfd.readouterr().out
    line = merged.splitlines().index("<<<<<<< before updating") + 1
    assert f"requirements.txt:{line}" in said and "git checkout --ours -- FILE" in said
    git(path, "checkout", "--ours", "--", "requirements.txt")
    assert "pytest>=8.1  # mine" in (path / "requirements.txt").read_text()


def test_a_file_that_leaves_the_template_stays_where_it_was_edited(port, capfd):
    release, path = port
    constraints = path / "constraints.txt"
    constraints.write_text(constraints.read_text() + "# mine\n")
    before = constraints.read_bytes()
    for name in ("constraints.txt", "porting/changed_rules.py"):
        (release / "template" / name).unlink()
    change(release / "template/porting/status.py", "from porting.changed_rules import findings\n", "findings = list\n")
    publish_and_update(release, path)
    assert constraints.read_bytes() == before
    assert "kept because you changed it:\n  constraints.txt" in capfd.readouterr().out
    assert not (path / "porting" / "changed_rules.py").exists(), "nobody had changed it"
