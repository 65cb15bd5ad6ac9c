"""What a stranger types: the README's commands from a clone, and `make setup` with another build of PyTorch."""

import os
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from conftest import REPOSITORY, make, run
from terminal import ENTER, Terminal


pytestmark = pytest.mark.skipif(os.name == "nt", reason="the commands are those of a POSIX shell")


def commands(section: str) -> list[str]:
    """The lines of the first block of commands of a section of the README."""
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    return readme.split(f"\n## {section}\n")[1].split("```bash\n")[1].split("```")[0].strip().splitlines()


def test_the_readme_s_commands_make_a_port_from_a_clone(released, tmp_path):
    """As they stand, but for the environment that Copier is installed into, and for answers to the questions."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", released, clone], check=True)
    install, copy, enter, status = commands("Port your own model")
    assert install.endswith("pip install -q copier")
    (clone / ".copier-env").symlink_to(Path(sys.executable).parents[1])
    answers = "--defaults --skip-tasks -d model_name=Tide -d base_architecture=decoder"
    copied = run("sh", "-c", f"{copy} {answers}", cwd=clone)
    assert copied.code == 0, copied.output
    port = clone / enter.removeprefix("cd ")
    assert "Copying from template version 999.0.0" in copied.output, "the newest release"
    source = yaml.safe_load((port / ".copier-answers.yml").read_text())["_src_path"]
    assert Path(source).is_absolute() and Path(source).samefile(clone), "where `make update` looks"
    shown = make(port, status.removeprefix("make "))
    assert shown.code == 0 and "GUIDE.md" in shown.output


def test_a_person_can_answer_all_questions_with_enter(template, tmp_path):
    with Terminal(sys.executable, "-m", "copier", "copy", "--skip-tasks", template, tmp_path / "port") as person:
        person.see("Name of the model as in its paper, e.g. BigBird")
        person.send(ENTER * 40)
        person.expect("is in", timeout=300)


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> str:
    """The address of an index whose only package is a PyTorch without content, of the version that is asked for."""
    folder = tmp_path_factory.mktemp("index") / "torch"
    folder.mkdir()
    pins = (REPOSITORY / "template" / "constraints.txt").read_text().split()
    version = next(pin for pin in pins if pin.startswith("torch==")).removeprefix("torch==") + "+cpu"
    wheel = f"torch-{version}-py3-none-any.whl"
    with zipfile.ZipFile(folder / wheel, "w") as files:
        info = f"torch-{version}.dist-info"
        files.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: torch\nVersion: {version}\n")
        files.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        files.writestr(f"{info}/RECORD", "")
    (folder / "index.html").write_text(f'<a href="{wheel}">{wheel}</a>')
    return folder.parent.as_uri()


@pytest.mark.parametrize("given", ["make", "environment"])
def test_pytorch_comes_from_the_index_that_is_named(render, index, tmp_path, given):
    port = render()
    elsewhere = {"PIP_INDEX_URL": (tmp_path / "nothing").as_uri(), "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "0"}
    elsewhere |= {"PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": ""}
    variable = f"TORCH_INDEX={index}"
    command = [sys.executable, "-m", "porting", "setup", "--own"]
    if given == "make":
        (port / "python").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@" --own\n')
        (port / "python").chmod(0o755)
        command = ["make", "setup", variable, "PYTHON=./python"]
    done = run("env", *([variable] if given == "environment" else []), *command, cwd=port, env=elsewhere)
    assert "could not install Transformers" in done.output, "the rest comes from where it always does: here, nowhere"
    shown = run(port / ".venv" / "bin" / "python", "-m", "pip", "list", cwd=port, env=elsewhere)
    assert "torch" in shown.output and "+cpu" in shown.output, shown.output


def test_an_index_that_is_no_address_is_one_line(render):
    done = run(sys.executable, "-m", "porting", "setup", "--own", cwd=render(), env={"TORCH_INDEX": "cpu"})
    assert done.code == 2
    assert "TORCH_INDEX is 'cpu', which is no address; take the one behind --index-url" in done.output
    assert not done.output.count("Traceback")


def test_setup_brings_an_environment_of_the_workspace_to_the_versions_it_holds(workspace, tmp_path):
    """A formatter at another version is named, and installed at the one that `make style` holds."""
    port = shutil.copytree(workspace(), tmp_path / "port")
    python = port / ".venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", port / ".venv"], check=True)
    site = next((port / ".venv").glob("lib/*/site-packages"))
    (site / "host.pth").write_text(f"{next(Path(sys.prefix).glob('lib/*/site-packages'))}\n")
    other = site / "black-99.1.0.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: black\nVersion: 99.1.0\n")
    (port / ".venv" / "port-ready").touch()
    nowhere = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}
    done = run(python, "-m", "porting", "setup", cwd=port, env=nowhere)
    assert done.code == 2
    assert ".venv/bin/python has not black==25.12.0; installing" in done.output
    assert "could not install black==25.12.0" in done.output, "there is no index here"
    for target in ("style", "quality"):
        refused = run(python, "-m", "porting", target, cwd=port)
        assert refused.code == 2 and "black 99.1.0 is installed" in refused.output, refused.output
