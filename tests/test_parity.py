"""`make trace` and `make parity` through the front door: on a fresh workspace, and on one with a fault put in."""

import shutil
import sys
from pathlib import Path

import pytest
from conftest import BROKEN_LINES, make, parity_report, run


def parity(workspace: Path, *arguments: str):
    return run(sys.executable, "-m", "porting", "parity", *arguments, cwd=workspace)


@pytest.fixture
def compared(compare):
    return compare("decoder")


@pytest.mark.both_ends
@pytest.mark.parametrize("family", BROKEN_LINES)
def test_a_fresh_workspace_passes(compare, family):
    workspace, result = compare(family)
    assert result.code == 0, result.output
    content = parity_report(workspace)
    assert content["passed"] and content["findings"] == []
    assert content["max_abs_diff"] < 1e-4
    assert content["coverage"]["share"] > 0.75
    assert {output["attention"] for output in content["outputs"]} == {"eager", "sdpa"}
    assert not list((workspace / "reports").glob("*.tmp"))


def test_a_second_run_traces_and_converts_nothing(compared):
    workspace, _ = compared
    made = [workspace / "reports" / "trace.safetensors", workspace / "converted" / "config.json"]
    before = [path.stat().st_mtime_ns for path in made]
    assert parity(workspace).code == 0
    assert [path.stat().st_mtime_ns for path in made] == before


@pytest.mark.parametrize("family", BROKEN_LINES)
def test_a_broken_line_is_named(faulty, family):
    pattern, replacement, module, cause = BROKEN_LINES[family]
    workspace, line = faulty(family, pattern, replacement)
    result = make(workspace, "parity")
    assert result.code != 0, result.output
    assert f"make parity: {module}: " in result.output
    finding = parity_report(workspace)["findings"][0]
    assert (finding["port_module"], finding["kind"]) == (module, cause)
    if family == "decoder":
        assert f"modeling_g_lib.py:{line} (from transformers/models/llama/modeling_llama.py:" in finding["line"]
    assert f"✗ {module.rpartition('.')[2]}" in result.output and finding["cause"].split()[0] in result.output
    told = [line for line in result.output.splitlines() if not line.startswith("make")]
    assert max(map(len, told)) <= 80
    page = (workspace / "reports" / "parity.html").read_text()
    assert module in page and "<svg" in page
    assert "http" not in page and "<script" not in page


def test_a_fault_that_passes_the_tolerance_is_still_found(faulty):
    workspace, _ = faulty("decoder", r"self\.variance_epsilon = eps", "self.variance_epsilon = eps * 1.1")
    assert parity(workspace).code == 1
    content = parity_report(workspace)
    assert content["max_abs_diff"] < content["tolerance"]
    assert [finding["kind"] for finding in content["findings"]] == ["eps"]
    assert content["findings"][0]["port_module"].endswith("layernorm")


def test_a_port_that_raises_is_told_where(faulty):
    workspace, line = faulty("decoder", r"= residual \+ hidden_states", "= residual @ hidden_states")
    result = parity(workspace)
    assert result.code == 1
    assert f"modeling_g_lib.py:{line} (from " in result.output and "Traceback" not in result.output


def test_positions_that_ignore_the_cache_are_found(faulty):
    workspace, _ = faulty(
        "decoder", r"device=inputs_embeds\.device\) \+ past_seen_tokens", "device=inputs_embeds.device)"
    )
    assert parity(workspace).code == 1
    finding = parity_report(workspace)["findings"][0]
    assert (finding["port_module"], finding["kind"]) == ("model", "cache")


def test_a_port_that_makes_nan_is_told_where(faulty):
    workspace, _ = faulty("decoder", r"torch\.rsqrt\(variance", "torch.rsqrt(-variance")
    assert parity(workspace).code == 1
    content = parity_report(workspace)
    assert content["findings"][0]["kind"] == "nan"
    assert content["findings"][0]["port_module"] == "model.layers.0.input_layernorm"
    assert content["max_abs_diff"] is None


def test_a_trace_cut_short_is_refused(compared, tmp_path):
    workspace, _ = compared
    for name in ("trace.json", "trace.safetensors"):
        shutil.copy(workspace / "reports" / name, tmp_path / name)
    whole = (tmp_path / "trace.safetensors").read_bytes()
    (tmp_path / "trace.safetensors").write_bytes(whole[: len(whole) // 2])
    result = parity(workspace, "--trace", str(tmp_path / "trace"))
    assert result.code == 2
    assert "trace.safetensors is cut short" in result.output


def test_weights_altered_after_conversion_are_refused(compared, tmp_path):
    altered = tmp_path / "altered"
    shutil.copytree(compared[0] / "converted", altered)
    weights = next(altered.glob("*.safetensors"))
    whole = bytearray(weights.read_bytes())
    whole[-1] ^= 1
    weights.write_bytes(whole)
    result = parity(compared[0], "--converted", str(altered))
    assert result.code == 2
    assert "not those that `make convert` wrote" in result.output


def test_weights_of_another_checkpoint_are_refused(compared):
    workspace, _ = compared
    described = workspace / "reports" / "convert.json"
    before = described.read_text()
    try:
        described.write_text(before.replace("original/checkpoint", "original/another"))
        result = parity(workspace, "--converted", "converted")
    finally:
        described.write_text(before)
    assert result.code == 2
    assert "original/another/weights.pt, and the trace shows" in result.output


def test_an_original_that_makes_nan_is_refused(compared, tmp_path):
    workspace = tmp_path / "workspace"
    shutil.copytree(compared[0], workspace)
    standin = workspace / "original" / "standin.py"
    standin.write_text(standin.read_text().replace("gate.sigmoid() * up", "gate.sigmoid() * up * torch.nan"))
    result = parity(workspace)
    assert result.code == 2
    assert "the original itself makes NaN, first in model.stack.0.ffn" in result.output


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
    result = run(sys.executable, "-m", "porting", "trace", cwd=workspace, env={"ORIGINAL_PYTHON": ""})
    assert result.code == 2
    assert "training mode" in result.output
    assert "Traceback" not in result.output
    assert f"set ORIGINAL_PYTHON to the original's interpreter ({sys.executable} ran it)" in result.output


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
