"""The mount: a plain `python` of the workspace's environment sees the port as part of Transformers."""

import json
import os
import sys
import venv
from pathlib import Path

import pytest
from conftest import make, run


pytestmark = pytest.mark.both_ends

SEEN = """
import json
import transformers
from transformers import AutoConfig, AutoModel, AutoModelForCausalLM, AutoTokenizer, GLibConfig, GLibModel, pipeline
from transformers.models.auto.tokenization_auto import tokenizer_class_from_name, TOKENIZER_MAPPING_NAMES
config = AutoConfig.for_model("g_lib", num_hidden_layers=1, hidden_size=32, num_attention_heads=4, vocab_size=99)
model = AutoModelForCausalLM.from_config(config)
model.save_pretrained("saved")
print(json.dumps({
    "module": GLibModel.__module__,
    "config": type(config).__name__,
    "causal": type(model).__name__,
    "base": type(AutoModel.from_config(config)).__name__,
    "reloaded": type(AutoModelForCausalLM.from_pretrained("saved")).__name__,
    "tokenizer": TOKENIZER_MAPPING_NAMES["g_lib"],
    "listed": "GLibModel" in dir(transformers),
    "others": transformers.BertModel.__module__,
}))
"""


@pytest.fixture(scope="module")
def mounted(render, environment):
    """A workspace, and the interpreter of an environment of its own that `make setup` found ready."""
    path = render(tokenizer_class="GPT2Tokenizer")
    python = environment / ("python.exe" if os.name == "nt" else "python")
    setup = run(
        python, "-m", "porting", "setup", cwd=path, env={"PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}
    )
    assert setup.code == 0, setup.output
    assert "sees the port now" in setup.output
    return path, python


def test_the_port_is_part_of_transformers(mounted, tmp_path):
    _, python = mounted
    result = run(python, "-c", SEEN, cwd=tmp_path)
    assert result.code == 0, result.output
    assert "🚨" not in result.output, "auto_docstring has something to complain about"
    assert json.loads(result.output.splitlines()[-1]) == {
        "module": "transformers.models.g_lib.modeling_g_lib",
        "config": "GLibConfig",
        "causal": "GLibForCausalLM",
        "base": "GLibModel",
        "reloaded": "GLibForCausalLM",
        "tokenizer": "GPT2Tokenizer",
        "listed": True,
        "others": "transformers.models.bert.modeling_bert",
    }


def test_two_ports_share_an_environment(mounted, render):
    _, python = mounted
    second = render(model_name="BlueHeron", base_architecture="decoder")
    assert make(second, "start").code == 0
    code = "from porting import mount; mount.install('.'); from transformers import BlueHeronModel, GLibModel; print('both')"
    result = run(python, "-c", code, cwd=second)
    assert result.output.strip().endswith("both"), result.output[-500:]


def test_an_interpreter_that_never_imports_transformers_loads_one_small_module(mounted, tmp_path):
    _, python = mounted
    probe = "import sys; print([name for name in sys.modules if name.startswith(('port', 'importlib.util'))])"
    result = run(python, "-c", probe, cwd=tmp_path)
    assert result.output.strip() == "['port_template_g_lib']"


def test_a_workspace_that_went_away_is_not_missed(mounted, tmp_path):
    path, python = mounted
    hidden = path.with_name("hidden")
    path.rename(hidden)
    try:
        result = run(python, "-c", "import transformers.models; print('fine')", cwd=tmp_path)
    finally:
        hidden.rename(path)
    assert result.output.strip().endswith("fine"), result.output


def test_mounting_after_transformers_is_refused(render):
    code = "import transformers; from porting import mount; mount.install('.')"
    result = run(sys.executable, "-c", code, cwd=render())
    assert result.code == 1
    assert "mount first, then import it" in result.output


def test_a_command_without_its_packages_says_what_to_do(render, tmp_path):
    venv.create(tmp_path / "bare", with_pip=False, symlinks=os.name != "nt")
    bare = tmp_path / "bare" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    result = make(render(), "smoke", PYTHON=str(bare))
    assert "run `make setup`" in result.output
    assert "Traceback" not in result.output


def test_an_entry_of_an_older_version_is_renewed(mounted):
    """Older versions left a file in the environment that looks for porting/mount.py, and says nothing without it."""
    path, python = mounted
    purelib = Path(
        run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=path).output.strip()
    )
    entry = purelib / "port_template_g_lib.py"
    current = entry.read_text()
    entry.write_text(current.replace('"porting", "mount"', '"porting", "mount.py"'))
    try:
        lost = run(python, "-c", "from transformers import GLibModel", cwd=purelib)
        assert lost.code != 0
        run(python, "-m", "porting", "status", cwd=path)
        assert entry.read_text() == current
    finally:
        entry.write_text(current)
