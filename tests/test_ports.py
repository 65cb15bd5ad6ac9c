"""The worked ports of examples/ports: one of them from end to end, and the patches of all."""

import json
import subprocess
import sys

import pytest
import yaml
from conftest import REPOSITORY, make, run


PORTS = sorted(path.parent for path in (REPOSITORY / "examples" / "ports").glob("*/answers.yml"))


def test_esm2_from_end_to_end(tmp_path):
    """`run.py` fails unless each step passes, parity names the line that is made wrong, and the lines stay few."""
    port = REPOSITORY / "examples" / "ports" / "esm2"
    original = tmp_path / "original"
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--target", str(original)]
    subprocess.run([sys.executable, *install, "-r", str(port / "requirements.txt")], check=True)
    workspace = tmp_path / "workspace"
    arguments = ["esm2", "--original-python", sys.executable, "--workspace", str(workspace)]
    environment = {"PYTHONPATH": str(original), "HF_HUB_OFFLINE": "0"}
    result = run(sys.executable, port.parent / "run.py", *arguments, cwd=REPOSITORY, env=environment, timeout=850)
    assert result.code == 0, result.output[-6000:]
    made = json.loads((workspace / "reports" / "port.json").read_text(encoding="utf-8"))
    assert "named: model.embeddings, sequence_scale" in [step["result"] for step in made["steps"]]
    tokenizers = json.loads((workspace / "reports" / "tokenizer-parity.json").read_text(encoding="utf-8"))
    assert tokenizers["equal"] == tokenizers["compared"] > 100
    parity = json.loads((workspace / "reports" / "parity.json").read_text(encoding="utf-8"))
    assert parity["findings"] == [] and parity["max_abs_diff"] < 1e-3


@pytest.mark.parametrize("port", PORTS, ids=lambda port: port.name)
def test_what_was_changed_by_hand_fits_the_render(render, port):
    answers = yaml.safe_load((port / "answers.yml").read_text(encoding="utf-8"))
    workspace = render(**answers)
    assert make(workspace, "style").code == 0
    assert run("git", "init", "--quiet", cwd=workspace).code == 0
    applied = run("git", "apply", port / "changes.patch", cwd=workspace)
    assert applied.code == 0, applied.output
    if (port / "fault.patch").is_file():
        faulty = run("git", "apply", "--check", port / "fault.patch", cwd=workspace)
        assert faulty.code == 0, faulty.output
