"""Modular files of tests/modular_cases: what they expand to, held against what upstream's own converter makes of them.

Of what upstream's converter gives on the parents of 5.16.1 only digests are kept (expected.json); with another release
each file has to expand and to compile. cases.json says which kinds of edits a case has, and at which releases its
parents have lost what it changes; errors.json has the lines that the message about a wrong file may name.
"""

import hashlib
import importlib.metadata
import importlib.util
import json
import re
import shutil
from pathlib import Path

import pytest

from porting.modular.errors import ModularError
from porting.modular.expansion import expand


pytestmark = pytest.mark.both_ends

CASES = Path(__file__).parent / "modular_cases"
RELEASE_OF_DIGESTS = "5.16.1"


def read(name: str) -> dict:
    return json.loads((CASES / name).read_text(encoding="utf-8"))


EXPECTED, KINDS, ERRORS, CHAINS = (read(f"{name}.json") for name in ("expected", "cases", "errors", "chains"))
RELEASE = importlib.metadata.version("transformers")
COMPARED = RELEASE == RELEASE_OF_DIGESTS


@pytest.fixture(scope="module")
def package() -> Path:
    """The directory of the installed Transformers, which is not imported."""
    spec = importlib.util.find_spec("transformers")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent


def place(modular: Path, models: Path) -> Path:
    """Copy a modular file to where a workspace has it."""
    directory = models / modular.stem.removeprefix("modular_")
    directory.mkdir(parents=True)
    return Path(shutil.copy(modular, directory))


def differences(case: str, texts: dict[str, str]) -> list[str]:
    """One line for each file of a case that does not compile, or is not the expected one."""
    found = []
    for name, text in texts.items():
        try:
            compile(text, name, "exec")
        except SyntaxError as error:
            found.append(f"{case}/{name} does not compile: {error}")
    if not texts:
        found.append(f"{case} gave no file")
    if not COMPARED:
        return found
    wanted = EXPECTED[case]
    found += [f"{case}/{name} is missing" for name in sorted(wanted.keys() - texts.keys())]
    found += [f"{case}/{name} is one too many" for name in sorted(texts.keys() - wanted.keys())]
    for name in sorted(wanted.keys() & texts.keys()):
        if hashlib.sha256(texts[name].encode()).hexdigest() != wanted[name]:
            found.append(f"{case}/{name} differs")
    return found


def keep(texts: dict[str, str], directory: Path) -> None:
    """Leave what was made where whoever looks for the difference finds it."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (directory / name).write_text(text, encoding="utf-8")


def test_each_case_expands_to_the_files_that_upstreams_converter_writes(package, tmp_path, request):
    cases = sorted(case for case, kinds in KINDS.items() if RELEASE not in kinds["not_at"])
    files, wrong, found = 0, 0, []
    for case in cases:
        (modular,) = (CASES / case).glob("modular_*.py")
        files += len(EXPECTED[case])
        try:
            texts = expand(place(modular, tmp_path / case / "src" / "transformers" / "models"), package)
        except Exception as error:  # each case is tried, whatever the others do
            wrong += len(EXPECTED[case])
            found.append(f"{case} did not expand: {type(error).__name__}: {error}")
            continue
        keep(texts, tmp_path / "made" / case)
        lines = differences(case, texts)
        wrong += min(len(lines), len(EXPECTED[case]))
        found += lines
    outcome = f"{files - wrong} of {files}"
    request.node.user_properties.append(("modular_row", [RELEASE, len(cases), outcome]))
    assert not found, "\n".join([f"{outcome}; made: {tmp_path / 'made'}", *found])


@pytest.mark.parametrize("chain", CHAINS)
def test_a_parent_of_the_workspace_is_as_good_as_one_of_the_library(chain, package, tmp_path):
    models = tmp_path / "src" / "transformers" / "models"
    found = []
    for model in CHAINS[chain]:
        modular = place(CASES / "chains" / chain / model / f"modular_{model}.py", models)
        texts = expand(modular, package, workspace_models=models)
        keep(texts, modular.parent)
        found += differences(f"chains/{chain}/{model}", texts)
    assert not found, "\n".join([f"made: {models}", *found])


@pytest.mark.parametrize("case", ERRORS)
def test_a_wrong_file_is_refused_in_one_line_that_names_its_line(case, package, tmp_path):
    (modular,) = (CASES / "errors" / case).glob("modular_*.py")
    placed = place(modular, tmp_path / "src" / "transformers" / "models")
    with pytest.raises(ModularError) as refused:
        expand(placed, package)
    message = str(refused.value)
    said = re.fullmatch(rf"(?:\S*/)?{re.escape(modular.name)}:(\d+): .+", message)
    assert said, message
    assert int(said[1]) in ERRORS[case]["lines"], message
    assert [path.name for path in placed.parent.iterdir()] == [placed.name]


def test_every_case_has_its_file_its_digests_and_its_kinds():
    directories = {path.parent.name for path in CASES.glob("*/modular_*.py")}
    chains = {f"chains/{chain}/{model}" for chain, models in CHAINS.items() for model in models}
    assert directories == set(KINDS)
    assert directories | chains == set(EXPECTED)
    assert {path.parent.name for path in CASES.glob("errors/*/modular_*.py")} == set(ERRORS)
    assert len(KINDS) >= 120
    assert len({parent for kinds in KINDS.values() for parent in kinds["parents"]}) >= 60
    assert len({edit for kinds in KINDS.values() for edit in kinds["edits"]}) >= 30
