"""Every road from a copy to a started port: each ends whole, or with the exact next command."""

import json
import os
import shutil
import sys
import venv
from pathlib import Path

import copier
import pytest
import yaml
from conftest import DEFAULT_ANSWERS, make, of_the_day, run
from ownership import files
from porter import commit, git


MODELS = "src/transformers/models/g_lib"
WRITTEN = {f"{MODELS}/{name}_g_lib.py" for name in ("modular", "configuration", "modeling")} | {
    f"{MODELS}/__init__.py",
    ".modular.json",
}
MINE = "mine = 'kept as it is'\n"
NEED_THE_PORT = ("style", "quality", "smoke", "test", "modular", "rules", "convert", "parity", "tokenizer-parity")


def copy(template: Path, destination: Path, path: Path, *options: str, **environment: str):
    """`copier copy --trust --defaults` for a port of llama; `path` goes first on PATH."""
    answers = ("model_name=GLib", "base_model=llama", *options)
    data = [part for answer in answers for part in ("--data", answer)]
    command = [sys.executable, "-m", "copier", "copy", "--trust", "--defaults", *data]
    environment |= {"PATH": f"{path}{os.pathsep}{os.environ['PATH']}"}
    return run(*command, template, destination, cwd=destination.parent, env=environment)


def whole(port: Path) -> bool:
    """Whether the port is started, and everything generated is what the modular file gives."""
    return set(files(port)) >= WRITTEN and make(port, "modular", CHECK="1").code == 0


def said(output: str, *parts: str) -> bool:
    """Whether an output has these parts in this order."""
    places = [output.find(part) for part in parts]
    return -1 not in places and places == sorted(places)


@pytest.mark.parametrize("setup", of_the_day(["yes", "no"], 1))
def test_with_a_fitting_environment_the_copy_starts_formats_and_tries_it(template, tmp_path, environment, setup):
    result = copy(template, tmp_path / "port", environment, f"setup={setup}")
    assert result.code == 0, result.output
    assert said(result.output, "modular_g_lib.py is written", "files formatted", "classes made, run, saved and loaded")
    assert "make setup" not in result.output
    assert whole(tmp_path / "port")
    assert (make(tmp_path / "port", "start").code, make(tmp_path / "port", "smoke").code) == (0, 0)


def test_without_an_environment_one_command_does_the_rest(template, tmp_path, environment):
    bare = tmp_path / "bare"
    venv.create(bare, with_pip=False, symlinks=os.name != "nt")
    port = tmp_path / "port"
    result = copy(template, port, bare / "bin", "setup=no")
    assert result.code == 0 and "Traceback" not in result.output
    assert "The port is not started; later: make start" in result.output
    assert "All in one: make setup start style smoke" in result.output
    assert "make setup start style smoke    environment, first files from llama" in result.output
    assert not WRITTEN & set(files(port))
    done = run("make", "setup", "start", "style", "smoke", cwd=port, env=first_on_path(environment))
    assert done.code == 0, done.output
    assert said(
        done.output, "sees the port now", "is written", "nothing is left to start", "files formatted", "classes made"
    )
    assert whole(port)


def first_on_path(folder: Path) -> dict[str, str]:
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


@pytest.fixture(scope="module")
def bare_render(render):
    """A port of llama, rendered without tasks."""
    return render(base_model="llama", tokenizer="bpe")


@pytest.mark.parametrize("target", NEED_THE_PORT)
def test_before_the_start_each_target_that_needs_the_port_names_the_command(bare_render, target):
    result = run(sys.executable, "-m", "porting", target, cwd=bare_render)
    assert result.code == 2
    assert result.output.splitlines()[-1].endswith("run `make setup start`")
    assert "Traceback" not in result.output


def test_before_the_start_the_other_targets_work(bare_render):
    status = make(bare_render, "status")
    assert status.code == 0, status.output
    assert make(bare_render, "help").code == 0


def test_a_workspace_that_was_skipped_through_moves_and_lives(render, tmp_path, environment):
    """`--skip-tasks`, then make; then the directory is moved: first before the start, then after it."""
    first = render(tmp_path / "first", base_model="llama")
    second, third = tmp_path / "second", tmp_path / "third"
    first.rename(second)
    env = first_on_path(environment)
    done = run("make", "setup", "style", "smoke", cwd=second, env=env)
    assert done.code == 0, done.output
    assert whole(second)
    seen = "from transformers import GLibForCausalLM, AutoConfig; print(GLibForCausalLM.__module__)"
    assert "g_lib.modeling_g_lib" in run(environment / "python", "-c", seen, cwd=tmp_path).output
    second.rename(third)
    done = run("make", "start", "smoke", cwd=third, env=env)
    assert done.code == 0, done.output
    assert "nothing is left to start" in done.output and "classes made" in done.output
    assert run("make", "setup", cwd=third, env=env).code == 0
    assert "g_lib.modeling_g_lib" in run(environment / "python", "-c", seen, cwd=tmp_path).output


def test_full_files_that_were_there_stay_and_are_named(template, tmp_path, environment):
    """Adoption of a half-done port that has a modeling file of its own."""
    port = tmp_path / "port"
    mine = port / MODELS / "modeling_g_lib.py"
    mine.parent.mkdir(parents=True)
    mine.write_text(MINE)
    result = copy(template, port, environment, "setup=no")
    assert result.code == 0 and "Traceback" not in result.output
    assert f"{MODELS}/modeling_g_lib.py was not generated, and start would replace it; move it away" in result.output
    assert "The port is not started; later: make start" in result.output
    assert mine.read_text() == MINE and set(os.listdir(mine.parent)) == {mine.name}
    assert (
        run("make", "setup", cwd=port, env=first_on_path(environment)).code == 0
    ), "the environment is another matter"
    mine.rename(port / "my_modeling.py")
    done = run("make", "start", "style", "smoke", cwd=port, env=first_on_path(environment))
    assert done.code == 0, done.output
    assert whole(port) and (port / "my_modeling.py").read_text() == MINE


def test_a_modular_file_that_was_there_is_the_one_that_counts(template, tmp_path, environment, workspace):
    """Adoption of a half-done port that is modular already."""
    port = tmp_path / "port"
    mine = port / MODELS / "modular_g_lib.py"
    mine.parent.mkdir(parents=True)
    source = (workspace(tokenizer="bpe") / MODELS / mine.name).read_text()
    mine.write_text(source.replace('model_type = "g_lib"\n', 'model_type = "g_lib"\n    extra_size: int = 3\n'))
    before = mine.read_bytes()
    result = copy(template, port, environment, "setup=no")
    assert result.code == 0, result.output
    assert said(result.output, "modular_g_lib.py is there: nothing is left to start", "classes made")
    assert mine.read_bytes() == before
    assert "extra_size: int = 3" in (mine.parent / "configuration_g_lib.py").read_text()
    assert "later: make style" in result.output, "what was there is not formatted"


def test_full_files_that_are_moved_away_become_a_difference(full_files, tmp_path):
    """As step 5 of the guide says."""
    path = shutil.copytree(full_files("decoder"), tmp_path / "port")
    assert "make start OVER=1 BASE=" in (path / "GUIDE.md").read_text()
    (path / "full").mkdir()
    tests = "tests/models/g_lib/test_modeling_g_lib.py"
    for name in (f"{MODELS}/configuration_g_lib.py", f"{MODELS}/modeling_g_lib.py", f"{MODELS}/__init__.py", tests):
        (path / name).rename(path / "full" / Path(name).name)
    done = make(path, "start", OVER="1", BASE="llama")
    assert done.code == 0, done.output
    assert whole(path) and (path / tests).is_file()
    assert make(path, "smoke").code == 0
    assert yaml.safe_load((path / ".copier-answers.yml").read_text())["base_model"] == "llama"


def test_an_environment_without_the_model_says_which_release_has_it(render, workspace):
    path = render(base_model="llama")
    answers = path / ".copier-answers.yml"
    answers.write_text(answers.read_text().replace("base_model: llama", "base_model: no_such_llama"))
    result = run(sys.executable, "-m", "porting", "start", cwd=path)
    assert result.code == 2 and result.output.count("\n") == 1
    assert "has no such model" in result.output and "OVER=1 BASE=" in result.output
    assert not WRITTEN & set(files(path))


def test_an_update_touches_nothing_that_start_wrote(template, tmp_path):
    release = shutil.copytree(template, tmp_path / "template")
    port = tmp_path / "port"
    options = {"defaults": True, "skip_tasks": True, "quiet": True}
    data = DEFAULT_ANSWERS | {"base_model": "audio_spectrogram_transformer", "base_architecture": "audio"}
    copier.run_copy(str(release), port, data=data, vcs_ref="v0.0.1", **options)
    assert make(port, "start").code == 0
    commit(port)
    makefile = release / "template" / "Makefile"
    makefile.write_text(makefile.read_text() + "\n# of the next version\n")
    commit(release)
    git(release, "tag", "v0.0.2")
    before = {name: (port / name).read_bytes() for name in files(port)}
    copier.run_update(port, overwrite=True, unsafe=True, **options)
    changed = {name for name in files(port) if (port / name).read_bytes() != before.get(name)}
    assert changed == {"Makefile", ".copier-answers.yml"} and set(files(port)) == set(before)
    answers = yaml.safe_load((port / ".copier-answers.yml").read_text())
    assert answers["base_model"] == "audio-spectrogram-transformer"
    assert json.loads((port / ".modular.json").read_text())["modular_files"]
    assert whole(port)
