"""The guide's list "to change this, write that": each entry makes a port that is formatted, linted, runs, and passes its tests."""

import json
import shutil

import pytest
from conftest import make, of_the_day
from differences import applied, differences


MODULAR = "src/transformers/models/g_lib/modular_g_lib.py"
TITLES = (
    "Another activation",
    "Norms on queries and keys",
    "A norm after attention too",
    "A norm that multiplies by 1 + w",
    "Logits with a soft cap",
    "Rotary on part of a head, neighbours turned together",
    "Layers that see a window",
    "Experts in place of the feed-forward",
    "A bias removed, and the field that chose it",
    "A field of the configuration that no model had",
)


@pytest.fixture
def changed(workspace, tmp_path):
    """`changed(title)`: a port of Llama with that difference, expanded and formatted."""

    def _changed(title: str):
        port = tmp_path / "port"
        source = workspace()
        shutil.copytree(source, port, ignore=shutil.ignore_patterns("__pycache__", "reports"))
        entry = next(each for each in differences((port / "GUIDE.md").read_text()) if each.title == title)
        (port / MODULAR).write_text(applied((port / MODULAR).read_text(), entry.code))
        done = make(port, "style")
        assert done.code == 0, done.output
        assert (port / MODULAR).with_name("modeling_g_lib.py").read_text() != (source / MODULAR).with_name(
            "modeling_g_lib.py"
        ).read_text() or title == TITLES[0]
        return port

    return _changed


def test_these_are_the_guides(workspace):
    guide = (workspace() / "GUIDE.md").read_text()
    assert tuple(each.title for each in differences(guide)) == TITLES


@pytest.mark.parametrize("title", of_the_day(TITLES, 3))
def test_each_runs(changed, title):
    done = make(changed(title), "smoke")
    assert done.code == 0, done.output


@pytest.mark.apart
@pytest.mark.parametrize("title", TITLES)
def test_each_passes_its_tests(changed, title):
    port = changed(title)
    for target in ("quality", "test"):
        done = make(port, target)
        assert done.code == 0, done.output
    counts = json.loads((port / "reports" / "test.json").read_text())["counts"]
    assert counts["failed"] == 0 and counts["passed"] > 100
