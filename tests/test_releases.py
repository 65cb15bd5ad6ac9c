"""Every release, edited as a porter would, updated to the working state: nothing of the porter's gets lost."""

import os
import shutil
from pathlib import Path

import copier
import pytest
from conftest import ARCHITECTURES, DEFAULT_ANSWERS, RELEASES, WORKING, make
from ownership import files, is_owned
from porter import Porter, commit, git, reported


# Few random edit scripts in every run of the tests; `nox -s updates` asks for all 300.
SCRIPTS = int(os.environ.get("EDIT_SCRIPTS", "12"))
TOKENIZERS = {"encoder": "wordpiece", "decoder": "bpe", "encoder-decoder": "unigram"}
COLUMNS = ("release", "architecture", "owned", "managed", "added", "lines", "lost", "conflicts", "smoke", "test")


@pytest.fixture(scope="session")
def port_of(released, tmp_path_factory):
    """`port_of(version, architecture, destination)`: a port as that version rendered it, committed."""
    made: dict[tuple, Path] = {}

    def _port_of(version: str, architecture: str, destination: Path) -> Path:
        key = (version, architecture)
        if key not in made:
            made[key] = tmp_path_factory.mktemp("release") / "port"
            answers = {"base_architecture": architecture, "tokenizer": TOKENIZERS[architecture]}
            copier.run_copy(
                str(released),
                made[key],
                vcs_ref=f"v{version}",
                data=DEFAULT_ANSWERS | answers,
                defaults=True,
                skip_tasks=True,
                quiet=True,
            )
            commit(made[key], f"as v{version} rendered it")
        shutil.copytree(made[key], destination, symlinks=True)
        return destination

    return _port_of


def update(path: Path) -> None:
    copier.run_update(path, defaults=True, overwrite=True, unsafe=True, quiet=True, skip_tasks=True)


def resolve(path: Path) -> None:
    """Take the template's version of each conflict, as an update says how to."""
    for name in git(path, "diff", "--name-only", "--diff-filter=U").split("\n")[:-1]:
        git(path, "checkout", "--theirs", "--", name)
        git(path, "add", "--", name)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("version", RELEASES)
def test_all_of_the_porters_work_is_there_after_an_update(port_of, tmp_path, version, architecture):
    path = port_of(version, architecture, tmp_path / "port")
    assert make(path, "style").code == 0
    porter = Porter(path, "g_lib")
    porter.edit_everything()
    commit(path)
    update(path)
    losses = porter.ledger.losses(path)
    assert not losses
    assert not reported(path)
    assert f"_commit: v{WORKING}" in (path / ".copier-answers.yml").read_text()
    resolve(path)
    smoke = make(path, "smoke")
    assert smoke.code == 0, smoke.output


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("version", RELEASES)
def test_an_untouched_port_becomes_a_fresh_one(port_of, tmp_path, version, architecture):
    """But for the files of the porter, which stay as they were."""
    path = port_of(version, architecture, tmp_path / "port")
    before = {name: (path / name).read_bytes() for name in files(path)}
    update(path)
    fresh = port_of(WORKING, architecture, tmp_path / "fresh")
    managed = {name for name in files(fresh) if not is_owned(name, "g_lib")}
    assert {name for name in files(path) if not is_owned(name, "g_lib")} == managed
    assert not [name for name in managed if (path / name).read_bytes() != (fresh / name).read_bytes()]
    assert not [name for name in before if is_owned(name, "g_lib") and (path / name).read_bytes() != before[name]]


@pytest.mark.parametrize("seed", range(SCRIPTS))
def test_no_line_of_a_random_edit_script_is_lost(port_of, tmp_path, seed):
    version = list(RELEASES)[seed % len(RELEASES)]
    path = port_of(version, ARCHITECTURES[seed // len(RELEASES) % len(ARCHITECTURES)], tmp_path / "port")
    porter = Porter(path, "g_lib", seed)
    porter.edit_at_random(edits=porter.random.randint(1, 25))
    commit(path)
    update(path)
    assert not porter.ledger.losses(path)
    assert not reported(path)
    shutil.rmtree(path)
