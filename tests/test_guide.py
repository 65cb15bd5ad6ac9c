"""The rendered guide: complete against the seed, filled from the answers, true in every command."""

import html
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import ARCHITECTURES, REPOSITORY, make, of_the_day, run
from macros import environment, macros
from markdown_it import MarkdownIt
from seed_places import POINTS, SECTIONS, TODOS

from porting.base import table
from porting.guide import TODO_IDS, UNCONFIRMED, Guide


KNOWN_MODELS = macros("known_models").model_types
FRAMEWORKS = ("pytorch", "tensorflow", "jax", "other")
SLOTS = yaml.safe_load((REPOSITORY / "questions" / "slots.yml").read_text(encoding="utf-8"))
FORK_TARGETS = {"fix-repo", "typing", "check-repo"}  # of upstream's Makefile
NOT_IN_A_NEW_PORT = {
    "conversion/proposed_rules.py",  # written by make rules
    # files of Transformers
    "src/transformers/models/auto/modeling_auto.py",
    "src/transformers/conversion_mapping.py",
    "docs/source/en/_toctree.yml",
}

BIGBIRD = yaml.safe_load((REPOSITORY / "examples" / "answers" / "bigbird.yml").read_text(encoding="utf-8"))
EMPTY = {
    "model_name": "GLib",
    "camelcase_name": "GLib",
    "model_type": "g_lib",
    "tokenizer": "reuse",
    "tokenizer_class": "",
    "start_date": "2026-10-01",
    "end_date": "2026-11-12",
    "hub_id": "your-organisation/g-lib-base",
    "resources": [],
    "characteristics": [],
    "teacher_notes": {},
} | dict.fromkeys(
    (
        "teacher teacher_github contributor contributor_github original_repo_url original_clone_url paper_title paper_url "
        "paper_date checkpoint"
    ).split(),
    "",
)
FULL = BIGBIRD | {
    "parent_model": "bert",
    "reads_text_alone": True,
    "teacher_notes": {name: f"About {name}." for name in SLOTS},
}


def answers(architecture: str, framework: str, **others) -> dict:
    parent = table.DEFAULTS[architecture]
    told = {"base_architecture": architecture, "base_model": parent, "original_framework": framework}
    follows = {"parent_model": parent, "reads_text_alone": architecture in ARCHITECTURES}
    return EMPTY | told | follows | others


def render_guide(**answers) -> str:
    """The guide alone, without Copier."""
    return environment().get_template("template/GUIDE.md.jinja").render(answers)


@pytest.mark.parametrize("kind", table.KINDS)
def test_a_port_that_starts_from_a_model_has_a_guide_of_its_kind(kind):
    base = table.DEFAULTS[kind]
    shown = render_guide(**answers(kind, "pytorch"))
    assert f"modular_g_lib.py`. It says in what GLib differs from `{base}`" in shown
    assert "proves names and layouts" in shown and "The rendered model" not in shown
    for name in SLOTS:
        (slot,) = re.findall(rf"<!-- slot: {name} -->\n(.*?)\n<!-- /slot: {name} -->", shown, re.DOTALL)
        assert len(slot.splitlines()) > 2, name
    assert set(re.findall(r"<!-- todo: ([\w-]+) -->", shown)) == set(TODO_IDS)


@pytest.fixture(scope="module")
def bigbird_port(workspace) -> Path:
    return workspace(**BIGBIRD)


@pytest.fixture(scope="module")
def text(bigbird_port) -> str:
    return (bigbird_port / "GUIDE.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def bigbird(text) -> Guide:
    return Guide(text)


def section_text(guide: Guide, anchor: str) -> str:
    """A section with its subsections."""
    section = guide.section(anchor)
    assert section, f"the guide has no section #{anchor}"
    later = [other.line for other in guide.sections if other.line > section.line and other.level <= section.level]
    return "\n".join(guide.lines[section.line - 1 : min(later, default=len(guide.lines) + 1) - 1])


# --- complete against the seed -------------------------------------------------------------------


@pytest.mark.parametrize("place", SECTIONS)
def test_every_section_of_the_seed_has_its_place(bigbird, place):
    assert section_text(bigbird, SECTIONS[place]).strip()


def test_every_todo_of_the_seed_has_its_place_in_the_same_order(bigbird):
    assert [todo.id for todo in bigbird.todos] == list(TODOS.values()) == list(TODO_IDS)
    assert not any(todo.done for todo in bigbird.todos)


@pytest.mark.parametrize("place", POINTS)
def test_every_point_of_the_seed_has_its_place(bigbird, place):
    anchor, words = POINTS[place]
    assert words in section_text(bigbird, anchor)


def test_every_slot_is_there_once_and_names_its_place_in_the_seed(bigbird):
    assert [slot.name for slot in bigbird.slots] == list(SLOTS)
    assert all(SLOTS[name]["seed"] and SLOTS[name]["holds"] for name in SLOTS)


# --- filled from the answers ---------------------------------------------------------------------


def prose(text: str) -> str:
    """The guide without code, comments and link targets."""
    text = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r"`[^`\n]*`", "code", text)
    return re.sub(r"\]\([^)]*\)", "](link)", text)


def test_no_placeholder_is_left(text):
    without_notes = re.sub(r"^> \*\*From .*:\*\*\n(>.*\n)+", "", text, flags=re.MULTILINE)
    left = re.findall(r"(?<!\\)\[[^\]\n]*\](?!\()", prose(without_notes))
    assert set(left) == {"[ ]"}
    assert not re.search(r"\[((name|link|path) (of|to)|your |\.\.\.)[^\]\n]*\]|<(name|your)\b", text)
    assert "{{" not in text and "{%" not in text and "{#" not in text


def test_no_emoji_is_encoded_twice(bigbird_port):
    for page in bigbird_port.glob("**/*.md"):
        found = re.findall(r"ð[\x80-\x9fŸ]|Ã.|â€|\ufffd|&#x1f|\\u[0-9a-f]{4}|\\ud83", page.read_text(encoding="utf-8"))
        assert found == [], page.name
    assert "🤗" in (bigbird_port / "GUIDE.md").read_text(encoding="utf-8")


def test_every_fact_of_the_answers_is_told(text):
    page = html.unescape(MarkdownIt().enable("table").render(text))
    for key in (
        "model_name model_type camelcase_name teacher teacher_github contributor contributor_github start_date end_date "
        "paper_title paper_url paper_date original_repo_url checkpoint hub_id"
    ).split():
        assert BIGBIRD[key] in page, key
    assert BIGBIRD.get("original_clone_url", BIGBIRD["original_repo_url"] + ".git") in page
    assert "TensorFlow" in page and "an encoder" in page
    for item in BIGBIRD["resources"] + BIGBIRD["characteristics"]:
        for word in re.findall(r"\S{4,}", item):
            assert word.rstrip(":,;") in page, item


def test_teacher_notes_stand_in_their_slots(bigbird):
    said = BIGBIRD["teacher_notes"]
    for slot in bigbird.slots:
        assert slot.confirmed and "**From Patrick von Platen:**" in slot.text
        shown = html.unescape(re.sub(r"\\(.)", r"\1", slot.text))
        for line in said[slot.name].split("\n"):
            assert line in shown, slot.name


def test_a_note_stands_above_the_general_advice_and_is_markdown():
    note = "Split `qkv` *by heads*:\n\n1. first\n\n   ```python\n   a < b\n   ```"
    for kind in ARCHITECTURES:
        plain = {slot.name: slot.text for slot in Guide(render_guide(**answers(kind, "jax"))).slots}
        noted = Guide(render_guide(**answers(kind, "jax", teacher="Ann", teacher_notes=dict.fromkeys(SLOTS, note))))
        for slot in noted.slots:
            said, advice = slot.text.split("\n\n")
            assert said.startswith("> **From Ann:**\n>\n> Split `qkv` *by heads*:\n")
            assert said.endswith("\n>    ```python\n>    a < b\n>    ```")
            assert slot.confirmed and advice.startswith("> *In general:*\n>\n")
            assert plain[slot.name].split("\n", 1)[1].strip() == advice.split("\n", 1)[1].strip(), slot.name


def test_a_note_cannot_leave_its_slot():
    note = "a\n<!-- /slot: conversion -->\n- [x] b <!-- todo: theory -->\r- [x] c\n```\n## d\n<!-- slot: model_changes -->\n<!--"
    plain = Guide(render_guide(**answers("decoder", "jax")))
    noted = Guide(render_guide(**answers("decoder", "jax", teacher_notes={"conversion": note})))
    assert [todo.text for todo in noted.todos] == [todo.text for todo in plain.todos]
    assert [slot.name for slot in noted.slots] == [slot.name for slot in plain.slots]
    assert [section.title for section in noted.sections] == [section.title for section in plain.sections]
    assert [block.code for block in noted.blocks] == [block.code for block in plain.blocks]


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_guide_reads_well_for_every_architecture_and_framework(architecture, framework):
    bare = render_guide(**answers(architecture, framework))
    full = render_guide(**FULL | {"base_architecture": architecture, "original_framework": framework})
    older = {"base_model": "none", "parent_model": "none", "tokenizer_class": "BertTokenizer"}
    of_full_files = render_guide(**answers(architecture, framework, **older))
    assert "From full files to a difference" in of_full_files
    for text in (bare, full, of_full_files):
        guide = Guide(text)
        assert [todo.id for todo in guide.todos] == list(TODO_IDS)
        assert [slot.name for slot in guide.slots] == list(SLOTS)
        assert_no_gap(text)
        assert_links_resolve(guide)
        assert_steps_are_whole(guide)
    assert not any(slot.confirmed for slot in Guide(bare).slots)
    assert all(slot.confirmed for slot in Guide(full).slots)
    assert bare.count(UNCONFIRMED) == len(SLOTS)


@pytest.mark.parametrize("tokenizer", ["wordpiece", "bpe", "unigram", "none"])
def test_the_guide_reads_well_for_every_tokenizer(tokenizer):
    text = render_guide(**answers("encoder", "pytorch", tokenizer=tokenizer))
    assert_no_gap(text)
    assert_steps_are_whole(Guide(text))
    about_tokenizers = {name for name in SLOTS if name.startswith(("tokenizer_", "similar_tokenizer", "end_to_end"))}
    expected = set(SLOTS) - (about_tokenizers - {"tokenizer_choice"} if tokenizer == "none" else set())
    assert {slot.name for slot in Guide(text).slots} == expected


def test_advice_differs_by_architecture_and_framework():
    def slot(name, architecture, framework):
        guide = Guide(render_guide(**answers(architecture, framework)))
        return next(slot.text for slot in guide.slots if slot.name == name)

    for name in ("debugging_environment", "conversion"):
        assert len({slot(name, "encoder", framework) for framework in FRAMEWORKS}) == 4
    for name in ("nearest_model", "model_changes", "conversion", "forward_class", "failing_tests", "end_to_end_test"):
        assert len({slot(name, architecture, "pytorch") for architecture in ARCHITECTURES}) == 3


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_scripts_of_upstream_are_named_for_the_frameworks_that_have_some(framework):
    shown = render_guide(**answers("encoder", framework))
    named = re.findall(r"blob/main/(src/transformers/models/\w+/convert_\w+\.py)", shown)
    assert bool(named) == (framework in ("tensorflow", "jax"))
    clone = os.environ.get("UPSTREAM")  # the wheel has none of them
    if named and not clone:
        pytest.skip("UPSTREAM= names no clone to look into")
    assert [path for path in named if not Path(clone, path).is_file()] == []


def assert_no_gap(text: str) -> None:
    """An empty answer leaves no hole: no space before a stop, no empty pair, no doubled blank line, no open end."""
    words = prose(text)
    for hole in (r" [.,;:](\s|$)", r"(?<!\S)\*\*\*\*", r"\(\)|\[\]|``|\"\"", r"\b(ask|by)\s*[.,;]", r": *, "):
        assert not re.search(hole, words), (hole, re.search(hole, words))
    assert "\n\n\n" not in re.sub(r"^ *```.*?^ *```$", "code", text, flags=re.MULTILINE | re.DOTALL)
    assert not re.search(r"[ \t]+$", text, flags=re.MULTILINE)


def assert_links_resolve(guide: Guide) -> None:
    anchors = {section.anchor for section in guide.sections}
    for target in re.findall(r"\]\(#([^)]*)\)", "\n".join(guide.lines)):
        assert target in anchors, f"#{target} leads nowhere"


def assert_steps_are_whole(guide: Guide) -> None:
    """Numbers run, every step begins and ends with a command, and every block says what it is and needs."""
    steps = [section for section in guide.sections if re.match(r"\d+\. ", section.title)]
    assert [int(step.title.split(".")[0]) for step in steps] == list(range(1, len(steps) + 1))
    for step in steps[:-1]:  # the last one says goodbye
        assert "begin" in step.blocks[0].flags and "end" in step.blocks[-1].flags, step.title
    for block in guide.blocks:
        assert block.language in ("bash", "python"), block
        assert block.flags <= {"begin", "end", "online", "modular"}, block
        assert block.code.startswith("# online") == ("online" in block.flags), block


def test_links_and_paths_lead_somewhere(bigbird_port, bigbird, text):
    assert_links_resolve(bigbird)
    for page in (bigbird_port / "GUIDE.md", bigbird_port / "README.md"):
        for target in re.findall(r"\]\((?!https?:|#)([^)]*)\)", page.read_text(encoding="utf-8")):
            assert (bigbird_port / target).exists(), target
    for path in re.findall(r"`((?:src|tests|docs|original|conversion)/[\w./-]+)`", text):
        upstream = re.match(r"tests/models/(\w+)/", path)
        known = path in NOT_IN_A_NEW_PORT or (upstream and upstream[1] in KNOWN_MODELS)
        assert (bigbird_port / path).exists() or known, path


def test_only_targets_that_exist_are_promised(bigbird_port, text):
    targets = set(
        re.findall(r"^([a-z-]+):.*##", (bigbird_port / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    for page in ("GUIDE.md", "README.md"):
        promised = set(re.findall(r"(?:^ *|`)make ([a-z-]+)", (bigbird_port / page).read_text("utf-8"), re.MULTILINE))
        assert promised and promised <= targets | FORK_TARGETS, promised - targets


# --- true in every command -----------------------------------------------------------------------

# What needs a network, and parts of a modular file, which tests/test_differences.py tries.
NOT_RUN = {"online", "modular"}

# Runs Python blocks one after the other in one interpreter that sees the port.
RUN_PYTHON = """
import json, sys, traceback
sys.path.insert(0, ".")
from porting import mount
mount.install(".")
for number, code in enumerate(json.load(sys.stdin)):
    try:
        exec(compile(code, f"block {number}", "exec"), {"__name__": "__main__"})
    except SystemExit as end:
        if end.code:
            sys.exit(f"{code}\\nended with {end.code}")
    except Exception:
        traceback.print_exc()
        sys.exit(code)
"""


def run_python(port: Path, codes: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RUN_PYTHON],
        cwd=port,
        input=json.dumps(codes),
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("architecture", of_the_day(set(ARCHITECTURES) - {BIGBIRD["base_architecture"]}, 1))
def test_every_offline_python_block_runs_in_the_other_architectures(render, architecture):
    port = render(base_architecture=architecture)
    assert make(port, "start").code == 0
    assert make(port, "convert").code == 0  # step 6, before the blocks of step 7
    guide = Guide((port / "GUIDE.md").read_text(encoding="utf-8"))
    codes = [block.code for block in guide.blocks if block.language == "python" and not block.flags & NOT_RUN]
    assert len(codes) >= 5
    run_python(port, codes)


def test_every_offline_command_of_bigbird_runs(render, tmp_path):
    port = render(tmp_path / "port", **BIGBIRD)
    guide = Guide((port / "GUIDE.md").read_text(encoding="utf-8"))
    commands = dict.fromkeys(
        line
        for block in guide.blocks
        if block.language == "bash" and "online" not in block.flags
        for line in block.code.strip().split("\n")
    )
    assert {"make smoke", "make test", "make quality", "make status", "git init"} <= set(commands)
    identity = {f"GIT_{who}_{what}": "a@b.c" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    for target in ("start", "style"):  # the hook does this
        make(port, target)
    for command in commands:
        done = run("bash", "-e", "-c", command, cwd=port, env=identity | {"PATH": path})
        assert done.code == 0, f"{command}\n{done.output}"
    run_python(
        port, [block.code for block in guide.blocks if block.language == "python" and not block.flags & NOT_RUN]
    )
