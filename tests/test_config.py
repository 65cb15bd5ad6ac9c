"""copier.yml itself: no setting or key that Copier would ignore, no default that fails its own rule, no idle question."""

import inspect
import re

import copier
import pytest
import yaml
from conftest import ARCHITECTURES, REPOSITORY
from copier import _template, _user_data
from macros import COPIER_YML, QUESTIONS, macros


# Copier's own lists: it reads settings from `config_data`, and a question is made from the keys of `Question`.
SETTINGS = set(re.findall(r'config_data(?:\.get\(|\[)\s*"(\w+)"', inspect.getsource(_template))) | {"migrations"}
KEYS = {name for name in inspect.signature(_user_data.Question).parameters if not name.startswith("_")}
GIVEN_BY_COPIER = {"answers", "context", "jinja_env", "settings", "var_name"}


def test_every_setting_is_one_of_copiers():
    assert {"exclude", "tasks", "skip_if_exists", "min_copier_version"} <= SETTINGS
    assert {key[1:] for key in COPIER_YML if key.startswith("_")} - SETTINGS == set()


def test_every_key_of_a_question_is_one_of_copiers():
    assert {"type", "help", "default", "validator", "when"} <= KEYS - GIVEN_BY_COPIER
    questions = {key: value for key, value in COPIER_YML.items() if not key.startswith("_")}
    unknown = {key: set(value) - (KEYS - GIVEN_BY_COPIER) for key, value in questions.items()}
    assert not {key: names for key, names in unknown.items() if names}


def test_every_question_says_what_it_is():
    for key, question in QUESTIONS.items():
        assert {"type", "help", "default"} <= set(question), key
        assert "choices" in question or "validator" in question, f"{key} takes anything"


def test_the_list_of_keys_is_the_questions():
    assert sorted(macros("keys").keys) == sorted(QUESTIONS)


def test_every_question_is_used():
    """Outside its own entry: in the template, in a piece of it, in another question's entry or in a task."""
    sources = [
        path.read_text(encoding="utf-8") + str(path.relative_to(REPOSITORY))
        for folder in ("template", "guide", "kinds", "tokenizers")
        for path in (REPOSITORY / folder).rglob("*.jinja")
    ]
    settings = str([value for key, value in COPIER_YML.items() if key.startswith("_")])
    # names_are_known asks nothing: it ends the copy or does not.
    for key in (key for key in COPIER_YML if not key.startswith("_") and key != "names_are_known"):
        others = str([value for name, value in COPIER_YML.items() if name != key and not name.startswith("_")])
        code = "\n".join(re.findall(r"{[{%].*?[%}]}", "\n".join([*sources, settings, others]), re.DOTALL))
        assert re.search(rf"\b{key}\b", code), f"nothing uses the answer to {key}"


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("folder", ["port", "123", "class", "Ünïcödé [1]"])
def test_no_default_fails_its_own_rule(template, tmp_path, architecture, folder):
    """All questions asked and answered with their defaults; nothing is rendered."""
    copier.run_copy(
        str(template),
        tmp_path / folder,
        data={"base_architecture": architecture, "detail": "all", "setup": False},
        defaults=True,
        skip_tasks=True,
        quiet=True,
        exclude=["*", "!.copier-answers.yml"],
    )
    answers = yaml.safe_load((tmp_path / folder / ".copier-answers.yml").read_text(encoding="utf-8"))
    asked = {key for key in answers if not key.startswith("_")}
    assert set(QUESTIONS) - asked <= {"tokenizer_class"}
    copier.run_copy(
        str(template),
        tmp_path / "again",
        data={key: answers[key] for key in asked},
        defaults=True,
        skip_tasks=True,
        quiet=True,
        pretend=True,
        exclude=["*"],
    )
