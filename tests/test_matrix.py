"""Every family, and short, middle and long names: what is rendered is formatted, linted, runs; the short pass upstream's tests."""

import json
import sys
from importlib.metadata import version

import pytest
from conftest import ARCHITECTURES, make, run

from porting.releases import OLDEST


NAMES = {4: "GLib", 12: "BlueHeronLM7", 40: "TheQuiteUnreasonablyLongNamedLanguageMod"}

pytestmark = pytest.mark.both_ends


@pytest.mark.parametrize(
    ("architecture", "length"), [*((name, 4) for name in ARCHITECTURES), ("encoder", 12), ("encoder-decoder", 40)]
)
def test_workspace_is_green(workspace, record_row, architecture, length):
    name = NAMES[length]
    assert len(name) == length
    path = workspace(base_architecture=architecture, model_name=name, camelcase_name=name)

    quality = make(path, "quality")
    assert quality.code == 0, quality.output
    sources = ["src", "tests/models", "original/adapter.py", "original/standin.py", "conversion"]
    formatted = run(sys.executable, "-m", "ruff", "format", "--check", *sources, cwd=path)
    assert formatted.code == 0, formatted.output

    smoke = make(path, "smoke")
    assert smoke.code == 0, smoke.output

    if length != min(NAMES) or version("transformers") == OLDEST:
        return  # how lines break is no matter of the tests; with the oldest release those of started ports are run
    tests = make(path, "test")
    assert tests.code == 0, tests.output
    report = json.loads((path / "reports" / "test.json").read_text())
    record_row(architecture, length, report["transformers"], *report["counts"].values())
    assert report["counts"]["failed"] == 0
    assert report["counts"]["passed"] > 100
