"""Every kind, from its default parent: what `start` writes runs; of text it is linted and passes upstream's tests."""

import json
import re
from importlib.metadata import version

import pytest
from conftest import ARCHITECTURES, REPOSITORY, make, of_the_day

from porting.releases import OLDEST


pytestmark = [pytest.mark.both_ends, pytest.mark.newest]

DEFAULTS = re.search(
    r"set defaults = {(.*?)}", (REPOSITORY / "questions" / "base_models.jinja").read_text(), re.DOTALL
)
PARENTS = dict(re.findall(r"'([a-z-]+)': '(\w+)'", DEFAULTS[1]))


@pytest.mark.parametrize("kind", PARENTS)
def test_a_started_port_is_green(started, record_row, kind):
    port = started(base_architecture=kind, base_model=PARENTS[kind])
    # Upstream's linter wants a test file, which is the porter's to write where it is not of text.
    for target in ("quality", "smoke") if kind in ARCHITECTURES else ("smoke",):
        done = make(port, target)
        assert done.code == 0, done.output
    assert make(port, "modular", CHECK="1").code == 0
    if kind not in ARCHITECTURES:
        return
    if version("transformers") == OLDEST and [kind] != of_the_day(ARCHITECTURES, 1):
        return  # `nox -s parents` runs them all
    done = make(port, "test")
    assert done.code == 0, done.output
    report = json.loads((port / "reports" / "test.json").read_text())
    record_row(kind, PARENTS[kind], report["transformers"], *report["counts"].values())
    assert report["counts"]["failed"] == 0
    assert report["counts"]["passed"] > 100
