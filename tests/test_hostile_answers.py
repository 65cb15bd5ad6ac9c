"""Answers are data: 200 hostile ones change no code, no configuration and no structure of a text, and nothing runs."""

import compileall
import json
import os
import re
import sys
import tomllib
from pathlib import Path

import hostile
import pytest
import yaml
from conftest import ARCHITECTURES, make, of_the_day, run
from macros import REPOSITORY, macros
from markdown_it import MarkdownIt
from test_markdown import harm

from porting.guide import Guide


READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
SLOTS = list(yaml.safe_load((REPOSITORY / "questions" / "slots.yml").read_text(encoding="utf-8")))
SINGLE = ("teacher", "contributor", "paper_title", "checkpoint")
PER_ROUND = 1 + len(SINGLE) + 5 + 5 + len(SLOTS)
ROUNDS = -(-200 // PER_ROUND)
markdown = macros("markdown")


def free_text(texts: list[str]) -> dict:
    """PER_ROUND texts as the answers of all the questions that take free text."""
    texts = iter(texts)
    return {
        "model_name": "Bird " + next(texts),
        **{key: next(texts) for key in SINGLE},
        "characteristics": [next(texts) for _ in range(5)],
        "resources": [next(texts).replace("http", "see http", 1) for _ in range(5)],
        "teacher_notes": {slot: next(texts) for slot in SLOTS},
    }


def tame(text: str) -> str:
    """Harmless text with as many lines that say something, and a link where `text` ends in one."""
    lines = max(1, sum(bool(markdown.plain(line)) for line in text.splitlines()))
    return "\n".join(["Bird word"] * lines)


def tame_resource(text: str) -> str:
    return "word: https://x.org" if "](http" in markdown.resource(text) else "word"


def fixed(number: int) -> dict:
    """The answers that have rules, so that no name in the code follows from a free text."""
    tokenizers = ("reuse", "wordpiece", "bpe", "unigram", "none")
    return {
        "camelcase_name": "BirdPort",
        "model_type": "bird_port",
        "base_architecture": ARCHITECTURES[number % len(ARCHITECTURES)],
        "tokenizer": tokenizers[number % len(tokenizers)],
        "original_framework": ("pytorch", "tensorflow", "jax", "other")[number % 4],
        "teacher_github": "patrickvonplaten",
        "contributor_github": "vasudevgupta7",
        "start_date": "2020-12-02",
        "end_date": "2021-03-19",
        "original_repo_url": "https://github.com/google-research/bigbird",
        "paper_url": "https://arxiv.org/abs/2007.14062",
        "paper_date": "2020-07-28",
        "hub_id": "google/bigbird-roberta-base",
    }


@pytest.fixture(scope="module", params=range(ROUNDS))
def renders(request, render):
    """(free answers, the workspace rendered from them, one rendered from tame answers of the same shape)."""
    texts = hostile.answers(ROUNDS * PER_ROUND, seed=20240801)
    answers = free_text(texts[request.param * PER_ROUND : (request.param + 1) * PER_ROUND])
    tamed = {key: tame(answers[key]) for key in ("model_name", *SINGLE)}
    tamed["characteristics"] = [tame(text) for text in answers["characteristics"]]
    tamed["resources"] = [tame_resource(text) for text in answers["resources"]]
    tamed["teacher_notes"] = {slot: tame(text) for slot, text in answers["teacher_notes"].items()}
    common = fixed(request.param)
    return answers, render(**common, **answers), render(**common, **tamed)


def files(workspace: Path) -> dict[str, Path]:
    return {str(path.relative_to(workspace)): path for path in sorted(workspace.rglob("*")) if path.is_file()}


def structure(source: str) -> list[tuple]:
    """What a Markdown text is built of, without the words: blocks, HTML, code blocks, links."""
    found = []
    for token in READER.parse(source):
        literal = token.content if token.type in ("html_block", "fence", "code_block") else ""
        found.append((token.type, token.tag, token.nesting, literal))
        for child in token.children or []:
            if child.type == "html_inline":
                found.append((child.type, child.content))
            elif child.type in ("link_open", "image", "s_open", "strong_open", "em_open", "hardbreak"):
                found.append((child.type,))
    return found


NOTE = re.compile(r"(?<=\n)> \*\*From [^\n]*:\*\*\n(?:>[^\n]*\n)+")  # in a slot: Markdown of the teacher's


def text_of(source: str) -> str:
    inline = [child for token in READER.parse(source) for child in token.children or []]
    return " ".join("".join(" " if c.type == "softbreak" else c.content for c in inline).split())


def test_only_texts_for_readers_differ(renders):
    """Code, configuration, workflows, Makefile: the same bytes whatever the free text says."""
    _, workspace, tame_workspace = renders
    rendered, expected = files(workspace), files(tame_workspace)
    assert rendered.keys() == expected.keys()
    differing = {name for name in rendered if rendered[name].read_bytes() != expected[name].read_bytes()}
    assert {name for name in differing if not name.endswith((".md", ".ipynb"))} == {".copier-answers.yml"}


def test_the_answers_come_back_as_they_were_given(renders):
    answers, workspace, _ = renders
    stored = yaml.safe_load((workspace / ".copier-answers.yml").read_text(encoding="utf-8"))
    assert {key: stored[key] for key in answers} == answers


def test_every_format_is_valid(renders):
    _, workspace, _ = renders
    assert compileall.compile_dir(workspace, quiet=1, legacy=True)
    for name, path in files(workspace).items():
        if name.endswith(".toml"):
            tomllib.loads(path.read_text(encoding="utf-8"))
        elif name.endswith((".yml", ".yaml")):
            yaml.safe_load(path.read_text(encoding="utf-8"))
        elif name.endswith((".json", ".ipynb")):
            json.loads(path.read_text(encoding="utf-8"))


def test_markdown_has_the_same_headings_lists_and_html(renders):
    _, workspace, tame_workspace = renders
    expected = files(tame_workspace)
    for name, path in files(workspace).items():
        if name.endswith(".md"):
            source, tame_source = (p.read_text(encoding="utf-8") for p in (path, expected[name]))
            assert structure(NOTE.sub("", source)) == structure(NOTE.sub("", tame_source)), name


def test_a_note_is_markdown_that_does_nothing_and_ends_where_it_ends(renders):
    answers, workspace, tame_workspace = renders
    source, tame_source = ((w / "GUIDE.md").read_text(encoding="utf-8") for w in (workspace, tame_workspace))
    notes = NOTE.findall(source)
    assert len(notes) == len(NOTE.findall(tame_source)) == len(re.findall("^<!-- slot: ", source, re.MULTILINE))
    assert [harm(note) for note in notes if harm(note)] == []
    guide, tame_guide = Guide(source), Guide(tame_source)
    for part in ("todos", "blocks"):
        assert len(getattr(guide, part)) == len(getattr(tame_guide, part))
    assert [slot.name for slot in guide.slots] == [slot.name for slot in tame_guide.slots]
    for slot in guide.slots:
        for word in re.findall(r"^\w{3,}", answers["teacher_notes"][slot.name], re.MULTILINE):
            assert word in slot.text


def test_the_guide_has_every_word_of_the_answers(renders):
    answers, workspace, _ = renders
    source = (workspace / "GUIDE.md").read_text(encoding="utf-8")
    shown = text_of(source)
    for key in ("model_name", *SINGLE):
        assert markdown.plain(answers[key]) in shown, key
    for text in answers["characteristics"]:
        for line in filter(markdown.plain, text.splitlines()):
            assert markdown.plain(line) in shown


@pytest.mark.parametrize("base", of_the_day(["llama", "llava", "vit"], 1))
def test_what_start_writes_is_the_same_whatever_the_free_text_says(render, base):
    from porting.base import table

    texts = hostile.answers(PER_ROUND, seed=len(base))
    common = fixed(1) | {"base_model": base, "base_architecture": table.find(base).kind}
    answers = free_text(texts)
    tamed = answers | {key: tame(answers[key]) for key in ("model_name", *SINGLE)}
    written = []
    for free in (answers, tamed):
        workspace = render(**common, **free)
        before = files(workspace)
        started = make(workspace, "start")
        assert started.code == 0, started.output
        written.append(
            {
                name: path.read_bytes()
                for name, path in files(workspace).items()
                if name not in before and "__pycache__" not in name
            }
        )
        assert compileall.compile_dir(workspace / "src", quiet=1, legacy=True)
        assert not list(workspace.rglob(f"{hostile.CANARY}*"))
    assert written[0] == written[1] and ".modular.json" in written[0]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("hub_id", 'a/b")\nimport os; os.system("touch CANARY")  # '),
        ("camelcase_name", "Bird(object): pass\nclass X"),
        ("model_type", "../../../bird"),
        ("start_date", "2020\nimport os"),
        ("base_model", "../llama"),
        ("base_model", "llama'; import os"),
    ],
)
def test_start_refuses_answers_that_were_altered_by_hand(render, key, value):
    """The file of answers can be edited past the questions' rules: what start makes code of is checked again."""
    workspace = render(**fixed(1) | {"base_model": "llama"})
    file = workspace / ".copier-answers.yml"
    answers = yaml.safe_load(file.read_text(encoding="utf-8"))
    file.write_text(yaml.safe_dump(answers | {key: value}), encoding="utf-8")
    before = set(files(workspace))
    started = run(sys.executable, "-m", "porting", "start", cwd=workspace)
    assert started.code == 2 and started.output.startswith(f"make start: {key}") and started.output.count("\n") == 1
    assert set(files(workspace)) - {name for name in files(workspace) if "__pycache__" in name} == before


def test_nothing_was_executed(renders, tmp_path):
    _, workspace, _ = renders
    assert not [path for root in (workspace, Path.cwd(), REPOSITORY) for path in root.glob(f"**/{hostile.CANARY}*")]


def test_the_hook_and_the_tools_execute_nothing_either(template, tmp_path):
    """One copy with its hook, into a directory whose name is hostile too; then targets that read answers."""
    texts = hostile.answers(PER_ROUND, seed=7, longest=500)
    data_file = tmp_path / "answers.yml"
    data_file.write_text(yaml.safe_dump(free_text(texts) | fixed(0) | {"setup": False}), encoding="utf-8")
    workspace = tmp_path / f"a $(touch {hostile.CANARY}) 'b' & c"
    command = [sys.executable, "-m", "copier", "copy", "--trust", "--defaults", "--data-file", data_file]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    copied = run(*command, template, workspace, cwd=tmp_path, env={"PATH": path})
    assert copied.code == 0, copied.output
    assert "later: make" not in copied.output, "style and smoke ran"
    for target in ("help", "status"):
        listed = make(workspace, target)
        assert "Traceback" not in listed.output, listed.output
    assert not list(tmp_path.rglob(f"{hostile.CANARY}*"))
