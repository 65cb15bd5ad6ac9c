"""Alignment stage by stage, on models of a few modules: each test fails if the stage it is about is taken out."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import tracer
from torch import nn

from porting.errors import CannotRun
from porting.parity import alignment as stages
from porting.parity.findings import localise
from porting.parity.origins import Origin
from porting.parity.trace_file import Trace


WIDTH, INNER = 8, 24


class Original(nn.Module):
    """A feed-forward with the modules named in `extra` after the activation, all of one shape."""

    def __init__(self, extra=()):
        super().__init__()
        self.a, self.act, self.b = nn.Linear(WIDTH, INNER), nn.GELU(), nn.Linear(INNER, WIDTH)
        self.extra = nn.ModuleDict({name: module() for name, module in dict(extra).items()})

    def forward(self, x):
        hidden = self.act(self.a(x))
        for module in self.extra.values():
            hidden = module(hidden)
        return self.b(hidden)


class Port(nn.Module):
    """The same under other names; `function` is its activation, `after` a module of its own after it."""

    def __init__(self, function=nn.GELU, after=None):
        super().__init__()
        self.up, self.activation, self.down = nn.Linear(WIDTH, INNER), function(), nn.Linear(INNER, WIDTH)
        self.after = after() if after else None
        self.config = SimpleNamespace()

    def forward(self, input_ids, x):
        hidden = self.activation(self.up(x))
        return {"logits": self.down(self.after(hidden) if self.after else hidden)}


class Halve(nn.Module):
    def forward(self, x):
        return x / 2


class Double(nn.Module):
    def forward(self, x):
        return x * 2


def traced(original, folder: Path) -> Trace:
    """The trace of one forward pass, as the tracer writes it."""
    ids = torch.ones(2, 5, dtype=torch.long)
    x = torch.randn(2, 5, WIDTH, generator=torch.Generator().manual_seed(0))
    tensors = tracer.TensorFile(folder / "trace.safetensors")
    recorder = tracer.Recorder(tensors)
    recorder.begin("only")
    inputs = {"input_ids": recorder.store(ids), "x": recorder.store(x)}
    probe = tracer.TorchProbe(original.eval())
    with probe.watch(recorder):
        output = original(x)
    recorder.batches["only"].update(inputs=inputs, outputs={"logits": recorder.store(output)})
    record = {
        "schema": tracer.SCHEMA,
        "id": "test",
        "modules": probe.modules(),
        "weights": tracer.describe_weights(probe),
        "batches": recorder.batches,
    }
    tracer.publish(tensors, json.loads(json.dumps(record)), folder / "trace")
    return Trace(folder / "trace")


def port_of(original, **options) -> Port:
    port = Port(**options).eval()
    port.up.load_state_dict(original.a.state_dict())
    port.down.load_state_dict(original.b.state_dict())
    return port


ORIGINS = {
    f"{ours}.{part}": Origin((f"{theirs}.{part}",))
    for ours, theirs in (("up", "a"), ("down", "b"))
    for part in ("weight", "bias")
}


def how(alignment) -> dict[str, tuple]:
    return {path: (link.how, *link.originals) for path, link in alignment.links.items() if path}


BY_RULES = {"up": ("rules", "a"), "down": ("rules", "b")}


def test_weights_align_by_the_rules_and_the_rest_by_shape_and_order(tmp_path):
    original = Original()
    found = stages.align(port_of(original), ORIGINS, traced(original, tmp_path))
    assert how(found) == BY_RULES | {"activation": ("shape", "act")}


def test_two_on_each_side_align_in_their_order(tmp_path):
    original = Original({"halve": Halve})
    found = stages.align(port_of(original, after=Halve), ORIGINS, traced(original, tmp_path))
    assert how(found) == BY_RULES | {"activation": ("shape", "act"), "after": ("shape", "extra.halve")}


def test_candidates_of_one_shape_are_settled_by_fingerprint(tmp_path):
    original = Original({"halve": Halve, "doubling": Double})
    found = stages.align(port_of(original), ORIGINS, traced(original, tmp_path))
    assert how(found) == BY_RULES | {"activation": ("fingerprint", "act")}


def test_what_has_no_counterpart_is_answered_for_by_what_is_around_it(tmp_path):
    original = Original({"halve": Halve, "doubling": Double})
    port = port_of(original, function=nn.Tanh)
    found = stages.align(port, ORIGINS, traced(original, tmp_path))
    assert how(found) == BY_RULES and found.weightless == ["activation"]
    assert found.answering("activation") == ""
    findings = localise(port, traced(original, tmp_path), found, tmp_path).findings
    assert [(finding.port_module, finding.seen_at) for finding in findings] == [("", "input of down")]


def test_a_fault_in_a_module_without_weights_is_its_own(tmp_path):
    original = Original()
    port = port_of(original, function=nn.Tanh)
    trace = traced(original, tmp_path)
    findings = localise(port, trace, stages.align(port, ORIGINS, trace), tmp_path).findings
    assert [(finding.port_module, finding.kind) for finding in findings] == [("activation", "activation")]


def test_a_wrong_guess_raises_no_alarm(tmp_path):
    """Of one shape and one each, but not the same: the original applies its activation by function."""
    original = Original()
    del original.act
    original.act, original.extra = nn.functional.gelu, nn.ModuleDict({"nothing": nn.Identity()})
    port, trace = port_of(original), traced(original, tmp_path)
    found = stages.align(port, ORIGINS, trace)
    assert how(found)["activation"] == ("shape", "extra.nothing")
    assert localise(port, trace, found, tmp_path).findings == []


def test_an_override_is_believed_before_all(tmp_path):
    original = Original({"halve": Halve, "doubling": Double})
    trace = traced(original, tmp_path)
    found = stages.align(port_of(original), ORIGINS, trace, {"activation": "extra.doubling"})
    assert how(found)["activation"] == ("override", "extra.doubling")


@pytest.mark.parametrize(
    ("override", "said"), [({"acctivation": "act"}, "port has no module"), ({"up": "c"}, "no call of c")]
)
def test_an_override_of_what_is_not_there_is_refused(tmp_path, override, said):
    original = Original()
    with pytest.raises(CannotRun, match=said):
        stages.align(port_of(original), ORIGINS, traced(original, tmp_path), override)


@pytest.mark.parametrize(
    ("stage", "lost"),
    [("align_by_shape", Original), ("align_by_fingerprint", lambda: Original({"halve": Halve, "doubling": Double}))],
)
def test_no_stage_does_the_work_of_another(tmp_path, monkeypatch, stage, lost):
    original = lost()
    monkeypatch.setattr(stages, stage, lambda *arguments: [])
    assert how(stages.align(port_of(original), ORIGINS, traced(original, tmp_path))) == BY_RULES
