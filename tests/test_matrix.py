"""Every kind, from its default parent: what `start` writes runs; of text it is linted and passes upstream's tests."""

import json
import sys
from importlib.metadata import version

import pytest
from conftest import ARCHITECTURES, make, of_the_day, run

from porting.base import table
from porting.releases import OLDEST


pytestmark = [pytest.mark.both_ends, pytest.mark.newest]

# `nox -s bases` runs all there are.
TRIED = (*ARCHITECTURES, *of_the_day(table.DEFAULTS.keys() - ARCHITECTURES, 1))


@pytest.mark.parametrize("kind", TRIED)
def test_a_started_port_is_green(workspace, record_row, kind):
    port = workspace(base_architecture=kind, base_model=table.DEFAULTS[kind])
    # Upstream's linter wants a test file, which is the porter's to write where it is not of text.
    for target in ("quality", "smoke") if kind in ARCHITECTURES else ("smoke",):
        done = make(port, target)
        assert done.code == 0, done.output
    assert make(port, "modular", CHECK="1").code == 0
    if kind not in ARCHITECTURES:
        return
    sources = ["src", "tests/models", "original/adapter.py", "original/standin.py", "conversion"]
    formatted = run(sys.executable, "-m", "ruff", "format", "--check", *sources, cwd=port)
    assert formatted.code == 0, formatted.output
    if version("transformers") == OLDEST and [kind] != of_the_day(ARCHITECTURES, 1):
        return  # `nox -s parents` runs them all
    done = make(port, "test")
    assert done.code == 0, done.output
    report = json.loads((port / "reports" / "test.json").read_text())
    record_row(kind, table.DEFAULTS[kind], report["transformers"], *report["counts"].values())
    assert report["counts"]["failed"] == 0
    assert report["counts"]["passed"] > 100


@pytest.mark.parametrize("name", ["TheQuiteUnreasonablyLongNamedLanguageMod", "BlueHeronLM7"])
def test_a_long_name_breaks_no_line_wrongly(workspace, name):
    port = workspace(base_architecture="encoder-decoder", model_name=name, camelcase_name=name)
    quality = make(port, "quality")
    assert quality.code == 0, quality.output
