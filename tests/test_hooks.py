"""What happens after a copy: in a ready environment, in none, and when something in it fails."""

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from conftest import make, run


HOOK = "hooks/post_copy.py"


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory) -> Path:
    """The directory of a `python` that has nothing installed."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    return folder / ("Scripts" if os.name == "nt" else "bin")


def copy(template: Path, destination: Path, path: Path | None = None, **environment: str):
    """`copier copy --trust` as a user types it; `path` goes first on PATH."""
    environment |= {"PATH": f"{path or Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    answers = ["--data", "model_name=GLib", "--data", "base_architecture=decoder"]
    setup = ["--data", f"setup={environment.pop('SETUP', 'no')}"]
    command = [sys.executable, "-m", "copier", "copy", "--trust", "--defaults", *answers, *setup]
    return run(*command, template, destination, cwd=template, env=environment)


def test_a_ready_environment_formats_and_tries_the_model(template, tmp_path):
    result = copy(template, tmp_path / "port")
    assert result.code == 0, result.output
    assert "classes made, run, saved and loaded" in result.output
    assert "make test" in result.output, "the message after the copy names the next commands"
    assert json.loads((tmp_path / "port" / "reports" / "smoke.json").read_text())["passed"]
    assert make(tmp_path / "port", "style").code == 0
    assert not list((tmp_path / "port").rglob("__pycache__/post_copy*"))


def test_without_an_environment_the_workspace_is_whole_and_says_what_did_not_run(template, tmp_path, bare_python):
    result = copy(template, tmp_path / "port", path=bare_python)
    assert result.code == 0, result.output
    assert (tmp_path / "port" / "Makefile").is_file()
    for command in ("make setup", "make start", "make style", "make smoke"):
        assert f"later: {command}" in result.output
    assert "Traceback" not in result.output


def test_an_environment_that_cannot_be_built_leaves_the_workspace(template, tmp_path, bare_python):
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": os.devnull}
    result = copy(template, tmp_path / "port", path=bare_python, SETUP="yes", **offline)
    assert result.code == 0, result.output
    assert "could not install PyTorch" in result.output
    assert "later: make setup" in result.output
    assert (tmp_path / "port" / "Makefile").is_file()


def test_a_model_that_fails_leaves_the_workspace(template, workspace, tmp_path):
    path = tmp_path / "port"
    shutil.copytree(workspace(), path)
    modeling = path / "src/transformers/models/g_lib/modeling_g_lib.py"
    modeling.write_text(modeling.read_text() + "\nraise RuntimeError('broken on purpose')\n")
    result = run(sys.executable, template / HOOK, "--setup=no", cwd=path)
    assert result.code == 0, result.output
    assert "broken on purpose" in result.output
    assert "The model has not been tried; later: make smoke" in result.output


def test_skipping_tasks_needs_no_trust(template, tmp_path):
    result = run(
        *(sys.executable, "-m", "copier", "copy", "--defaults", "--skip-tasks", "--data", "base_architecture=decoder"),
        *(template, tmp_path / "port"),
        cwd=tmp_path,
    )
    assert result.code == 0, result.output
    assert make(tmp_path / "port", "help").code == 0


def test_no_answer_reaches_a_shell(template):
    """Tasks are lists, and hold nothing but paths and a yes or no."""
    import yaml

    for task in yaml.safe_load((template / "copier.yml").read_text())["_tasks"]:
        assert isinstance(task["command"], list)
        assert [part for part in task["command"] if "{{" in part] == [
            "{{ _copier_python }}",
            "{{ _copier_conf.src_path }}/hooks/post_copy.py",
            "--setup={{ 'yes' if setup else 'no' }}",
            "--style={{ 'no' if port_was_here else 'yes' }}",
            "--start={{ 'no' if base_model == 'none' else 'yes' }}",
            "--adopted-from={{ _copier_conf.src_path if files_were_here and not workspace_was_here }}",
        ]


def test_hooks_need_the_standard_library_only(template, bare_python):
    listed = subprocess.run(
        [
            bare_python / "python",
            "-I",
            "-c",
            "import runpy, sys; sys.argv=['h', '--help']; runpy.run_path(sys.orig_argv[-1], run_name='__main__')",
        ]
        + [template / HOOK],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert listed.returncode == 0, listed.stdout.decode()
