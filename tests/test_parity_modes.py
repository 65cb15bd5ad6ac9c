"""`make parity` of a port in several processes, over devices or from disk: the verdict of one process, in each family."""

import shutil

import pytest
from conftest import BROKEN_LINES, make, parity_report
from fault_lists.originals import DECODER_LOSS


SPREADS = {
    "PROCESSES=2": "in slices in 2 processes, by its tensor-parallel plan",
    "DEVICE_MAP=disk": "over disk",
    "DEVICE_MAP=auto": "",
}
# BERT and BART have no plan to be cut by.
POSSIBLE = [
    (family, spread) for family in BROKEN_LINES for spread in SPREADS if family == "decoder" or spread != "PROCESSES=2"
]
MODES = [
    pytest.param(
        family,
        spread,
        marks=(
            ()
            if (family, spread) in (("decoder", "PROCESSES=2"), ("encoder", "DEVICE_MAP=disk"))
            else pytest.mark.apart
        ),
    )
    for family, spread in POSSIBLE
]


def verdict(workspace) -> dict:
    """What a report says of the port, without the figures that rounding changes."""
    content = parity_report(workspace)
    seen = ("port_module", "original_module", "kind", "cause", "line", "also")
    return {
        "passed": content["passed"],
        "findings": [{name: finding[name] for name in seen} for finding in content["findings"]],
        "coverage": content["coverage"],
        "set_aside": content["set_aside"],
    }


def parity(workspace, spread: str):
    name, _, value = spread.partition("=")
    result = make(workspace, "parity", **{name: value})
    assert "Traceback" not in result.output, result.output
    assert parity_report(workspace)["spread"] == SPREADS[spread]
    return result


@pytest.mark.parametrize(("family", "spread"), MODES)
def test_a_spread_port_gets_the_verdict_of_one_process(compare, faulty, family, spread):
    pattern, replacement, module, _ = BROKEN_LINES[family]
    workspace, _ = faulty(family, pattern, replacement)
    alone = make(workspace, "parity")
    expected = verdict(workspace)
    result = parity(workspace, spread)
    assert verdict(workspace) == expected
    assert result.output.splitlines()[-2] == alone.output.splitlines()[-2]
    assert f"make parity: {module}: " in result.output


@pytest.mark.apart
@pytest.mark.parametrize(("family", "spread"), POSSIBLE)
def test_a_spread_port_without_fault_passes(compare, family, spread, tmp_path):
    workspace, _ = compare(family)
    result = parity(workspace, spread)
    assert result.code == 0, result.output
    assert parity_report(workspace)["coverage"]["share"] > 0.75


@pytest.mark.apart
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_an_original_in_16_bits_is_judged_by_its_own_noise(compare, faulty, dtype):
    pattern, replacement, module, _ = BROKEN_LINES["encoder"]
    workspace, _ = faulty("encoder", pattern, replacement)
    modeling = next((workspace / "src").rglob("modeling_*.py"))
    broken = modeling.read_text()
    shutil.copy(next((compare("encoder")[0] / "src").rglob("modeling_*.py")), modeling)
    for old, new in (
        ("return model.eval()", f"return model.to(torch.{dtype}).eval()"),
        (".numpy()}", ".float().numpy()}"),
    ):
        source = workspace / "original" / "standin.py"
        assert old in source.read_text()
        source.write_text(source.read_text().replace(old, new))
    result = make(workspace, "parity")
    content = parity_report(workspace)
    assert (content["findings"], content["original_dtype"]) == ([], dtype)
    assert not content["passed"] and f"the original computed in {dtype}: let load_model" in result.output
    assert f"judged against the noise of {dtype}" in (workspace / "reports" / "parity.html").read_text()
    tolerance = result.output.partition('ARGS="')[2].partition('"')[0]
    assert make(workspace, "parity", ARGS=tolerance).code == 0
    modeling.write_text(broken)
    assert make(workspace, "parity", ARGS=tolerance).code != 0
    assert parity_report(workspace)["findings"][0]["port_module"] == module


@pytest.mark.apart
def test_a_label_shifted_twice_is_found_by_the_loss(compare, tmp_path):
    workspace = tmp_path / "workspace"
    shutil.copytree(compare("decoder")[0], workspace)
    for name, old, new in DECODER_LOSS:
        source = workspace / "original" / name
        assert source.read_text().count(old) == 1
        source.write_text(source.read_text().replace(old, new))
    assert make(workspace, "parity").code == 0
    assert {output["name"] for output in parity_report(workspace)["outputs"]} == {"logits", "loss"}
    modeling = next((workspace / "src").rglob("modeling_*.py"))
    shifted = "labels=nn.functional.pad(labels[:, 1:], (0, 1), value=-100), vocab_size"
    modeling.write_text(modeling.read_text().replace("labels=labels, vocab_size", shifted))
    assert make(workspace, "parity").code != 0
    (finding,) = parity_report(workspace)["findings"]
    assert (finding["port_module"], finding["kind"]) == ("", "label_shift")
    assert finding["cause"].endswith("against the label at i + 1, the port against the one at i + 2")
    number = int(finding["line"].partition(" (from ")[0].rpartition(":")[2])
    assert shifted in modeling.read_text().splitlines()[number - 1]


@pytest.mark.apart
def test_a_port_without_its_head_is_compared_by_its_hidden_states(faulty):
    pattern, replacement, module, kind = BROKEN_LINES["decoder"]
    workspace, _ = faulty("decoder", pattern, replacement)
    for path, old, new in (
        (
            "original/standin.py",
            '"logits": model(torch.tensor(inputs["input_ids"]), lengths)',
            '"last_hidden_state": model.model(torch.tensor(inputs["input_ids"]), lengths)',
        ),
        ("conversion/rules.py", '"GLibForCausalLM"', '"GLibModel"'),
        ("conversion/rules.py", "DROPPED: dict[str, str] = {", 'DROPPED = {"lm_head": "the head", '),
    ):
        source = workspace / path
        assert source.read_text().count(old) == 1
        source.write_text(source.read_text().replace(old, new))
    assert make(workspace, "parity").code != 0
    content = parity_report(workspace)
    assert {output["name"] for output in content["outputs"]} == {"last_hidden_state"}
    finding = content["findings"][0]
    assert (finding["port_module"], finding["kind"]) == (module.removeprefix("model."), kind)


@pytest.mark.apart
def test_processes_that_do_not_divide_the_heads_are_told(compare):
    result = make(compare("decoder")[0], "parity", PROCESSES="3")
    assert result.code != 0
    told = next(line for line in result.output.splitlines() if line.startswith("make parity: "))
    assert "does not run on the adapter's inputs in 3 processes" in told and "modeling_g_lib.py:" in told
