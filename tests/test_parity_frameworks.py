"""Originals in Flax and Keras, traced in an environment without torch (`nox -s frameworks`).

FRAMEWORKS_PYTHON names an interpreter that has flax, keras and tensorflow.
"""

import json
import os
import shutil
from pathlib import Path

import pytest
from conftest import make, parity_report, run


FRAMEWORKS_PYTHON = os.environ.get("FRAMEWORKS_PYTHON")
ORIGINALS = Path(__file__).parent / "originals"

# What the trace calls the framework, the folder of the original, and what its environment needs to be told.
FRAMEWORKS = {
    "flax": ("flax", "flax_encoder", {}),
    "keras on jax": ("keras", "keras_encoder", {"KERAS_BACKEND": "jax"}),
    "keras on tensorflow": ("keras", "keras_encoder", {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "2"}),
}

pytestmark = pytest.mark.apart


def test_the_environment_of_the_originals_has_no_torch():
    assert run(FRAMEWORKS_PYTHON, "-c", "import flax, keras, tensorflow", cwd=ORIGINALS).code == 0
    assert run(FRAMEWORKS_PYTHON, "-c", "import torch", cwd=ORIGINALS).code != 0


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_port_passes_and_a_fault_is_found(workspace, framework, tmp_path, monkeypatch):
    name, folder, variables = FRAMEWORKS[framework]
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    port = tmp_path / "workspace"
    shutil.copytree(workspace(base_architecture="encoder"), port)
    (port / "original" / "standin.py").unlink()
    for source in ("adapter.py", "bert.py"):
        shutil.copy(ORIGINALS / folder / source, port / "original" / source)
    shutil.copy(ORIGINALS / folder / "rules.py", port / "conversion" / "rules.py")
    result = make(port, "parity", ORIGINAL_PYTHON=FRAMEWORKS_PYTHON)
    assert result.code == 0, result.output
    assert parity_report(port)["coverage"]["share"] > 0.6
    trace = json.loads((port / "reports" / "trace.json").read_text())
    assert trace["framework"] == name
    taps = {call["module"] for call in trace["batches"]["padded"]["calls"] if call["module"].startswith("tap:")}
    assert taps == ({"tap:mixed"} if name == "keras" else set())
    modeling = next((port / "src").rglob("modeling_*.py"))
    modeling.write_text(
        modeling.read_text().replace("self.scaling = self.attention_head_size**-0.5", "self.scaling = 1.0")
    )
    assert make(port, "parity", ORIGINAL_PYTHON=FRAMEWORKS_PYTHON).code != 0
    finding = parity_report(port)["findings"][0]
    assert (finding["port_module"], finding["kind"]) == ("g_lib.encoder.layer.0.attention.self", "attention_scale")
