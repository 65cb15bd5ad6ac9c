"""`make status`: boxes, next step, days, unfilled places, and guides that people have edited."""

import json
import shutil
from datetime import date, timedelta

import pytest
from conftest import make
from ownership import files, is_owned

from porting.workspace import Workspace


@pytest.fixture
def port(workspace, tmp_path):
    """A workspace of its own to edit; all that `status` reads is there."""
    copy = tmp_path / "port"
    shutil.copytree(workspace(), copy, ignore=shutil.ignore_patterns("__pycache__", "reports"))
    return copy


def edit(port, old: str, new: str) -> None:
    guide = port / "GUIDE.md"
    text = guide.read_text(encoding="utf-8")
    assert old in text
    guide.write_text(text.replace(old, new, 1), encoding="utf-8")


def report(port) -> dict:
    return json.loads((port / "reports" / "status.json").read_text(encoding="utf-8"))


def test_a_new_port_has_every_box_open_and_begins_with_the_theory(port):
    result = make(port, "status")
    assert result.code == 0, result.output
    assert "0 of 12 done" in result.output
    found = report(port)
    assert [todo["done"] for todo in found["todos"]] == [False] * 12
    assert found["next"]["id"] == "theory"
    assert "GLibConfig" in found["next"]["command"]
    assert max(map(len, result.output.split("\n"))) <= 80


def test_a_tick_moves_on_and_is_called_a_tick(port):
    edit(port, "- [ ] Understand the ideas", "- [x] Understand the ideas")
    edit(port, "- [ ] Prepare the environment", "* [X]  Prepare the environment")
    result = make(port, "status")
    assert "2 of 12 done" in result.output
    assert result.output.count("(ticked by hand)") == 2
    found = report(port)
    assert [todo["ticked_by"] for todo in found["todos"][:3]] == ["hand", "hand", None]
    assert found["next"]["id"] == "original-environment"


def test_every_unfilled_place_is_listed_with_file_and_line(port):
    source = port / "conversion" / "rules.py"
    lines = source.read_text(encoding="utf-8").split("\n")
    source.write_text("\n".join([*lines, "# FILL: something new", ""]), encoding="utf-8")
    output = make(port, "status").output
    places = {(place["path"], place["line"]): place["what"] for place in report(port)["unfilled"]}
    assert places["conversion/rules.py", len(lines) + 1] == "something new"
    assert f"conversion/rules.py:{len(lines) + 1}" in output
    for path, line in places:
        assert "FILL:" in (port / path).read_text(encoding="utf-8").split("\n")[line - 1]
    expected = {
        path.relative_to(port).as_posix()
        for folder in ("src", "tests/models", "docs", "original", "conversion")
        for path in (port / folder).rglob("*")
        if path.is_file() and "FILL:" in path.read_text(encoding="utf-8", errors="replace")
    }
    assert {path for path, _ in places} == expected
    assert any(path.startswith("docs/") for path in expected)


def test_a_slot_counts_as_confirmed_once_its_note_is_gone(port):
    make(port, "status")
    assert {slot["name"] for slot in report(port)["slots"] if slot["confirmed"]} == set()
    head, tail = (port / "GUIDE.md").read_text(encoding="utf-8").split("<!-- slot: conversion -->\n")
    (port / "GUIDE.md").write_text(f"{head}<!-- slot: conversion -->\n" + tail.split("\n", 2)[2], encoding="utf-8")
    make(port, "status")
    assert {slot["name"] for slot in report(port)["slots"] if slot["confirmed"]} == {"conversion"}


@pytest.mark.parametrize("days, words", [(10, "10 days left"), (0, "0 days left"), (-3, "3 days past its end")])
def test_days_left(port, days, words):
    answers = port / ".copier-answers.yml"
    end = (date.today() + timedelta(days=days)).isoformat()
    lines = [
        f"end_date: '{end}'" if line.startswith("end_date:") else line for line in answers.read_text().split("\n")
    ]
    answers.write_text("\n".join(lines))
    assert words in make(port, "status").output
    assert report(port)["days_left"] == days


@pytest.mark.parametrize(
    "spoil, words",
    [
        (lambda guide: guide.unlink(), "GUIDE.md is missing"),
        (lambda guide: guide.write_text("# My own guide\n"), "has lost its to-do list"),
        (lambda guide: guide.write_bytes(guide.read_text("utf-8").encode("utf-16")), "is not UTF-8"),
        (
            lambda guide: guide.write_bytes(b"\n<<<<<<< before updating\n" + guide.read_bytes()),
            "GUIDE.md:2 is a merge",
        ),
    ],
)
def test_a_guide_that_cannot_be_read_gets_one_line(port, spoil, words):
    spoil(port / "GUIDE.md")
    result = make(port, "status")
    assert result.code == 2
    first, *rest = result.output.strip().split("\n")
    assert words in first and first.startswith("make status: ")
    assert all(line.startswith("make: ***") for line in rest)


def test_an_edited_list_is_taken_as_it_is(port):
    guide = port / "GUIDE.md"
    text = guide.read_text(encoding="utf-8").replace("\n", "\r\n")
    lines = [line for line in text.split("\n") if "todo: notebook" not in line]
    first = next(number for number, line in enumerate(lines) if "todo: theory" in line)
    lines.insert(first, "- [ ] Buy a bigger disk [soon]\r")
    guide.write_bytes(("\ufeff" + "\n".join(lines)).encode("utf-8"))
    result = make(port, "status")
    assert result.code == 0, result.output
    assert "[ ] Buy a bigger disk [soon]" in result.output
    assert "No longer in the list of GUIDE.md: notebook" in result.output
    found = report(port)
    assert found["missing_todos"] == ["notebook"]
    assert found["next"]["id"] == "theory"
    assert [todo["id"] for todo in found["todos"][:2]] == [None, "theory"]


def test_everything_ticked(port):
    text = (port / "GUIDE.md").read_text(encoding="utf-8").replace("- [ ]", "- [x]")
    (port / "GUIDE.md").write_text(text, encoding="utf-8")
    assert "every box is ticked" in make(port, "status").output
    assert report(port)["next"] is None


def test_status_knows_the_same_owned_files_as_copier(port):
    owned = Workspace(port).owned_paths
    for name in files(port):
        if is_owned(name, "g_lib"):
            path = port / name
            assert any(path == root or root in path.parents for root in owned), f"{name} is not in owned_paths"


def test_what_upstream_asks_for_since_is_listed_until_it_is_done(port):
    test = port / "tests" / "models" / "g_lib" / "test_modeling_g_lib.py"
    lines = test.read_text(encoding="utf-8").split("\n")
    at = next(number for number, line in enumerate(lines) if line.startswith("    def test_inference"))
    test.write_text("\n".join([*lines[:at], "    @torch.no_grad()", *lines[at:]]), encoding="utf-8")
    output = make(port, "status").output
    (found,) = report(port)["to_change"]
    assert (found["path"], found["line"]) == ("tests/models/g_lib/test_modeling_g_lib.py", at + 1)
    assert f"{found['path']}:{at + 1}" in output and "with torch.no_grad()" in output
    test.write_text("\n".join(lines), encoding="utf-8")
    make(port, "status")
    assert report(port)["to_change"] == []
