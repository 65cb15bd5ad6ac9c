"""`check-answers`: every complaint about a file of answers, one line each, from the repository and from a workspace."""

import os
import sys

import pytest
from conftest import RELEASES, REPOSITORY, make, run


def check(template, *files):
    """As `nox -s check-answers -- FILE...` does it."""
    command = [sys.executable, "-m", "porting", "check-answers", "--template", template, *files]
    return run(*command, cwd=REPOSITORY, env={"PYTHONPATH": str(template / "template"), "PATH": os.environ["PATH"]})


def test_every_complaint_is_a_line(template, tmp_path):
    file = tmp_path / "answers.yml"
    file.write_text(
        "paper_titel: Big Bird\nmore_detail: true\nmodel_type: bert\nbase_architecture: BERT\n"
        "start_date: 2020-12-02\nsetup: [1]\nteacher: Ann\n"
    )
    result = check(template, file, REPOSITORY / "examples" / "answers" / "bigbird.yml")
    assert result.code == 1
    lines = result.output.splitlines()
    assert sorted(line.split()[1] for line in lines if line.startswith("answers.yml: ")) == sorted(
        ["'paper_titel'", "more_detail", "model_type", "base_architecture", "start_date", "setup"]
    )
    assert "bigbird.yml: 24 answers, all as they should be" in lines
    assert lines[-1].endswith("6 of the answers cannot be used as they are; the rules are above")


@pytest.mark.parametrize(
    ("text", "said"),
    [("a: [", "is not valid YAML"), ("- a\n", "holds no answers"), (None, "cannot be read (No such file")],
)
def test_a_file_without_answers_is_one_line(template, tmp_path, text, said):
    file = tmp_path / "answers.yml"
    if text is not None:
        file.write_text(text)
    result = check(template, file)
    assert result.code == 2
    assert said in result.output and len(result.output.splitlines()) == 1


def test_a_workspace_checks_its_own_answers(port_of, tmp_path):
    path = port_of(list(RELEASES)[-1], "decoder", tmp_path / "port")
    before = make(path, "update")
    assert before.code == 0, before.output
    result = make(path, "check-answers")
    assert result.code == 0 and "all as they should be" in result.output, result.output
    answers = path / ".copier-answers.yml"
    answers.write_text(answers.read_text().replace("model_type: g_lib", "model_type: G Lib"))
    assert "model_type must be lower snake case" in make(path, "check-answers").output
