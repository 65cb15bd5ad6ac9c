"""The worked ports of examples/ports: what was changed by hand fits what start writes. `nox -s ports` runs all of it."""

import pytest
import yaml
from conftest import REPOSITORY, make, run


PORTS = sorted(path.parent for path in (REPOSITORY / "examples" / "ports").glob("*/answers.yml"))


@pytest.mark.parametrize("port", PORTS, ids=lambda port: port.name)
def test_what_was_changed_by_hand_fits_what_was_started(render, port):
    answers = yaml.safe_load((port / "answers.yml").read_text(encoding="utf-8"))
    workspace = render(**answers)
    for target in ("start", "style"):
        done = make(workspace, target)
        assert done.code == 0, done.output
    assert run("git", "init", "--quiet", cwd=workspace).code == 0
    applied = run("git", "apply", port / "changes.patch", cwd=workspace)
    assert applied.code == 0, applied.output
    expanded = make(workspace, "modular")
    assert expanded.code == 0, expanded.output
    if (port / "fault.patch").is_file():
        faulty = run("git", "apply", "--check", port / "fault.patch", cwd=workspace)
        assert faulty.code == 0, faulty.output
