"""The stand-ins of started workspaces: every first command is green, and parity names a line that is wrong."""

import ast
import json
import shutil
import sys
from pathlib import Path

import pytest
import torch
from conftest import make, of_the_day, parity_report, run
from torch import nn

from porting.base.modular_file import Names
from porting.base.parent import describe
from porting.standin import files
from porting.standin.disguise import Disguise
from porting.standin.rules import Rule, undone


PARENTS = {
    "llama": "decoder",
    "bert": "encoder",
    "bart": "encoder-decoder",
    "qwen3_moe": "decoder",
    "t5": "encoder-decoder",
    "gpt2": "decoder",
    "modernbert": "encoder",
}
BY_HAND = ("llama", "bert", "bart")
# The three by hand are what tests of conversion and parity run on; `nox -s standins` tries them and the others too.
TRIED = of_the_day(PARENTS.keys() - BY_HAND, 1)
# All that day one asks for, in one interpreter, for the import of Transformers takes most of the time.
DAY_ONE = """
import sys
from porting.__main__ import main
for command in ("trace", "rules", "convert", "parity", "convert --back", "status"):
    if code := main(command.split()):
        sys.exit(f"{command} ended with {code}")
"""

# What a modular file overrides, and what is wrong with it.
BROKEN_SCALE = """

class GLibAttention(LlamaAttention):
    def __init__(self, config: GLibConfig, layer_idx: int):
        super().__init__(config, layer_idx)
        self.scaling = 1.0

"""


@pytest.fixture(scope="module")
def day_one(render):
    """`day_one(parent)`: a started workspace after its first commands, and what these printed. Do not edit it."""
    made = {}

    def _day_one(parent: str):
        if parent not in made:
            path = render(base_architecture=PARENTS[parent], base_model=parent)
            started = make(path, "start")
            assert started.code == 0, started.output
            made[parent] = path, run(sys.executable, "-c", DAY_ONE, cwd=path)
        return made[parent]

    return _day_one


@pytest.mark.both_ends
@pytest.mark.parametrize(
    "parent", [name if name in TRIED else pytest.param(name, marks=pytest.mark.apart) for name in PARENTS]
)
def test_the_first_commands_are_green_and_have_something_to_do(day_one, parent):
    path, result = day_one(parent)
    assert result.code == 0, result.output
    report = parity_report(path)
    assert report["passed"] and report["findings"] == []
    assert report["max_abs_diff"] < 1e-4 and report["coverage"]["share"] > (0.75 if parent in BY_HAND else 0.9)
    assert "the port is the stand-in for the original" in result.output
    converted = json.loads((path / "reports" / "convert.json").read_text())["weights"]
    operations = {operation.partition("(")[0] for weight in converted for operation in weight["operations"]}
    assert "Transpose" in operations
    if parent not in ("gpt2", "modernbert"):  # these have their projections fused already
        assert operations & {"Chunk", "SplitHeads"}
    assert any(weight["target"] != weight["sources"][0]["name"] for weight in converted)
    restored = json.loads((path / "reports" / "convert-back.json").read_text())["comparison"]
    assert restored["equal"] and not (restored["different"] or restored["lost"] or restored["extra"])
    assert len(restored["dropped"]) == 1


def test_status_says_that_the_original_is_still_to_come(day_one):
    path, result = day_one("qwen3_moe")
    status = json.loads((path / "reports" / "status.json").read_text())
    assert status["stand_in"] is True and "names and layouts only" in result.output.replace("\n  ", " ")
    places = {(place["path"], place["what"]) for place in status["unfilled"]}
    assert ("original/adapter.py", "the original instead of the stand-in") in places
    assert any(path == "conversion/rules.py" for path, _ in places)


def test_without_the_stand_in_the_adapter_says_what_is_next(day_one, tmp_path):
    path = tmp_path / "port"
    shutil.copytree(day_one("qwen3_moe")[0], path)
    (path / "original" / "standin.py").unlink()
    done = make(path, "trace")
    assert "still to be filled in; step 3 of GUIDE.md" in done.output and "Traceback" not in done.output
    again = make(path, "start", ONLY="standin.py")
    assert again.code == 0, again.output
    assert (path / "original" / "standin.py").is_file()


@pytest.mark.both_ends
def test_a_broken_line_of_the_modular_file_is_named(day_one, tmp_path):
    path = tmp_path / "port"
    shutil.copytree(day_one("llama")[0], path)
    modular = path / "src" / "transformers" / "models" / "g_lib" / "modular_g_lib.py"
    text = modular.read_text(encoding="utf-8")
    imported = "from ..llama.modeling_llama import (\n"
    assert imported in text
    text = text.replace(imported, f"{imported}    LlamaAttention,\n")
    before, after = text.split("\n\nclass GLibPreTrainedModel", 1)
    modular.write_text(f"{before}{BROKEN_SCALE}\nclass GLibPreTrainedModel{after}", encoding="utf-8")
    done = make(path, "parity")
    assert done.code != 0, done.output
    finding = parity_report(path)["findings"][0]
    assert (finding["port_module"], finding["kind"]) == ("model.layers.0.self_attn", "attention_scale"), done.output


def test_starting_over_takes_another_stand_in_and_keeps_rules_that_a_person_wrote(day_one, tmp_path):
    path = tmp_path / "port"
    shutil.copytree(day_one("qwen3_moe")[0], path)
    done = make(path, "start", OVER="1", BASE="gpt2")
    assert done.code == 0, done.output
    assert "GPT2LMHeadModel" in (path / "original" / "standin.py").read_text()
    assert not (path / "original" / "checkpoint" / "weights.pt").exists()
    rules = path / "conversion" / "rules.py"
    assert "GLibLMHeadModel" in rules.read_text()
    rules.write_text(rules.read_text() + "# mine\n")
    done = make(path, "start", OVER="1", BASE="llama")
    assert done.code == 0 and "stay as they are" in done.output
    assert "GPT2LMHeadModel" in (path / "original" / "standin.py").read_text()


# --- the parts -------------------------------------------------------------------------------------------------------


def test_files_by_hand_are_those_of_the_parent_under_the_ports_names():
    for parent in BY_HAND:
        made = files.files_for(describe(parent), Names("zorro_x2", "ZorroX2", "org/zorro", "2026"), PARENTS[parent])
        assert not made.without and [*made.texts] == [files.STANDIN, files.RULES]
        for text in made.texts.values():
            ast.parse(text)
        assert 'PORT_CLASS = "ZorroX2For' in made.texts[files.RULES]
        assert "transformers" not in {
            name.split(".")[0]
            for node in ast.walk(ast.parse(made.texts[files.STANDIN]))
            for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [])
        }
        assert "porting" not in made.texts[files.RULES]
    assert (
        '"zorro_x2.encoder.layer"'
        in files.files_for(describe("bert"), Names("zorro_x2", "ZorroX2", "org/zorro", "2026"), "encoder").texts[
            files.RULES
        ]
    )


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(4, 4) for _ in range(4))

    def forward(self, x, y):
        return self.o(self.q(x) * self.k(y) + self.v(y)) + self.o.weight.sum()


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = Attention()

    def forward(self, x, y):
        return self.attention(x, y)


def test_a_disguise_changes_names_and_layouts_and_nothing_else():
    torch.manual_seed(0)
    plain, x = Layer(), torch.randn(2, 4)
    expected, weights = plain(x, x), dict(plain.state_dict())
    disguise = Disguise({"attention": "mix", "o": "out"}, {"attention.qkv": ("q", "k", "v")}, ("o",))
    strange = disguise.put_on(plain)
    assert torch.allclose(strange(x, x), expected, atol=1e-6)
    assert {*strange.state_dict()} == {"mix.qkv.weight", "mix.qkv.bias", "mix.out.kernel", "mix.out.bias"}
    assert torch.equal(strange.state_dict()["mix.out.kernel"], weights["attention.o.weight"].T)
    assert {path for path, _ in strange.named_modules()} == {"", "mix", "mix.qkv", "mix.out"}


def test_projections_that_read_different_things_are_not_taken_for_one():
    strange = Disguise(fused={"attention.qkv": ("q", "k", "v")}).put_on(Layer())
    with pytest.raises(ValueError, match="read different things"):
        strange(torch.randn(2, 4), torch.randn(2, 4))
    uneven = Layer()
    uneven.attention.k = nn.Linear(4, 2)
    with pytest.raises(ValueError, match="cannot be fused"):
        Disguise(fused={"attention.qk": ("q", "k")}).put_on(uneven)


def test_rules_that_would_rename_the_ports_own_weights_undo_nothing():
    def same(name):
        return name

    strange = Disguise({"attention": "mix"}).put_on(Layer())
    exact = Rule(r"(?<!\w)mix\.", (r"(?<!\w)attention\.",))
    assert undone([exact], strange, Layer(), same)
    assert not undone([Rule("mi", ("attentio",))], strange, Layer(), same)
    assert not undone([exact, Rule("never", ("used",))], strange, Layer(), same)


def test_a_parent_that_does_not_run_gets_rules_to_fill_in(monkeypatch):
    def fails(*_):
        raise RuntimeError("no kernel for this")

    monkeypatch.setattr(files, "designed", fails)
    made = files.files_for(describe("qwen3"), Names("zorro_x2", "ZorroX2", "org/zorro", "2026"), "decoder")
    assert [*made.texts] == [files.RULES] and "no kernel for this" in made.without
    assert "RULES: list[WeightTransform] = []" in made.texts[files.RULES]
    assert 'PORT_CLASS = "ZorroX2ForCausalLM"' in made.texts[files.RULES]


def test_by_hand_is_what_the_default_parents_have():
    assert sorted(
        path.name for path in Path(files.BY_HAND).iterdir() if path.is_dir() and path.name[0] != "_"
    ) == sorted(BY_HAND)
