"""`make trace` and `make parity` through the front door: on a fresh workspace, and on one with a fault put in."""

import json
import re
import shutil
import sys
from pathlib import Path

import pytest
from conftest import run


ARCHITECTURES_WITH_STAND_IN = ("decoder",)


def parity(workspace: Path, *arguments: str):
    return run(sys.executable, "-m", "porting", "parity", *arguments, cwd=workspace)


def report(workspace: Path) -> dict:
    return json.loads((workspace / "reports" / "parity.json").read_text())


@pytest.fixture(scope="module", params=ARCHITECTURES_WITH_STAND_IN)
def compared(request, workspace, tmp_path_factory):
    """A fresh workspace after its first `make parity`, and what that printed."""
    copy = tmp_path_factory.mktemp("parity") / "workspace"
    shutil.copytree(workspace(base_architecture=request.param), copy)
    return copy, parity(copy)


@pytest.fixture
def faulty(compared, tmp_path):
    """`faulty(pattern, replacement)`: a copy of the compared workspace with one line of its modeling file changed."""

    def _faulty(pattern: str, replacement: str) -> tuple[Path, int]:
        copy = tmp_path / "workspace"
        shutil.copytree(compared[0], copy)
        modeling = next((copy / "src").rglob("modeling_*.py"))
        text = modeling.read_text()
        assert len(re.findall(pattern, text)) == 1, f"{pattern} is not in the modeling file exactly once"
        line = text[: re.search(pattern, text).start()].count("\n") + 1
        modeling.write_text(re.sub(pattern, replacement, text))
        return copy, line

    return _faulty


@pytest.mark.both_ends
def test_a_fresh_workspace_passes(compared):
    workspace, result = compared
    assert result.code == 0, result.output
    content = report(workspace)
    assert content["passed"] and content["findings"] == []
    assert content["max_abs_diff"] < 1e-4
    assert content["coverage"]["share"] == 1.0
    assert {output["attention"] for output in content["outputs"]} == {"eager", "sdpa"}
    assert not list((workspace / "reports").glob("*.tmp"))


def test_a_second_run_traces_and_converts_nothing(compared):
    workspace, _ = compared
    made = [workspace / "reports" / "trace.safetensors", workspace / "converted" / "config.json"]
    before = [path.stat().st_mtime_ns for path in made]
    assert parity(workspace).code == 0
    assert [path.stat().st_mtime_ns for path in made] == before


@pytest.mark.both_ends
def test_a_broken_line_is_named(faulty):
    workspace, line = faulty(r"self\.scaling = self\.head_dim\*\*-0\.5", "self.scaling = 1.0")
    result = parity(workspace)
    assert result.code == 1, result.output
    finding = report(workspace)["findings"][0]
    assert finding["port_module"] == "model.layers.0.self_attn"
    assert finding["kind"] == "attention_scale"
    assert finding["line"].endswith(f":{line}")
    assert "✗ self_attn" in result.output and finding["cause"].split()[0] in result.output
    assert max(map(len, result.output.splitlines()[:-1])) <= 80
    page = (workspace / "reports" / "parity.html").read_text()
    assert "model.layers.0.self_attn" in page and "<svg" in page
    assert "http" not in page and "<script" not in page


def test_a_fault_that_passes_the_tolerance_is_still_found(faulty):
    workspace, _ = faulty(r"self\.variance_epsilon = eps", "self.variance_epsilon = eps * 1.1")
    assert parity(workspace).code == 1
    content = report(workspace)
    assert content["max_abs_diff"] < content["tolerance"]
    assert [finding["kind"] for finding in content["findings"]] == ["eps"]
    assert content["findings"][0]["port_module"].endswith("layernorm")


def test_a_trace_cut_short_is_refused(compared, tmp_path):
    workspace, _ = compared
    for name in ("trace.json", "trace.safetensors"):
        shutil.copy(workspace / "reports" / name, tmp_path / name)
    whole = (tmp_path / "trace.safetensors").read_bytes()
    (tmp_path / "trace.safetensors").write_bytes(whole[: len(whole) // 2])
    result = parity(workspace, "--trace", str(tmp_path / "trace"))
    assert result.code == 2
    assert "trace.safetensors is cut short" in result.output


def test_a_trace_of_other_inputs_is_refused(compared, tmp_path):
    workspace = tmp_path / "workspace"
    shutil.copytree(compared[0], workspace)
    adapter = workspace / "original" / "adapter.py"
    adapter.write_text(adapter.read_text().replace("default_rng(0)", "default_rng(1)"))
    result = parity(workspace, "--trace", str(workspace / "reports" / "trace"))
    assert result.code == 2
    assert "a file in original/ changed" in result.output
    assert parity(workspace).code == 0, "without --trace the stale trace is made again"


def test_an_original_in_training_mode_is_refused(compared, tmp_path):
    workspace = tmp_path / "workspace"
    shutil.copytree(compared[0], workspace)
    standin = workspace / "original" / "standin.py"
    standin.write_text(standin.read_text().replace("return model.eval()", "return model"))
    result = run(sys.executable, "-m", "porting", "trace", cwd=workspace)
    assert result.code == 2
    assert "training mode" in result.output
    assert "Traceback" not in result.output


def test_tracing_needs_no_transformers(compared, tmp_path):
    """The tracer runs in an environment where transformers, safetensors and rich cannot be imported."""
    workspace, _ = compared
    block = "import sys\nfor name in ('transformers', 'safetensors', 'rich'): sys.modules[name] = None\n"
    (tmp_path / "sitecustomize.py").write_text(block)
    done = run(
        sys.executable,
        str(workspace / "original" / "tracer.py"),
        "--output",
        str(tmp_path / "trace"),
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
    )
    assert done.code == 0, done.output
    assert (tmp_path / "trace.safetensors").read_bytes()[8:9] == b"{"
