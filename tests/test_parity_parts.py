"""The parts of parity that can be judged on tensors made here: layouts, signatures, the replay's sums."""

import os
from dataclasses import replace

import pytest
import torch

from porting.conversion import digest
from porting.parity import loss
from porting.parity.causes import (
    activation,
    attention,
    embedding,
    linear,
    norm,
    positions,
    randomness,
    sums,
    values,
)
from porting.parity.causes.cause import close
from porting.parity.generation import compare_generate
from porting.parity.layout import arrange
from porting.parity.measure import Evidence
from porting.parity.replay import Place
from porting.parity.stored_names import stored_names
from porting.reports import write_report
from porting.workspace import Workspace


def rand(*shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(sum(shape))
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def evidence(port, original, given=(), made=None, path="part", side="output", blamed=None, inputs=None):
    place = Place("padded", f"{path}#0", path, side, f"{path if blamed is None else blamed}#0")
    return Evidence(place, port, original, None, list(given), made or {}, [], inputs or {})


class Holder(torch.nn.Module):
    """A model of one part, with the little of a PreTrainedModel that signatures ask for."""

    def __init__(self, **parts):
        super().__init__()
        for name, part in parts.items():
            self.add_module(name, part.double())

    def get_input_embeddings(self):
        return getattr(self, "embedding", None)

    def get_output_embeddings(self):
        return getattr(self, "head", None)


PORT = rand(2, 5, 8)


@pytest.mark.parametrize(
    ("original", "kind"),
    [
        (PORT * 8**0.5, "scale"),
        (PORT + rand(8), "offset"),
        (PORT * (2 + rand(8).abs()), "feature_scale"),
        (PORT[..., [0, 2, 4, 6, 1, 3, 5, 7]], "feature_order"),
        (30 * torch.tanh(PORT / 30), "soft_cap"),
        (PORT * torch.tensor([1.2, 0.9]).view(2, 1, 1), "sequence_scale"),
    ],
)
def test_values_explain(original, kind):
    assert values.explain(evidence(PORT, original), None).kind == kind


def test_weights_are_found_under_the_names_of_the_checkpoint(tmp_path):
    stored = {"encoder.layers.0.fc.weight": [8, 4], "encoder.head.weight": [9, 4], "embed.weight": [9, 4], "kept": [3]}
    sources = [{"sources": [{"name": name, "shape": shape}]} for name, shape in stored.items()]
    write_report(tmp_path / "reports", "convert", {"weights": sources})
    shapes = {"layers.0.fc.weight": [8, 4], "model.embed.weight": [9, 4], "weight": [9, 4], "kept": [3], "new": [8, 4]}
    weights = {name: {"shape": shape} for name, shape in shapes.items()}
    assert stored_names(Workspace(tmp_path), weights) == {
        "layers.0.fc.weight": "encoder.layers.0.fc.weight",
        "model.embed.weight": "embed.weight",
    }, "two weights could be the one that is called `weight`"
    assert stored_names(Workspace(tmp_path / "nothing"), weights) == {}


def test_values_leave_the_unknown_alone():
    assert values.explain(evidence(PORT, rand(2, 5, 9)[..., :8]), None) is None


def test_the_scale_of_an_embedding_is_called_by_its_name():
    assert "square root of the width" in values.explain(evidence(PORT, PORT * 8**0.5), None).sentence


def linear_evidence(module, original_weight, original_bias=None):
    inputs = rand(2, 5, 8)
    original = torch.nn.functional.linear(inputs, original_weight, original_bias)
    return evidence(module(inputs).detach(), original.detach(), [inputs])


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (lambda part, other: (part.weight.T, part.bias), "transposed_weight"),
        (lambda part, other: (other.weight, other.bias), "swapped_weights"),
        (lambda part, other: (part.weight, None), "bias_extra"),
        (lambda part, other: (1.01 * part.weight, part.bias), "scaled_weight"),
    ],
)
def test_linear_explains(fault, kind):
    torch.manual_seed(0)
    model = Holder(part=torch.nn.Linear(8, 8), other=torch.nn.Linear(8, 8))
    assert linear.explain(linear_evidence(model.part, *fault(model.part, model.other)), model).kind == kind


def test_linear_sees_a_missing_bias_and_rounded_weights():
    torch.manual_seed(0)
    model = Holder(part=torch.nn.Linear(8, 8, bias=False))
    weight = model.part.weight.detach().clone()
    assert linear.explain(linear_evidence(model.part, weight, rand(8)), model).kind == "bias_missing"
    model.part.weight.data = weight.to(torch.bfloat16).double()
    assert values.rounded_weights(linear_evidence(model.part, weight), model).kind == "bfloat16_weights"


def test_a_tied_head_is_told_from_an_untied_one():
    torch.manual_seed(0)
    model = Holder(head=torch.nn.Linear(8, 20, bias=False), embedding=torch.nn.Embedding(20, 8))
    untied = linear_evidence(model.head, model.embedding.weight)
    untied.place = Place("padded", "head#0", "head", "output", "head#0")
    assert linear.explain(untied, model).kind == "untied_head"
    own = model.head.weight.detach().clone()
    model.head.weight = model.embedding.weight
    tied = linear_evidence(model.head, own)
    tied.place = untied.place
    assert linear.explain(tied, model).kind == "tied_head"


def test_positions_shifted_in_a_table():
    model = Holder(part=torch.nn.Embedding(20, 8))
    ids = torch.arange(5).expand(2, 5)
    table = model.part.weight.detach()
    cause = embedding.explain(evidence(table[ids], table[ids + 2], [ids]), model)
    assert (cause.kind, cause.evidence["shift"]) == ("shifted_rows", 2)


def test_positions_that_the_table_counts_itself():
    """BART's table of positions is given the ids of the tokens."""
    model = Holder(part=torch.nn.Embedding(20, 8))
    table, places, tokens = model.part.weight.detach(), torch.arange(5)[None], torch.ones(2, 5, dtype=torch.long)
    cause = embedding.explain(evidence(table[places], table[places + 2], [tokens]), model)
    assert (cause.kind, cause.evidence["shift"]) == ("shifted_rows", 2)


class RMSNorm(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(1 + 0.3 * rand(8))


def normalise(inputs, gain, eps=1e-5, centre=False, unbiased=False):
    centred = inputs - inputs.mean(-1, keepdim=True) if centre else inputs
    spread = centred.square().sum(-1, keepdim=True) / (inputs.shape[-1] - (1 if unbiased else 0))
    return centred * torch.rsqrt(spread + eps) * gain


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (lambda x, w: normalise(x, w, eps=1e-6), "eps"),
        (lambda x, w: normalise(x, w, centre=True), "norm_type"),
        (lambda x, w: normalise(x, 1 + w), "norm_gain"),
    ],
)
def test_norm_explains(fault, kind):
    model, inputs = Holder(part=RMSNorm()), rand(2, 5, 8)
    weight = model.part.weight.detach()
    cause = norm.explain(evidence(normalise(inputs, weight), fault(inputs, weight), [inputs]), model)
    assert cause.kind == kind


def test_the_unbiased_deviation_is_recognised():
    inputs = rand(2, 5, 8)
    recipe = norm.find_recipe(inputs.flatten(0, 1), normalise(inputs, 1, 0.0, True, True).flatten(0, 1), None, None)
    assert recipe.statistic == "mean and unbiased variance"


@pytest.mark.parametrize("name", [name for name in activation.ACTIVATIONS if name not in ("nothing", "gelu (exact)")])
def test_every_activation_is_told_from_gelu(name):
    inner, outer = rand(2, 5, 8), rand(2, 5, 9)[..., :8]
    gelu = activation.ACTIVATIONS["gelu (exact)"]
    made = {"mlp.gate#0": inner, "mlp.up#0": outer}
    cause = activation.between_modules(
        evidence(
            gelu(inner) * outer, activation.ACTIVATIONS[name](inner) * outer, made=made, path="mlp.down", side="input"
        ),
        None,
    )
    assert (cause.kind, cause.evidence["original"]) == ("activation", name)


@pytest.mark.parametrize(
    ("original", "port", "kind"),
    [
        ((1, 1), (0, 1), "residual_missing"),
        ((0, 1), (1, 1), "residual_extra"),
        ((1, 1), (2, 1), "residual_doubled"),
        ((1, 0.5), (1, 1), "scale"),
    ],
)
def test_sums_explain(original, port, kind):
    given, child = rand(2, 5, 8), rand(2, 5, 9)[..., :8]
    made = {"layer.mlp#0": child}
    cause = sums.explain(
        evidence(port[0] * given + port[1] * child, original[0] * given + original[1] * child, [given], made), None
    )
    assert cause.kind == kind


def test_dropout_is_recognised():
    torch.manual_seed(0)
    original = rand(2, 50, 8)
    cause = randomness.dropout(evidence(torch.nn.functional.dropout(original, 0.1, True), original), None)
    assert cause.kind == "dropout"
    assert cause.evidence["probability"] == pytest.approx(0.1, abs=1e-6)


def test_sinusoids_in_another_order():
    tables = positions.sinusoid_tables(5, 8)
    words = rand(2, 5, 8)
    cause = positions.explain(
        evidence(words + tables["sines and cosines in turn"], words + tables["sines then cosines"]), None
    )
    assert cause.evidence == {"original": "sines then cosines", "port": "sines and cosines in turn"}


def test_a_table_of_sinusoids_in_another_order():
    tables = positions.sinusoid_tables(5, 8)
    both = [tables[name].expand(2, 5, 8) for name in ("sines and cosines in turn", "sines then cosines")]
    assert positions.of_table(evidence(*both), None).evidence["original"] == "sines then cosines"
    assert positions.of_table(evidence(both[0], rand(2, 5, 8)), None) is None


@pytest.mark.parametrize("shift", [0, 1, 2, -1])
def test_the_shift_of_a_loss_is_that_of_its_labels(shift):
    labels = torch.tensor([[3, 1, 2, 0, 3, 1], [0, 2, 2, 1, 3, 0]])
    scores = rand(2, 6, 4)
    each = [
        -scores[row, place].log_softmax(0)[labels[row, place + shift]]
        for row in range(2)
        for place in range(6)
        if 0 <= place + shift < 6
    ]
    assert float(loss.shifted_loss(scores, labels, shift)) == pytest.approx(float(torch.stack(each).mean()))


def core(heads=4, kv_heads=2, length=7, dim=8) -> attention.Core:
    query, key, value = rand(2, length, heads, dim), rand(2, length, kv_heads, dim), rand(2, length, kv_heads + 1, dim)
    padding = torch.zeros(2, length, dtype=torch.bool)
    padding[1, 5:] = True
    return attention.Core(
        query, key, value[:, :, :kv_heads], padding, heads * dim, (10000.0,), attention._shares(dim, None)
    )


USUAL_ATTENTION = {
    "scale": "1 / sqrt(head dim)",
    "mask": "the past but padding",
    "rotation": "halves",
    "theta": 10000.0,
    "dims": 1.0,
    "grouping": "by neighbours",
    "heads": "in order",
    "spread": "the features that turn",
}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"scale": "1"},
        {"mask": "everything"},
        {"mask": "everything but padding"},
        {"rotation": "pairs"},
        {"rotation": "none", "theta": 0.0},
        {"theta": 5000.0},
        {"grouping": "in turn"},
        {"heads": "without transposing"},
        {"dims": 0.25},
        {"dims": 0.75, "spread": "the whole head"},
        {"spread": "the hidden size"},
    ],
)
def test_attention_recipes_are_found_again(changes):
    recipe = attention.Recipe(**{**USUAL_ATTENTION, **changes})
    valid = ~core().padding
    assert attention.find_recipe(core(), attention.compute(core(), recipe), valid) == recipe


@pytest.mark.parametrize("scale", ["1 / sqrt(head dim)", "1"])
def test_attention_recipes_are_found_through_the_rounding_of_large_scores(scale):
    recipe = attention.Recipe(**{**USUAL_ATTENTION, "scale": scale})
    large = core(length=200)
    large = replace(large, query=24 * large.query, key=24 * large.key)
    narrow = replace(large, query=large.query.float(), key=large.key.float(), value=large.value.float())
    valid = ~large.padding
    wanted = attention.compute(narrow, recipe).double()
    assert not close(attention.compute(large, recipe)[valid], wanted[valid], attention.FIT)
    assert attention.find_recipe(large, wanted, valid) == recipe


def test_layouts_are_brought_into_the_ports():
    like = rand(2, 5, 8)
    valid = torch.ones(2, 5, dtype=torch.bool)
    valid[1, 3:] = False
    for original in (like, like.transpose(0, 1), like.flatten(0, 1), like.unflatten(-1, (2, 4)), like[valid]):
        found = arrange(original, like, valid=valid)
        assert torch.equal(found[valid], like[valid])
    heads_apart = like.unflatten(-1, (2, 4)).transpose(1, 2)
    assert torch.equal(arrange(heads_apart, like), like)
    assert arrange(rand(3, 5, 8), like) is None


def test_a_part_of_the_features_is_taken_by_index():
    fused, index = rand(2, 5, 24), torch.tensor([16, 17, 18, 19, 20, 21, 22, 23])
    assert torch.equal(arrange(fused, rand(2, 5, 8), index, 24), fused[..., 16:])


@pytest.mark.parametrize("by_conversion", [False, True])
def test_the_fingerprint_of_weights_is_remembered_until_they_change(tmp_path, monkeypatch, by_conversion):
    weights, reports = tmp_path / "model.safetensors", tmp_path / "reports"
    memory = reports / "weights.json"
    weights.write_bytes(b"first")
    first = digest.weights_digest(tmp_path)
    if by_conversion:
        digest.remember_digest(tmp_path, first, reports)
    assert digest.known_digest(tmp_path, reports) == first
    changed = weights.stat().st_ctime_ns
    for later, known in ((0, "read again"), (1, first)):
        os.utime(memory, ns=(changed + later, changed + later))
        with monkeypatch.context() as context:
            context.setattr(digest, "weights_digest", lambda folder: "read again")
            context.setattr(digest, "_remember", lambda *arguments: None)
            assert digest.known_digest(tmp_path, reports) == known
    weights.write_bytes(b"other")
    assert digest.known_digest(tmp_path, reports) == digest.weights_digest(tmp_path) != first
    memory.write_text("{")
    assert digest.known_digest(tmp_path, reports) == digest.weights_digest(tmp_path)


class Forgetful(torch.nn.Linear):
    """A model that takes a cache and, where `generate` gives it one, makes other tokens."""

    def __init__(self, fault: int | Exception):
        super().__init__(1, 1)
        self.fault = fault

    def forward(self, input_ids, past_key_values=None, **kwargs):
        return input_ids

    def generate(self, input_ids, use_cache, **kwargs):
        if isinstance(self.fault, Exception):
            raise self.fault
        return input_ids + self.fault * use_cache


def test_other_tokens_with_the_cache_than_without_are_told():
    batch = {"input_ids": torch.arange(60).reshape(2, 30)}
    assert "other tokens" in compare_generate(Forgetful(1), batch)
    assert compare_generate(Forgetful(0), batch) == ""
    assert compare_generate(Forgetful(ValueError("no")), batch) == ""
    assert compare_generate(torch.nn.Identity(), batch) == "", "it takes no cache"
