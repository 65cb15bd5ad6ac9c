"""Every release, edited as a porter would, updated to the working state: nothing of the porter's gets lost."""

import os
import shutil
from pathlib import Path

import copier
import pytest
from conftest import A_TOKENIZER, ARCHITECTURES, DEFAULT_ANSWERS, RELEASES, WORKING, make
from ownership import files, is_owned
from porter import Porter, commit, git, reported


# Few random edit scripts in every run of the tests; `nox -s updates` runs 300.
# Every family of the newest release, and of each older one a family in turn; `nox -s updates` runs the others too.
MATRIX = [
    pytest.param(
        version,
        architecture,
        marks=() if version == list(RELEASES)[-1] or place == age % len(ARCHITECTURES) else pytest.mark.apart,
    )
    for age, version in enumerate(RELEASES)
    for place, architecture in enumerate(ARCHITECTURES)
]
SCRIPTS = int(os.environ.get("EDIT_SCRIPTS", "6"))


def update(path: Path) -> None:
    copier.run_update(path, defaults=True, overwrite=True, unsafe=True, quiet=True, skip_tasks=True)


def unmerged(path: Path) -> list[str]:
    """The files that git knows to be in conflict."""
    return git(path, "diff", "--name-only", "--diff-filter=U").split("\n")[:-1]


def resolve(path: Path) -> None:
    """Take the template's version of each conflict, as an update says how to."""
    for name in unmerged(path):
        git(path, "checkout", "--theirs", "--", name)
        git(path, "add", "--", name)


# One family's whole tests after an update; all others are made, run, saved and loaded.
TESTED = ("0.1.0", "encoder")


@pytest.mark.parametrize(("version", "architecture"), MATRIX)
def test_all_of_the_porters_work_is_there_after_an_update(port_of, tmp_path, record_update, version, architecture):
    path = port_of(version, architecture, tmp_path / "port")
    assert make(path, "style").code == 0
    porter = Porter(path, "g_lib")
    porter.edit_everything()
    commit(path)
    update(path)
    losses, conflicts = porter.ledger.losses(path), unmerged(path)
    targets = ["smoke", "test"] if (version, architecture) == TESTED else ["smoke"]
    resolve(path)
    ended = {target: make(path, target) for target in targets}
    said = ", ".join(target if result.code == 0 else f"{target} FAILED" for target, result in ended.items())
    record_update(version, architecture, *porter.counts(), len(losses), len(conflicts), said)
    assert not losses
    assert not reported(path)
    answers = (path / ".copier-answers.yml").read_text()
    assert f"_commit: v{WORKING}" in answers and "\nbase_model: none\n" in answers
    assert all(result.code == 0 for result in ended.values()), ended


def fresh_port(released: Path, architecture: str, path: Path) -> Path:
    """What the working state renders for the same answers: where a modeling file stands, for a port with full files."""
    modeling = path / "src" / "transformers" / "models" / "g_lib" / "modeling_g_lib.py"
    modeling.parent.mkdir(parents=True)
    modeling.touch()
    data = DEFAULT_ANSWERS | {"base_architecture": architecture, "tokenizer": A_TOKENIZER[architecture]}
    options = {"defaults": True, "skip_tasks": True, "quiet": True}
    copier.run_copy(str(released), path, vcs_ref=f"v{WORKING}", data=data, **options)
    return path


@pytest.mark.parametrize(("version", "architecture"), MATRIX)
def test_an_untouched_port_becomes_a_fresh_one(released, port_of, tmp_path, version, architecture):
    """But for the files of the porter, which stay as they were."""
    path = port_of(version, architecture, tmp_path / "port")
    before = {name: (path / name).read_bytes() for name in files(path)}
    update(path)
    fresh = fresh_port(released, architecture, tmp_path / "fresh")
    managed = {name for name in files(fresh) if not is_owned(name, "g_lib")}
    assert {name for name in files(path) if not is_owned(name, "g_lib")} == managed
    assert not [name for name in managed if (path / name).read_bytes() != (fresh / name).read_bytes()]
    assert not [name for name in before if is_owned(name, "g_lib") and (path / name).read_bytes() != before[name]]


@pytest.mark.parametrize("seed", range(SCRIPTS))
def test_no_line_of_a_random_edit_script_is_lost(port_of, tmp_path, record_script, seed):
    version = list(RELEASES)[seed % len(RELEASES)]
    path = port_of(version, ARCHITECTURES[seed // len(RELEASES) % len(ARCHITECTURES)], tmp_path / "port")
    porter = Porter(path, "g_lib", seed)
    edits = porter.random.randint(1, 25)
    porter.edit_at_random(edits)
    commit(path)
    update(path)
    losses = porter.ledger.losses(path)
    record_script(version, edits, porter.ledger.size, len(losses), len(unmerged(path)))
    assert not losses
    assert not reported(path)
    shutil.rmtree(path)
