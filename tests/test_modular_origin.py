"""Lines that reports name are those a person wrote: the porter in the modular file, else the authors of the parent."""

import shutil
import sys

import pytest
from conftest import make, run

from porting.modular.origin import describe_line, origin
from porting.workspace import Workspace


MODEL = "src/transformers/models/g_lib"
WRITTEN = """
class GLibMLP(LlamaMLP):
    def __init__(self, config):
        super().__init__(config)
        self.gain = 2.0

    def forward(self, x):
        gained = self.gain * x
        return self.down_proj(self.act_fn(self.gate_proj(gained)) * self.up_proj(gained))


__all__"""


@pytest.fixture(scope="module")
def port(workspace, tmp_path_factory):
    """A port of Llama whose feed-forward has a gain."""
    path = tmp_path_factory.mktemp("origin") / "port"
    shutil.copytree(workspace(), path, ignore=shutil.ignore_patterns("__pycache__", "reports"))
    modular = path / MODEL / "modular_g_lib.py"
    text = modular.read_text().replace("\n__all__", WRITTEN, 1)
    modular.write_text(text.replace("    LlamaModel,\n", "    LlamaMLP,\n    LlamaModel,\n", 1))
    done = make(path, "modular")
    assert done.code == 0, done.output
    return path


def numbered(path, text):
    """The first line of a file that holds a text, from 1."""
    return next(number for number, line in enumerate(path.read_text().splitlines(), start=1) if text in line)


def test_a_line_of_the_porters_is_that_of_the_modular_file(port):
    generated, modular = (port / MODEL / f"{kind}_g_lib.py" for kind in ("modeling", "modular"))
    for text in ("self.gain = 2.0", "gained = self.gain * x"):
        found = origin(Workspace(port), generated, numbered(generated, text))
        assert (found.file, found.line) == (f"{MODEL}/modular_g_lib.py", numbered(modular, text))
        assert describe_line(Workspace(port), generated, numbered(generated, text)) == str(found)


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("self.down_proj = nn.Linear(", "LlamaMLP.__init__"),  # by way of super()
        ("cos = cos.unsqueeze(unsqueeze_dim)", "apply_rotary_pos_emb"),
        ("self.scaling = self.head_dim**-0.5", "LlamaAttention.__init__"),
        ("class GLibRMSNorm(nn.Module):", "LlamaRMSNorm"),
    ],
)
def test_any_other_is_that_of_the_parent(port, text, owner):
    import transformers.models.llama.modeling_llama as parent

    generated = port / MODEL / "modeling_g_lib.py"
    found = origin(Workspace(port), generated, numbered(generated, text))
    assert (found.file, found.owner) == ("transformers/models/llama/modeling_llama.py", owner)
    with open(parent.__file__) as source:
        assert source.readlines()[found.line - 1].strip().startswith(text.replace("GLib", "Llama"))
    assert describe_line(Workspace(port), generated, 40).startswith(f"{MODEL}/modeling_g_lib.py:40")


def test_of_several_parents_it_is_the_one_that_is_most_alike(port, tmp_path):
    """Phi has a rotary embedding too, and it is not the one that came along."""
    copy = tmp_path / "port"
    shutil.copytree(port, copy)
    modular = copy / MODEL / "modular_g_lib.py"
    text = modular.read_text()
    first = text.index("from ..llama.")
    modular.write_text(f"{text[:first]}from ..phi.modeling_phi import PhiMLP\n{text[first:]}")
    generated = copy / MODEL / "modeling_g_lib.py"
    for line in ("class GLibRotaryEmbedding(nn.Module):", "base = config.rope_parameters["):
        assert "/llama/" in origin(Workspace(copy), generated, numbered(generated, line)).file


def test_a_file_of_ones_own_has_no_other_place(port):
    modular = port / MODEL / "modular_g_lib.py"
    assert origin(Workspace(port), modular, 30) is None
    assert describe_line(Workspace(port), modular, 30) == f"{MODEL}/modular_g_lib.py:30"


def test_smoke_names_the_line_that_the_porter_wrote(port, tmp_path):
    copy = tmp_path / "port"
    shutil.copytree(port, copy)
    modular = copy / MODEL / "modular_g_lib.py"
    modular.write_text(modular.read_text().replace("gained = self.gain * x", "gained = self.gian * x"))
    done = run(sys.executable, "-m", "porting", "smoke", cwd=copy)
    assert done.code == 1
    assert f"({MODEL}/modular_g_lib.py:{numbered(modular, 'self.gian')})" in done.output
