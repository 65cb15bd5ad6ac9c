"""The supported releases of Transformers: said in one way everywhere, and of any other one line is said."""

import re
import sys

import pytest
from conftest import REPOSITORY, make, run
from packaging.requirements import Requirement

from porting import releases


def text(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def line_of(name: str, start: str) -> str:
    (found,) = [line for line in text(name).splitlines() if line.startswith(start)]
    return found


def test_all_places_agree_on_the_range():
    supported = text("README.md").partition("## Supported\n")[2].partition("\n## ")[0]
    named = re.search(r"Transformers ([\d.]+) to ([\d.]+) \(tested at ([\d., and]+)\)", supported)
    tested = re.findall(r"\d+\.\d+\.\d+", named[3])
    assert (tested[0], tested[-1]) == (releases.OLDEST, releases.NEWEST)
    assert (f"{named[1]}.", f"{named[2]}.") == tuple(
        version[: version.rindex(".") + 1] for version in (tested[0], tested[-1])
    )
    requirement = Requirement(line_of("template/requirements.txt", "transformers>="))
    assert f">={named[1]}" in str(requirement.specifier)
    assert all(requirement.specifier.contains(version) for version in tested)
    installed = line_of("template/constraints.txt", "transformers==").partition("==")[2]
    assert installed in tested
    assert f'OLDEST_TRANSFORMERS = "{releases.OLDEST}"' in text("noxfile.py")


@pytest.mark.parametrize("version", ["5.16.1", "5.17.0", "5.23.0", "5.24.0", "5.23.1.post1"])
def test_nothing_is_said_of_a_tested_release(version):
    assert releases.untested(version) is None


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("5.24.1", "is newer than"),
        ("6.0.0", "is newer than"),
        ("5.16.0", "is older than"),
        ("4.57.1", "is older than"),
        ("5.25.0.dev0", "is a development version"),
        ("5.20.0.dev0", "is a development version"),
        ("5.25.0rc1", "is a development version"),
        ("of a fork", "is no version"),
    ],
)
def test_one_line_is_said_of_any_other(version, said):
    line = releases.untested(version)
    assert line.startswith(f"Transformers {version} {said}")
    assert "\n" not in line and "5.16.1 to 5.24.0" in line


@pytest.fixture
def another(tmp_path):
    """`another(version)`: what makes an interpreter take its Transformers for that version."""

    def _another(version: str) -> dict[str, str]:
        metadata = tmp_path / f"transformers-{version}.dist-info" / "METADATA"
        metadata.parent.mkdir()
        metadata.write_text(f"Metadata-Version: 2.1\nName: transformers\nVersion: {version}\n")
        return {"PYTHONPATH": str(tmp_path)}

    return _another


@pytest.mark.parametrize("target", ["smoke", "status"])
def test_targets_say_it(workspace, another, target):
    environment = another("5.99.0")
    result = run("make", target, f"PYTHON={sys.executable}", cwd=workspace(), env=environment)
    assert result.code == 0, result.output
    said = [line for line in result.output.splitlines() if line.startswith("Transformers 5.99.0 is newer than")]
    assert len(said) == 1
    assert "Transformers 5." not in make(workspace(), target).output


def test_test_says_it_before_it_looks_for_common_tests(workspace, another, tmp_path):
    environment = another("5.99.0") | {"UPSTREAM": str(tmp_path)}
    result = run("make", "test", f"PYTHON={sys.executable}", cwd=workspace(), env=environment)
    assert result.output.startswith("Transformers 5.99.0 is newer than")


def test_setup_says_it_of_the_environment_it_found(render, another, tmp_path):
    path = render()
    script = (
        "import sys; from pathlib import Path; from porting import environment; "
        "environment._mount = lambda *_: None; environment.prepare(Path.cwd())"
    )
    result = run(sys.executable, "-c", script, cwd=path, env=another("5.99.0"))
    assert result.code == 0, result.output
    assert "Transformers 5.99.0 is newer than" in result.output.splitlines()[-1]
