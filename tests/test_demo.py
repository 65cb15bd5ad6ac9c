"""The demo's end: what is there, `make parity` at work, where the workspace is and what is next."""

import shutil
import sys

from conftest import REPOSITORY, run


def test_the_demo_shows_a_fault_and_ends_with_what_is_next(compare, tmp_path):
    workspace = tmp_path / "work space"
    shutil.copytree(compare("encoder")[0], workspace)
    (modeling,) = (workspace / "src").rglob("modeling_*.py")
    before = modeling.read_bytes()
    shown = run(
        sys.executable, REPOSITORY / "examples" / "demo.py", workspace, cwd=tmp_path, env={"PYTHON": sys.executable}
    )
    assert shown.code == 0, shown.output
    assert modeling.read_bytes() == before
    sound, fault = shown.output.split("--- The same with a fault")
    assert "✗" not in sound.split("--- The model as it is")[1]
    assert (
        "residual_missing" in fault
        and "encoder.layer.0.attention.output" in fault
        and f"look at src/{modeling.relative_to(workspace / 'src')}" in fault
    )
    end = shown.output.split("--- Where it is, and what is next")[1]
    for said in (f"cd '{workspace}'", "make help", "make test", "GUIDE.md"):
        assert said in end


def test_the_demo_stops_where_parity_cannot_run(compare, tmp_path):
    workspace = tmp_path / "workspace"
    shutil.copytree(compare("encoder")[0], workspace)
    (workspace / "GUIDE.md").unlink()
    shown = run(
        sys.executable, REPOSITORY / "examples" / "demo.py", workspace, cwd=tmp_path, env={"PYTHON": sys.executable}
    )
    assert shown.code == 1 and "make status failed" in shown.output.splitlines()[-1], shown.output
