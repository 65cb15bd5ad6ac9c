"""make rules: on the names of real originals, at least nine tenths are right with no edit, and nothing is wrong silently."""

import pytest
import torch
from rules_of_originals import CASES, LAYERS, open_original, score

from porting.conversion.propose.match import LAYOUT, ORDER
from porting.conversion.propose.proposal import make_proposal
from porting.conversion.sources import Weight
from porting.errors import CannotRun


pytestmark = pytest.mark.both_ends


@pytest.mark.parametrize("name", CASES)
def test_real_original(name):
    found = score(name)
    assert not found.silently_wrong
    assert len(found.right) >= 0.9 * len(found.weights)


@pytest.mark.parametrize("name", ["litgpt_pythia", "litgpt_llama", "x_transformers_alibi_decoder"])
def test_the_layout_of_fused_projections_is_never_sure(name):
    proposal = make_proposal(open_original(name), CASES[name][1]())
    fused = [
        weight for weight in proposal.made if "qkv" in weight.lower() or "qkv" in str(proposal.made[weight]).lower()
    ]
    assert fused
    assert not set(fused) & set(proposal.sure)


@pytest.mark.parametrize(
    "name", ['x"); open("ran", "w")  # .weight', "x\nopen('ran', 'w')\n.weight", "a\\1.weight", "w(1)"]
)
def test_a_name_that_is_code_is_refused(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    original = open_original("litgpt_llama")
    original.weights[name] = Weight(name, (48,), torch.float32, lambda: None)
    with pytest.raises(CannotRun, match="no rule can hold"):
        make_proposal(original, CASES["litgpt_llama"][1]())
    assert not list(tmp_path.iterdir())


def test_hyperparameters_that_nobody_reads_are_written_as_plain_values_only(tmp_path, monkeypatch):
    class Code:
        def __repr__(self):
            return "open('ran', 'w')"

    monkeypatch.chdir(tmp_path)
    plain = {"a.b": 0.25, "off": None, "text": 'x"\n#', "sizes": [1, {"deep": True}], "key\n": 1}
    unread = {**plain, "code": Code(), "codes": [Code()], "nan": float("nan"), "line\nopen('ran', 'w')": Code()}
    proposal = make_proposal(open_original("litgpt_llama"), CASES["litgpt_llama"][1](), unread)
    space: dict = {}
    exec(proposal.text, space)
    assert space["BUILT_IN"] == plain
    assert proposal.unread == list(unread)
    assert not list(tmp_path.iterdir())


def test_gate_and_up_are_unsure_where_names_only_count():
    proposal = make_proposal(open_original("litgpt_llama"), CASES["litgpt_llama"][1]())
    assert {f"transformer.h.{layer}.mlp.fc_{part}.weight" for layer in LAYERS for part in (1, 2)} == set(
        proposal.unsure[ORDER]
    )
    assert LAYOUT in proposal.text or not proposal.unsure.get(LAYOUT)
