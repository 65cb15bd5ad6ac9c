"""`make parity` of a port in several processes, over devices or from disk: the verdict of one process, in each family."""

import pytest
from conftest import BROKEN_LINES, make, parity_report


SPREADS = {
    "PROCESSES=2": "in slices in 2 processes, by its tensor-parallel plan",
    "DEVICE_MAP=disk": "over disk",
    "DEVICE_MAP=auto": "",
}
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
    for family in BROKEN_LINES
    for spread in SPREADS
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
@pytest.mark.parametrize("family", BROKEN_LINES)
@pytest.mark.parametrize("spread", SPREADS)
def test_a_spread_port_without_fault_passes(compare, family, spread, tmp_path):
    workspace, _ = compare(family)
    result = parity(workspace, spread)
    assert result.code == 0, result.output
    assert parity_report(workspace)["coverage"]["share"] > 0.9


@pytest.mark.apart
def test_processes_that_do_not_divide_the_heads_are_told(compare):
    result = make(compare("decoder")[0], "parity", PROCESSES="3")
    assert result.code != 0
    assert "make parity: " in result.output.splitlines()[-2]
