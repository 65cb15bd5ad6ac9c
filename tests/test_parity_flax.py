"""An original in Flax, traced in an environment without torch: FLAX_PYTHON names its interpreter (`nox -s frameworks`)."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from conftest import run


FLAX_PYTHON = os.environ.get("FLAX_PYTHON")
ORIGINAL = Path(__file__).parent / "originals" / "flax_encoder"

pytestmark = pytest.mark.skipif(not FLAX_PYTHON, reason="FLAX_PYTHON names no interpreter with flax")


def parity(workspace: Path):
    command = (sys.executable, "-m", "porting", "parity")
    return run(*command, cwd=workspace, env={"ORIGINAL_PYTHON": FLAX_PYTHON})


@pytest.fixture(scope="module")
def flax_port(workspace, tmp_path_factory):
    """An encoder's workspace whose original is a BERT of flax modules."""
    copy = tmp_path_factory.mktemp("flax") / "workspace"
    shutil.copytree(workspace(base_architecture="encoder"), copy)
    (copy / "original" / "standin.py").unlink()
    for name in ("adapter.py", "bert.py"):
        shutil.copy(ORIGINAL / name, copy / "original" / name)
    shutil.copy(ORIGINAL / "rules.py", copy / "conversion" / "rules.py")
    return copy


def test_the_environment_of_the_original_has_no_torch():
    assert run(FLAX_PYTHON, "-c", "import flax", cwd=ORIGINAL).code == 0
    assert run(FLAX_PYTHON, "-c", "import torch", cwd=ORIGINAL).code != 0


def test_a_port_of_a_flax_model_passes_and_a_fault_is_found(flax_port):
    result = parity(flax_port)
    assert result.code == 0, result.output
    trace = json.loads((flax_port / "reports" / "trace.json").read_text())
    assert trace["framework"] == "flax"
    modeling = next((flax_port / "src").rglob("modeling_*.py"))
    modeling.write_text(modeling.read_text().replace("self.scaling = self.head_dim**-0.5", "self.scaling = 1.0"))
    assert parity(flax_port).code == 1
    finding = json.loads((flax_port / "reports" / "parity.json").read_text())["findings"][0]
    assert (finding["port_module"], finding["kind"]) == ("model.layers.0.self_attn", "attention_scale")
    assert finding["original_module"] == "block_0.attention"
