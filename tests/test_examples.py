"""The answers of examples/answers/ are whole, pass the rules, and each renders a port."""

import compileall

import pytest
import yaml
from conftest import ARCHITECTURES, REPOSITORY, make
from macros import QUESTIONS


EXAMPLES = sorted((REPOSITORY / "examples" / "answers").glob("*.yml"))
# `setup` is about the machine of who copies, `detail` about the questions that are asked.
NOT_ABOUT_THE_MODEL = {"setup", "detail"}


def answers_of(path) -> dict:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_there_is_an_example_of_each_architecture():
    assert sorted(answers_of(path)["base_architecture"] for path in EXAMPLES) == sorted(ARCHITECTURES)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_answers_every_question_about_the_model_and_every_slot(path):
    answers = answers_of(path)
    assert set(answers) == set(QUESTIONS) - NOT_ABOUT_THE_MODEL
    slots = yaml.safe_load((REPOSITORY / "questions" / "slots.yml").read_text(encoding="utf-8"))
    assert set(answers["teacher_notes"]) == set(slots)
    assert all(answers.values())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_renders(path, render):
    answers = answers_of(path)
    workspace = render(**answers)
    stored = yaml.safe_load((workspace / ".copier-answers.yml").read_text(encoding="utf-8"))
    assert {key: stored[key] for key in answers} == answers
    assert compileall.compile_dir(workspace, quiet=1, legacy=True)
    started = make(workspace, "start")
    assert started.code == 0, started.output
    model_type = answers["model_type"]
    modeling = workspace / "src" / "transformers" / "models" / model_type / f"modeling_{model_type}.py"
    assert f"class {answers['camelcase_name']}Model(" in modeling.read_text(encoding="utf-8")


def test_bigbird_is_the_port_that_was_planned():
    answers = answers_of(REPOSITORY / "examples" / "answers" / "bigbird.yml")
    assert (answers["teacher"], answers["contributor"]) == ("Patrick von Platen", "Vasudev Gupta")
    assert (answers["start_date"], answers["end_date"]) == ("2020-12-02", "2021-03-19")
    assert answers["original_repo_url"] == "https://github.com/google-research/bigbird"
    assert answers["original_framework"] == "tensorflow"
