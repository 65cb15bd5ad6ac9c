"""What a person reads at the questions and refusals of `copier copy`, on terminals of usual sizes: nothing is cut."""

import datetime
import re

import pytest
import yaml
from macros import COPIER_YML, QUESTIONS, environment, macros
from test_answers import BAD_TEXT, GOOD_AT_THE_PROMPT
from test_rules import BAD


terminal = pytest.importorskip("terminal", exc_type=ImportError)

SIZES = [(80, 24), (100, 40)]
NAMES = {"model_name": "Bird", "camelcase_name": "BirdPort", "model_type": "bird_port"}
# A second bad answer: what the rule says of another way to be wrong.
ALSO_BAD = {
    "camelcase_name": "Bert",
    "model_type": "Big Bird",
    "base_model": "llama",
    "start_date": "soon",
    "end_date": "2021-3-1",
    "characteristics": "[1]",
    "teacher_notes": "{conversion: [a]}",
}


def said_at_the_prompt(key: str, answer: str) -> str:
    """The refusal of an answer as the prompt's toolbar has it, from the question's own validator."""
    value = yaml.safe_load(answer) if QUESTIONS[key]["type"].split("type.")[-1].startswith("collection") else answer
    given = {
        "base_architecture": "encoder",
        "base_model": "bert",
        "model_type": "bird_port",
        "start_date": "2020-12-02",
        key: value,
    }
    template = environment().from_string(QUESTIONS[key]["validator"])
    said = template.render(given | {"_copier_conf": {"data": {}, "dst_path": "nowhere"}})
    assert said
    return f"Validation error for question '{key}': {said}"


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_every_question_and_a_refusal_of_each_is_read_whole(command, columns, rows):
    with terminal.Terminal(*command, columns=columns, rows=rows) as person:
        for key, question in QUESTIONS.items():
            person.see(environment().from_string(question["help"]).render())
            for choice in question.get("choices", ()):
                person.see(choice)
            bad = [
                answers[key]
                for answers in ({name: bad for name, (bad, _) in BAD_TEXT.items()}, ALSO_BAD)
                if key in answers
            ]
            if "choices" in question or key == "setup":
                person.send({"detail": terminal.DOWN + terminal.ENTER, "setup": "n"}.get(key, terminal.ENTER))
                continue
            for answer in bad:
                person.send(terminal.CLEAR_LINE + answer + terminal.ENTER)
                person.see(said_at_the_prompt(key, answer))
            good = NAMES.get(key) or GOOD_AT_THE_PROMPT.get(key)
            person.send(terminal.CLEAR_LINE + good + terminal.ENTER if good else terminal.CLEAR_LINE + terminal.ENTER)
        person.expect("BirdPort is in")


def test_every_question_with_a_rule_is_answered_badly_here():
    ruled = {key for key, question in QUESTIONS.items() if "choices" not in question} - {"setup"}
    assert ruled - set(BAD_TEXT) == {"teacher", "contributor", "paper_title", "checkpoint"}  # any text is good


@pytest.mark.parametrize("key", QUESTIONS)
def test_no_line_of_a_question_is_wider_than_80_columns(key):
    first, *others = environment().from_string(QUESTIONS[key]["help"]).render().splitlines()
    assert len(first) <= 77 and all(len(line) <= 80 for line in others)
    assert all(len(choice) <= 76 for choice in QUESTIONS[key].get("choices", ()))


def rules_of_questions() -> list[tuple[str, str]]:
    named = {
        key: re.search(r"rule\.check_(\w+)", question.get("validator", "")) for key, question in QUESTIONS.items()
    }
    return [(key, found[1]) for key, found in named.items() if found and found[1] in BAD]


@pytest.mark.parametrize(("key", "rule"), rules_of_questions())
def test_every_refusal_at_the_prompt_fits_and_every_other_names_the_answer(key, rule):
    """For all that tests/test_rules.py has for bad: 80 columns at the prompt, the answer in the line for data."""
    rules = macros("rules")
    for answer in BAD[rule]:
        found = getattr(rules, f"check_{rule}")(answer)
        prompt, data = rules.refused(key, found, {}), rules.refused(key, found, {key: answer})
        assert len(f"Validation error for question '{key}': {prompt}") <= 80, prompt
        assert "\n" not in prompt + data
        if not isinstance(answer, list | dict):
            assert rules.shown(answer) in data or str(answer) in data, data


def test_the_years_of_a_date_and_models_of_any_kind_fit_too():
    rules, known = macros("rules"), macros("base_models").models
    for key, found in [
        *(("start_date", rules.check_date(f"{year:04}-02-30")) for year in (0, 1, 9999)),
        ("end_date", rules.check_end_date("2020-01-01", datetime.date.max.isoformat())),
        *(
            ("base_model", rules.check_base_model(name, kind, "nowhere", "g_lib"))
            for name in list(known)[::3]
            for kind in ("vision-language", "other")
        ),
        *(
            ("base_model", rules.check_base_model(name + "x", "audio-language", "nowhere", "g_lib"))
            for name in list(known)[::50]
        ),
    ]:
        assert len(f"Validation error for question '{key}': {rules.refused(key, found, {})}") <= 80, found


def test_the_lists_point_to_a_file():
    for key in ("resources", "characteristics", "teacher_notes"):
        assert "copier copy --data-file answers.yml" in COPIER_YML[key]["help"]
