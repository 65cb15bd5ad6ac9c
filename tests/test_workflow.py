"""The workspace's CI, by running its steps: it fails on conflict markers, and tells of a newer template."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import RELEASES, REPOSITORY, WORKING, Result, run
from ownership import files
from porter import commit


WORKFLOW = yaml.safe_load((REPOSITORY / "template" / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the workflow runs on Ubuntu")


def step(job: str, name: str, path: Path) -> Result:
    """Run a step of the workflow as GitHub does."""
    (script,) = [step["run"] for step in WORKFLOW["jobs"][job]["steps"] if step.get("name") == name]
    bin_first = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    return run("bash", "-e", "-c", script, cwd=path, env=bin_first)


def test_a_conflict_that_was_committed_fails(tmp_path):
    (tmp_path / "Makefile").write_text("<<<<<<<<<< a line\n======\n")
    commit(tmp_path)
    name = "No conflict of an update is left unresolved"
    assert step("conflicts", name, tmp_path).code == 0
    (tmp_path / "Makefile").write_text("a\n<<<<<<< before updating\nb\n=======\nc\n>>>>>>> after updating\n")
    commit(tmp_path)
    result = step("conflicts", name, tmp_path)
    assert result.code != 0 and "Makefile:2:" in result.output


def test_a_newer_template_is_told_and_fails_nothing(port_of, released, tmp_path):
    path = port_of(list(RELEASES)[-1], "encoder", tmp_path / "port")
    before = files(path)
    name = "Say whether a newer template exists"
    result = step("template", name, path)
    assert result.code == 0
    assert f"::notice::A newer template exists: {WORKING}" in result.output
    assert files(path) == before
    answers = path / ".copier-answers.yml"
    commit_of = [line for line in answers.read_text().splitlines() if line.startswith("_commit")][0]
    answers.write_text(answers.read_text().replace(commit_of, f"_commit: v{WORKING}"))
    assert f"::notice::The template of this port is {WORKING}, the newest." in step("template", name, path).output


def test_the_job_needs_nothing_but_copier():
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); sys.modules.update(torch=None, transformers=None, rich=None)\n"
    )
    script += "import porting.template.check_update, porting.template.update"
    done = subprocess.run([sys.executable, "-B", "-c", script, REPOSITORY / "template"], stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr
