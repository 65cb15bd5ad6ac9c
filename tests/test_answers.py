"""Copier refuses a bad answer in one clear line: at the prompt, with -d and with --data-file."""

import datetime
import shutil
from pathlib import Path

import copier
import pytest
import yaml
from conftest import run
from macros import QUESTIONS


BAD_TEXT = {
    "model_name": ("123", "must have a letter"),
    "camelcase_name": ("big bird", "must be a capital letter"),
    "model_type": ("bert", "is taken"),
    "base_architecture": ("BERT", "is not in ['encoder', 'decoder', 'encoder-decoder'"),
    "base_model": ("Bert", "must be a model_type of Transformers, like bert"),
    "tokenizer": ("sentencepiece", "is not in ['reuse', 'wordpiece', 'bpe', 'unigram', 'none'"),
    "tokenizer_class": ("BirdTokenizer", "must be a tokenizer class"),
    "teacher_github": ("@patrick", "must be a GitHub handle"),
    "contributor_github": ("a--b", "must be a GitHub handle"),
    "start_date": ("2021-02-29", "must be a real date"),
    "end_date": ("1999-12-31", "must not be before start_date"),
    "original_repo_url": ("github.com/a/b", "must be a web address"),
    "original_framework": ("keras", "is not in ['pytorch', 'tensorflow', 'jax', 'other'"),
    "paper_url": ("javascript:alert(1)", "must be a web address"),
    "detail": ("perhaps", "is not in ['usual', 'all'"),
    "paper_date": ("July 2020", "must be a date as YYYY-MM-DD"),
    "original_clone_url": ("https://x.org/$(touch x)", "must be an address to clone"),
    "hub_id": ("bigbird", "must be organisation/name"),
    "resources": ("['https://a b']", "must hold web addresses"),
    "characteristics": ("sparse attention", "must be a list of quoted texts"),
    "teacher_notes": ("{no_slot: text}", "has no slot"),
    "setup": ("maybe", "must be yes or no"),
}
# What only a file or a Python call can give: values that are not text.
BAD_VALUES = {
    "model_name": (2020, "the number 2020"),
    "model_type": (["big_bird"], "the list ['big_bird']"),
    "base_architecture": (["encoder"], "['encoder'] is not in"),
    "base_model": (["bert"], "the list ['bert']"),
    "teacher": (None, "not nothing"),
    "contributor": ({"name": "Ann"}, "the mapping {'name': 'Ann'}"),
    "contributor_github": (True, "the yes-or-no value true"),
    "start_date": (datetime.date(2020, 12, 2), "2020-12-02 without quotes"),
    "paper_date": (datetime.date(2020, 7, 28), "2020-07-28 without quotes"),
    "paper_title": (1984, "the number 1984"),
    "checkpoint": (["a.ckpt"], "the list ['a.ckpt']"),
    "setup": (["yes"], "the list ['yes']"),
    "resources": ("https://x.org", "must be a list"),
    "characteristics": ([1], "the number 1"),
    "teacher_notes": ({"conversion": ["Split"]}, "must have text in quotes for conversion"),
}
SYNTAX_ERRORS = {"resources": "[a", "characteristics": "@a", "teacher_notes": "{conversion: 'a}"}


def refusal(questionnaire: Path, destination: Path, key: str, answer) -> str:
    with pytest.raises(ValueError) as caught:
        copier.run_copy(
            str(questionnaire), destination, data={key: answer}, defaults=True, skip_tasks=True, quiet=True
        )
    assert not destination.exists()
    line = str(caught.value)
    assert "\n" not in line and f"question '{key}'" in line or f"Invalid choice for '{key}'" in line
    return line


@pytest.mark.parametrize("key", BAD_TEXT)
def test_a_bad_answer_is_refused(questionnaire, tmp_path, key):
    answer, rule = BAD_TEXT[key]
    assert rule in refusal(questionnaire, tmp_path / "workspace", key, answer)


@pytest.mark.parametrize("key", BAD_VALUES)
def test_a_value_that_is_not_text_is_refused(questionnaire, tmp_path, key):
    answer, shown = BAD_VALUES[key]
    assert shown in refusal(questionnaire, tmp_path / "workspace", key, answer)


@pytest.mark.parametrize("key", SYNTAX_ERRORS)
def test_a_syntax_error_is_refused_by_the_rule_of_the_question(questionnaire, tmp_path, key):
    assert "must " in refusal(questionnaire, tmp_path / "workspace", key, SYNTAX_ERRORS[key])


def test_every_question_has_a_bad_answer_here():
    assert set(BAD_TEXT) | set(BAD_VALUES) == set(QUESTIONS)


def last_line_of_a_refusal(result, destination: Path) -> str:
    assert result.code == 1
    assert not destination.exists()
    return result.output.rstrip().splitlines()[-1]


@pytest.mark.parametrize("key", ["model_type", "start_date", "base_architecture", "resources", "setup"])
def test_the_command_ends_with_the_line(command, tmp_path, key):
    """Copier prints a traceback before it; all rules are checked above without starting a process for each."""
    answer, rule = BAD_TEXT[key]
    by_option = run(*command, "--defaults", "-d", f"{key}={answer}", cwd=tmp_path)
    data_file = tmp_path / "answers.yml"
    data_file.write_text(yaml.safe_dump({key: answer}))
    by_file = run(*command, "--defaults", "--data-file", data_file, cwd=tmp_path)
    line = last_line_of_a_refusal(by_option, command[-1])
    assert rule in line and f"'{key}'" in line
    assert last_line_of_a_refusal(by_file, command[-1]) == line


def test_a_date_without_quotes_in_a_file_is_refused_with_what_to_write(command, tmp_path):
    data_file = tmp_path / "answers.yml"
    data_file.write_text("start_date: 2020-12-02\n")
    line = last_line_of_a_refusal(run(*command, "--defaults", "--data-file", data_file, cwd=tmp_path), command[-1])
    assert line.endswith('must be text in quotes, like "2020-12-02", not 2020-12-02 without quotes')


def test_an_argument_that_is_not_unicode_is_refused(command, tmp_path):
    answer = b"teacher=\xff".decode(errors="surrogateescape")
    line = last_line_of_a_refusal(run(*command, "--defaults", "-d", answer, cwd=tmp_path), command[-1])
    assert "question 'teacher': must be valid Unicode text" in line


def test_the_model_decides_the_kind(questionnaire, command, tmp_path):
    """Given alone it gives the kind, also under a name with other dashes; with another kind it is refused."""
    done = run(*command, "--defaults", "-d", "model_name=Bird", "-d", "base_model=bert_generation", cwd=tmp_path)
    assert done.code == 0, done.output
    answers = yaml.safe_load((command[-1] / ".copier-answers.yml").read_text(encoding="utf-8"))
    assert (answers["base_model"], answers["base_architecture"]) == ("bert-generation", "decoder")
    shutil.rmtree(command[-1])
    options = ("-d", "base_architecture=vision", "-d", "base_model=llama")
    line = last_line_of_a_refusal(run(*command, "--defaults", *options, cwd=tmp_path), command[-1])
    assert line.endswith(
        "is of the kind decoder: give base_architecture=decoder, or a model of the kind vision, like vit"
    )


@pytest.mark.parametrize("quiet", [["--quiet"], []])
def test_a_misspelt_key_is_refused_with_d_and_in_a_file(command, tmp_path, quiet):
    data_file = tmp_path / "answers.yml"
    data_file.write_text("paper_titel: Big Bird\n")
    said = "no question is called 'paper_titel' (nearest: paper_title); correct the name, then copy again"
    for given in (("-d", "paper_titel=Big Bird"), ("--data-file", data_file)):
        result = run(*command, *quiet, "--defaults", *given, cwd=tmp_path)
        assert last_line_of_a_refusal(result, command[-1]).endswith(said)


def test_the_name_of_a_question_that_is_no_more_is_taken_and_said(command, tmp_path):
    result = run(*command, "--defaults", "-d", "more_detail=true", "-d", "model_name=Bird", cwd=tmp_path)
    assert result.code == 0, result.output
    assert "Ignored, for the question is no more: more_detail (answer detail)" in result.output


@pytest.mark.parametrize(
    ("folder", "model_name", "model_type"),
    [("my-model", "MyModel", "my_model"), ("123", "My Model", "my_model"), ("class", "Class", "class_port")],
)
def test_the_folder_names_the_model(questionnaire, tmp_path, monkeypatch, folder, model_name, model_type):
    (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path / folder)
    copier.run_copy(str(questionnaire), ".", defaults=True, skip_tasks=True, quiet=True)
    answers = yaml.safe_load(Path(".copier-answers.yml").read_text(encoding="utf-8"))
    assert (answers["model_name"], answers["model_type"]) == (model_name, model_type)


def test_few_questions_are_asked_by_default():
    assert sum("ask" not in question for question in QUESTIONS.values()) <= 17


GOOD_AT_THE_PROMPT = {
    "base_model": "bert",
    "tokenizer_class": "BertTokenizer",
    "teacher_github": "",
    "contributor_github": "",
    "start_date": "2020-12-02",
    "end_date": "2021-03-19",
    "original_repo_url": "https://github.com/google-research/bigbird",
    "paper_url": "https://arxiv.org/abs/2007.14062",
    "paper_date": "2020-07-28",
    "original_clone_url": "https://github.com/google-research/bigbird.git",
    "hub_id": "google/bigbird-roberta-base",
    "resources": "[]",
    "characteristics": "[sparse attention, long inputs]",
    "teacher_notes": "{}",
}
