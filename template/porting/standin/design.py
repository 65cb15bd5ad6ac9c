"""Choose the disguise of a parent: try names, fusions and turned weights on a tiny one, and keep what changes nothing."""

import re
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import nn

from porting.standin.disguise import Disguise
from porting.standin.original import Original
from porting.standin.rules import rules_of, undone
from transformers.pytorch_utils import Conv1D


# What upstream's models call a module -> what the original calls it. A module of none of these names keeps its own.
_NAMES = {
    "encoder": "reader",
    "decoder": "writer",
    "layers": "stack",
    "h": "stack",
    "block": "stack",
    "blocks": "stack",
    "layer": "stack",
    "self_attn": "mix",
    "attn": "mix",
    "attention": "mix",
    "self_attention": "mix",
    "SelfAttention": "mix",
    "mixer": "mix",
    "encoder_attn": "cross",
    "EncDecAttention": "cross",
    "crossattention": "cross",
    "mlp": "ffn",
    "feed_forward": "ffn",
    "ffn": "ff",
    "o_proj": "out",
    "out_proj": "out",
    "gate_proj": "gate",
    "up_proj": "up",
    "down_proj": "down",
    "c_fc": "up",
    "fc1": "up",
    "fc2": "down",
    "input_layernorm": "norm_a",
    "post_attention_layernorm": "norm_b",
    "ln_1": "norm_a",
    "ln_2": "norm_b",
    "embed_tokens": "tokens",
    "word_embeddings": "tokens",
    "wte": "tokens",
    "shared": "tokens",
    "embed_positions": "places",
    "position_embeddings": "places",
    "wpe": "places",
    "ln_f": "norm_out",
    "norm": "norm_out",
}
_BASE = "net"
# Projections that read the same, and what the one in their place is called. The first that a model has counts; queries
# stay apart where a configuration may give them more heads than the keys have.
_QUERIES = (
    ("qkv", ("q_proj", "k_proj", "v_proj")),
    ("qkv", ("query", "key", "value")),
    ("qkv", ("q_lin", "k_lin", "v_lin")),
    ("qkv", ("q", "k", "v")),
)
_KEYS = (
    ("kv", ("k_proj", "v_proj")),
    ("kv", ("key", "value")),
    ("kv", ("k_lin", "v_lin")),
    ("kv", ("k", "v")),
)
_GATES = (("gate_up", ("gate_proj", "up_proj")), ("gate_up", ("w1", "w3")), ("gate_up", ("wi_0", "wi_1")))
# What may be stored turned, the likeliest first: not square where there is a choice, for that shows in the shapes.
_TURNED = ("down_proj", "fc2", "wo", "w2", "c_proj", "dense_4h_to_h", "ff_2", "o_proj", "out_proj", "dense", "o")


def design(plain: Original, base_class: type, port_name, inputs: dict) -> Original:
    """`plain`, which is in no disguise, in one that changes neither what it computes nor what rules can undo.

    `base_class` is the parent's model without a head: names that are not its own are those of a head, and stay, for
    rules hold for every class of the port. `port_name` gives a weight of the parent the name that it has in the port.
    """
    trial = _Trial(plain, port_name, inputs)
    model, base = trial.model, base_class.base_model_prefix
    own = _names_in(_empty(base_class, plain)) & _names_in(model)
    disguise = Disguise()
    # First: a name that is the parent's is another in the port. A plain one stays, for not all heads call it the same.
    if base in dict(model.named_children()) and port_name(base) != base:
        disguise = Disguise(names={base: _BASE})
    for holder in sorted(own):
        for choices in (_fusions(model.config.to_dict()), _GATES):
            for name, parts in choices:
                wider = replace(disguise, fused=disguise.fused | {f"{holder}.{name}": parts})
                if _hold(model, holder, parts) and trial.holds(wider):
                    disguise = wider
                    break
    fused = {part for parts in disguise.fused.values() for part in parts}
    for name in sorted(_projections(model) & own - fused, key=_turning_order):
        wider = replace(disguise, turned=(name,))
        if trial.holds(wider):
            disguise = wider
            break
    for name, other in _wanted(model, own):
        taken = {*own, *_names_in(model), *disguise.names.values()}
        taken |= {place.partition(".")[2] for place in disguise.fused}
        wider = replace(disguise, names=disguise.names | {name: other})
        if other not in taken and trial.holds(wider):
            disguise = wider
    return replace(plain, disguise=disguise)


def _hold(model: nn.Module, holder: str, parts: tuple[str, ...]) -> bool:
    """Whether some module called `holder` has all the parts."""
    return any(
        path.rpartition(".")[2] == holder and all(part in module._modules for part in parts)
        for path, module in model.named_modules()
    )


class _Trial:
    """Tries disguises on one model: what it gives has to stay, and rules have to undo the names."""

    def __init__(self, plain: Original, port_name, inputs: dict):
        self.plain, self.port_name, self.inputs = plain, port_name, inputs
        self.model = plain.make()
        self.expected = self._run(self.model)

    def _run(self, model: nn.Module) -> torch.Tensor:
        with torch.no_grad():
            outputs = model(**self.inputs)
        return next(value for value in outputs.values() if isinstance(value, torch.Tensor))

    def holds(self, disguise: Disguise) -> bool:
        tried = replace(self.plain, disguise=disguise)
        try:
            model = tried.make()
            found = self._run(model)
            if not torch.allclose(found, self.expected, atol=1e-5):
                return False
            rules = rules_of(disguise, self.model, self.port_name)
            return undone(rules, model, self.model, self.port_name)
        except Exception:  # the parent's code may ask for what is no longer there, in whichever way
            return False


def _fusions(config: dict) -> tuple:
    fewer = any(re.search(r"(key_value|kv)_heads|n_head_kv|num_kv|multi_query", name) for name in config)
    return _KEYS if fewer else (*_QUERIES, *_KEYS)


def _turning_order(name: str) -> tuple:
    return (_TURNED.index(name) if name in _TURNED else len(_TURNED), name)


def _empty(base_class: type, plain: Original) -> nn.Module:
    with torch.device("meta"):
        return base_class(base_class.config_class(**plain.config))


def _names_in(model: nn.Module) -> set[str]:
    return {name for path, _ in model.named_modules() for name in path.split(".") if name and not name.isdigit()}


def _projections(model: nn.Module) -> set[str]:
    """The own names of the linear maps within layers."""
    paths = [path for path, module in model.named_modules() if type(module) in (nn.Linear, Conv1D)]
    names = {path.rpartition(".")[2] for path in paths if re.search(r"\.\d+\.", path)}
    return {name for name in names if not name.isdigit()}


def _wanted(model: nn.Module, own: set[str]) -> Iterator[tuple[str, str]]:
    """(name of the parent's, of the original's) pairs to try: the table's, and the list of layers'."""
    yield from ((name, other) for name, other in _NAMES.items() if name in own)
    for path, module in model.named_modules():
        name = path.rpartition(".")[2]
        if isinstance(module, nn.ModuleList) and len(module) > 1 and name in own:
            yield name, "stack"
