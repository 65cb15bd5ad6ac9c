"""What was in the destination stays as it was: other files, a port under way, a full disk, a killed hook."""

import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import make, run


MODEL = "src/transformers/models/g_lib/modeling_g_lib.py"
OWNED = [MODEL, "tests/models/g_lib/test_modeling_g_lib.py", "original/adapter.py", "conversion/rules.py"]
ANSWERS = ("-d", "model_name=GLib", "-d", "base_architecture=decoder", "-d", "setup=no")
MINE = "mine   = 'kept as it is'\n"

posix = pytest.mark.skipif(os.name == "nt", reason="needs signals and file size limits of POSIX")


def copy(template: Path, destination: Path, *options: str, path: Path | None = None):
    """`copier copy --trust --defaults` with the answers above; `path` goes first on PATH."""
    command = [sys.executable, "-m", "copier", "copy", "--trust", "--defaults", *ANSWERS, *options]
    directories = [str(path or Path(sys.executable).parent), os.environ["PATH"]]
    return run(*command, template, destination, cwd=destination.parent, env={"PATH": os.pathsep.join(directories)})


def put(folder: Path, *names: str) -> dict[Path, bytes]:
    """Write files of the porter's own; returns all files of the folder with their bytes."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(MINE)
    return contents(folder)


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and "reports" not in path.parts}


def unchanged(before: dict[Path, bytes]) -> bool:
    return all(path.is_file() and path.read_bytes() == content for path, content in before.items())


@pytest.fixture
def fake_python(tmp_path):
    """`fake_python(script)`: a directory with a `python` that is a shell script."""

    def _fake_python(script: str) -> Path:
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / "python").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "python").chmod(stat.S_IRWXU)
        return folder

    return _fake_python


def test_other_files_stay_and_the_workspace_is_whole(template, render, tmp_path):
    before = put(
        tmp_path / "port", "notes.txt", "README.md", "src/mine.py", "tests/models/mine/test_mine.py", "docs/x.md"
    )
    assert copy(template, tmp_path / "port", "--skip-tasks").code == 0
    assert unchanged(before)
    assert {path.relative_to(tmp_path / "port") for path in contents(tmp_path / "port")} >= {
        path.relative_to(workspace) for workspace in [render()] for path in contents(workspace)
    }


def test_a_half_done_port_keeps_every_file_that_was_there(template, tmp_path):
    before = put(tmp_path / "port", "Makefile", "GUIDE.md", "porting/smoke.py", ".gitignore", "notes.txt", *OWNED)
    result = copy(template, tmp_path / "port")
    assert result.code == 0, result.output
    assert unchanged(before)
    added, left = result.output.split("Left as it was")
    assert "Added: .copier-answers.yml, .github" in added and "conftest.py" in added and "Makefile" not in left[:9]
    for name in ("Makefile", "GUIDE.md", "porting/smoke.py", "original/adapter.py"):
        assert f"\n  {name}\n" in left
        assert (tmp_path / "port" / "reports" / "template" / name).is_file()
    for option in ("--overwrite", "--skip-tasks"):
        (tmp_path / "port" / ".copier-answers.yml").unlink()
        assert copy(template, tmp_path / "port", option).code == 0
        assert unchanged(before)


def test_a_second_copy_keeps_every_word_of_the_porter(template, workspace, tmp_path):
    port = shutil.copytree(workspace(), tmp_path / "port")
    before = put(port, *OWNED[1:], "porting/my_tool.py", "notes.txt")
    result = copy(template, port, "--overwrite")
    assert result.code == 0, result.output
    assert unchanged(before)
    assert "none is formatted" in result.output and "later: make style" in result.output


def test_a_second_copy_brings_managed_files_back_only_when_told_to(template, render, tmp_path):
    port = render(tmp_path / "port")
    managed = (port / "Makefile").read_bytes()
    before = put(port, "Makefile")
    assert copy(template, port).code == 1
    assert unchanged(before)
    assert copy(template, port, "--overwrite", "--skip-tasks").code == 0
    assert (port / "Makefile").read_bytes() == managed


def limited(*command: object, cwd: Path, largest: int) -> subprocess.CompletedProcess:
    """Run a command that cannot write more than `largest` bytes to a file, as on a disk that gets full."""
    import resource

    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY)),
    )


@pytest.fixture(scope="module")
def plain_template(template, tmp_path_factory) -> Path:
    """The template as a directory without history, so that no clone fills the disk before the rendering."""
    exported = tmp_path_factory.mktemp("exported")
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=template, stdout=subprocess.PIPE, check=True).stdout
    subprocess.run(["tar", "-x"], cwd=exported, input=archive, check=True)
    return exported


@posix
@pytest.mark.parametrize("was_there", [False, True])
def test_a_full_disk_leaves_what_was_there(plain_template, tmp_path, was_there):
    port = tmp_path / "port"
    before = put(port, "notes.txt", "src/mine.py", MODEL) if was_there else {}
    command = [sys.executable, "-m", "copier", "copy", "--trust", "--defaults", *ANSWERS, plain_template, port]
    result = limited(*command, cwd=tmp_path, largest=6000)  # enough for git, not for the guide
    output = result.stdout.decode()
    assert result.returncode == 1
    assert output.rstrip().endswith("File too large")
    assert unchanged(before)
    assert port.exists() == was_there
    if was_there:
        half_done = [line.split()[-1] for line in output.splitlines() if "create" in line]
        added = [path for path in contents(port) if path not in before]
        assert added and {str(path.relative_to(port)) for path in added} <= set(half_done), "each new file is named"


@posix
def test_formatting_on_a_full_disk_truncates_no_file(workspace, tmp_path):
    port = shutil.copytree(workspace(), tmp_path / "port")
    modular = port / MODEL.replace("modeling_", "modular_")
    modular.write_text(modular.read_text().replace("= ", "=  "))
    before = contents(port)
    size = modular.stat().st_size
    result = limited(sys.executable, "-m", "porting", "style", cwd=port, largest=size // 2)
    assert result.returncode == 2
    assert unchanged(before)
    assert make(port, "style").code == 0


@posix
def test_a_killed_step_is_named_and_the_hook_goes_on(template, tmp_path, fake_python):
    path = fake_python('case "$1" in -c) exit 0;; esac\nkill -KILL $$')
    result = copy(template, tmp_path / "port", path=path)
    assert result.code == 0, result.output
    for command in ("make start", "make style", "make smoke"):
        assert f"later: {command}" in result.output
    assert (tmp_path / "port" / "Makefile").is_file()


@posix
@pytest.mark.parametrize("was_there", [False, True])
def test_a_killed_hook_leaves_what_was_there(template, tmp_path, fake_python, was_there):
    """Copier takes back a destination that it made itself, and leaves one that existed whole."""
    port = tmp_path / "port"
    before = put(port, "notes.txt", "src/mine.py") if was_there else {}
    result = copy(template, port, path=fake_python("kill -KILL $PPID"))
    assert result.code == 1
    assert f"returned non-zero exit status -{signal.SIGKILL.value}" in result.output
    assert port.exists() == was_there
    if was_there:
        assert unchanged(before)
        assert make(port, "start").code == 0, "the workspace is whole"


@posix
def test_control_c_in_the_hook_leaves_the_workspace_and_says_what_did_not_run(template, tmp_path, fake_python):
    terminal = pytest.importorskip("terminal", exc_type=ImportError)
    path = fake_python('case "$1" in -c) exit 0;; esac\necho "running $3"\nsleep 60')
    port = tmp_path / "port"
    command = [sys.executable, "-m", "copier", "copy", "--trust", "--defaults", *ANSWERS, template, port]
    with terminal.Terminal("env", f"PATH={path}{os.pathsep}{os.environ['PATH']}", *command) as person:
        person.expect("running start")
        person.send(terminal.CONTROL_C)
        person.expect("later: make start")
        person.expect("Execution stopped by user")
        assert "Traceback" not in person.shown
        assert person.process.wait(30) == 1
    assert make(port, "start").code == 0
