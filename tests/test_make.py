"""The workspace's targets when something is wrong: exit codes and one line that says what to do."""

import json
import os
import shutil
import stat
import subprocess
import sys

import pytest
from conftest import make, run


@pytest.fixture
def broken(workspace, tmp_path):
    """A workspace of one's own to break: its path, and a function that appends a line to its modeling file."""
    path = tmp_path / "port"
    shutil.copytree(workspace(), path)
    modeling = path / "src/transformers/models/g_lib/modeling_g_lib.py"

    def append(line: str) -> None:
        modeling.write_text(modeling.read_text() + line + "\n")

    return path, append


def test_help_lists_every_target(workspace):
    listed = make(workspace(), "help").output
    assert [line.split()[0] for line in listed.splitlines()][:2] == ["help", "setup"]
    assert all(len(line) <= 80 for line in listed.splitlines())


@pytest.fixture
def only(tmp_path):
    """`only(name=script, ...)`: a PATH with make, a shell, and programs that are scripts of one's own."""

    def _only(**scripts: str) -> dict[str, str]:
        folder = tmp_path / "bin"
        folder.mkdir()
        for name in ("make", "sh"):
            (folder / name).symlink_to(shutil.which(name))
        for name, script in scripts.items():
            (folder / name).write_text(f"#!{shutil.which('sh')}\n{script}\n")
            (folder / name).chmod(stat.S_IRWXU)
        return {"PATH": str(folder)}

    return _only


THIS = f'exec "{sys.executable}" "$@"'


@pytest.mark.skipif(os.name == "nt", reason="the programs on PATH are scripts of a POSIX shell")
@pytest.mark.parametrize(
    "scripts",
    [
        {"python3": THIS},
        {"python": "exit 1  # an old one", "python3": THIS},
        {"python": "echo no version is set >&2; exit 127", "python3": THIS},
        {"python": THIS, "python3": "echo the wrong one; exit 1"},
    ],
    ids=["only python3", "python is an old one", "python does not run", "python comes first"],
)
def test_the_interpreter_of_make(workspace, only, scripts):
    result = run("make", "--no-print-directory", "status", cwd=workspace(), env=only(**scripts))
    assert result.code == 0, result.output
    assert result.output.startswith("GLib: 0 of 12 done")


@pytest.mark.skipif(os.name == "nt", reason="the programs on PATH are scripts of a POSIX shell")
def test_the_workspaces_own_interpreter_comes_first(render, only):
    path = render()
    own = path / ".venv" / "bin" / "python"
    own.parent.mkdir(parents=True)
    own.write_text(f"#!{shutil.which('sh')}\necho its own\n")
    own.chmod(stat.S_IRWXU)
    result = run("make", "--no-print-directory", "status", cwd=path, env=only(python3=THIS))
    assert result.output == "its own\n"


def test_every_target_is_a_command_of_the_tools(workspace):
    from importlib import util

    path = workspace()
    targets = {line.split()[0] for line in make(path, "help").output.splitlines()} - {"help"}
    spec = util.spec_from_file_location("porting_main", path / "porting" / "__main__.py")
    source = spec.loader.get_source("porting_main")
    assert all(f'"{target}": "porting.' in source for target in targets)


def test_quality_names_the_tool_that_objects(broken):
    path, append = broken
    append("import os")
    result = make(path, "quality")
    assert result.code != 0
    assert "make quality: " in result.output and "ruff" in result.output
    assert "F401" in result.output or "E402" in result.output


def test_smoke_names_the_class_that_fails(broken):
    path, append = broken
    append("GLibModel.forward = lambda self, **kwargs: 1 / 0")
    result = make(path, "smoke")
    assert result.code != 0
    assert "ZeroDivisionError" in result.output
    assert "classes failed: GLibModel, GLibForCausalLM" in result.output


def test_a_failing_test_fails_the_target_and_stands_in_the_report(broken):
    path, _ = broken
    (path / "tests/models/g_lib/test_extra.py").write_text("def test_no():\n    assert False\n")
    result = make(path, "test", PYTEST="-k test_no")
    assert result.code != 0
    assert "1 failed" in result.output
    assert "tests/models/g_lib/test_extra.py::test_no" in (path / "reports" / "test.json").read_text()


SUBTESTS = """
import unittest

import pytest


class Extra(unittest.TestCase):
    def test_some_no(self):
        for width in (1, 2, 3):
            with self.subTest(width=width):
                self.assertNotEqual(width, 2)
                self.assertNotEqual(width, 3)

    def test_all_yes(self):
        with self.subTest("yes"):
            pass


@pytest.mark.parametrize("name", ["a b"])
def test_no_of_pytest(subtests, name):
    with subtests.test("no", depth=1):
        assert False


def test_no_after_yes(subtests):
    with subtests.test("yes"):
        pass
    assert False
"""


def test_failed_subtests_are_counted_and_named(broken):
    path, _ = broken
    (path / "tests/models/g_lib/test_extra.py").write_text(SUBTESTS)
    result = make(path, "test", PYTEST="tests/models/g_lib/test_extra.py -k 'Extra or test_no'")
    assert result.code != 0
    assert "1 passed, 3 failed (3 subtests), " in result.output, result.output
    report = json.loads((path / "reports" / "test.json").read_text())
    assert not report["passed"] and report["failed_subtests"] == 3
    assert (report["counts"]["passed"], report["counts"]["failed"]) == (1, 3)
    assert [name.partition("test_extra.py::")[2] for name in report["failures"]] == [
        "Extra::test_some_no (width=2)",
        "Extra::test_some_no (width=3)",
        "test_no_after_yes",
        "test_no_of_pytest[a b] [no] (depth=1)",
    ]
    assert "3 tests failed (3 subtests): " in result.output and "and 1 more, named above" in result.output


def test_a_clone_of_another_version_is_refused(workspace, tmp_path):
    package = tmp_path / "src" / "transformers"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text('__version__ = "4.0.0"\n')
    result = make(workspace(), "test", UPSTREAM=str(tmp_path))
    assert result.code != 0
    assert "holds Transformers 4.0.0" in result.output and "leave UPSTREAM out" in result.output
    assert "Traceback" not in result.output


def test_tests_of_a_clone_find_the_modules_beside_them(workspace, tmp_path):
    for name, text in (("tests/needs_utils.py", "from utils.helper import found"), ("utils/helper.py", "found = 1")):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
    script = (
        "from pathlib import Path; from porting.upstream import package, sdist; "
        f"clone = sdist.CommonTests('clone', '5.23.0', Path({str(tmp_path / 'tests')!r})); "
        "package.compose(Path.cwd(), clone); import tests.needs_utils; print(tests.needs_utils.__file__)"
    )
    result = run(sys.executable, "-c", script, cwd=workspace())
    assert result.code == 0, result.output
    assert result.output.strip() == str(tmp_path / "tests" / "needs_utils.py")


def test_common_tests_that_cannot_be_fetched_are_one_line(workspace, tmp_path):
    offline = {"PORT_TEMPLATE_CACHE": str(tmp_path), "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}
    result = run(
        "make", "test", f"PYTHON={sys.executable}", cwd=workspace(), env=offline | {"PIP_FIND_LINKS": str(tmp_path)}
    )
    assert result.code != 0
    assert "could not fetch the sdist of transformers==" in result.output
    assert "Traceback" not in result.output
    assert not list(tmp_path.iterdir()), "nothing half-fetched is left"


def test_answers_that_are_gone_are_one_line(render):
    path = render()
    (path / ".copier-answers.yml").unlink()
    result = make(path, "style")
    assert ".copier-answers.yml is missing" in result.output
    assert "Traceback" not in result.output


def test_style_leaves_other_files_alone(broken):
    path, _ = broken
    mine = path / "src" / "mine.py"
    mine.write_text("x   =  1\n")
    subprocess.run([sys.executable, "-m", "porting", "style"], cwd=path, check=True, stdout=subprocess.DEVNULL)
    assert mine.read_text() == "x   =  1\n"
