"""What the words in a module's name say it is for. Both sides are read with the same eyes; only equal roles are paired."""

import re
from collections import defaultdict
from dataclasses import dataclass

from porting.conversion.propose.layers import Names, Shape


WEIGHTS = {"weight", "w", "kernel", "gamma", "g", "scale", "embedding", "embeddings", "alpha", "gain"}
BIASES = {"bias", "b", "beta", "shift", "offset"}
NORM = {"norm", "ln", "layernorm", "rmsnorm", "norms"}
_ATTENTION = {"attn", "attention", "att", "mha", "selfattn", "selfattention", "encdecattention", "mix", "mixer"}
_FEED_FORWARD = {"mlp", "ffn", "ff", "feedforward", "fc", "intermediate", "ffw", "fc1", "fc2", "final", "output"}
_CROSS = {"cross", "encdec", "xattn", "inter", "crossattention", "encdecattention", "crossattn"}
_PROJECTIONS = (
    ("qkv", ({"qkv"}, {"wqkv"}, {"query", "key", "value"}, {"in", "proj"}, {"c", "attn"})),
    ("kv", ({"kv"}, {"key", "value"})),
    ("q", ({"q"}, {"query"}, {"wq"}, {"queries"})),
    ("k", ({"k"}, {"key"}, {"wk"}, {"keys"})),
    ("v", ({"v"}, {"value"}, {"wv"}, {"values"})),
)
_GATE_UP = ({"gate", "up"}, {"gateup"}, {"wi", "fused"})
_GATE = ({"gate"}, {"w1"}, {"wi", "0"})
_UP = ({"up"}, {"w3"}, {"wi", "1"}, {"fc1"}, {"fc"}, {"wi"}, {"h", "4h"}, {"linear1"}, {"lin1"}, {"wide"})
_DOWN = ({"down"}, {"w2"}, {"fc2"}, {"wo"}, {"linear2"}, {"lin2"}, {"narrow"})

_HEAD = {"head", "logits", "predictions", "prediction", "cls", "readout", "guess", "generator", "mlm"}
# What a table of vectors outside of all layers is for, by the words in its name; the first that fits counts.
_TABLES = (
    ("types", {"type", "types", "segment", "segments", "kind", "kinds"}),
    ("positions", {"position", "positions", "positional", "pos", "wpe", "place", "places"}),
    ("relative", {"rel", "relative"}),
)


@dataclass(frozen=True)
class Module:
    """The parameters at one place: `parameters` maps each one's kind (weight, bias, or its own name) to its name."""

    path: str
    parameters: dict[str, str]
    shapes: dict[str, Shape]

    @property
    def words(self) -> list[str]:
        return words(self.path)

    @property
    def is_norm(self) -> bool:
        shape = self.shapes.get("weight")
        return shape is not None and len(shape) == 1

    def without(self, names: set[str]) -> "Module":
        """The module with the parameters that are not among `names`."""
        kept = {kind: name for kind, name in self.parameters.items() if name not in names}
        return Module(self.path, kept, {kind: self.shapes[kind] for kind in kept})

    def __hash__(self):
        return hash(self.path)


def words(path: str) -> list[str]:
    """`.layer.0.SelfAttention.q` -> layer, 0, self, attention, q; `fc_1` also gives fc1."""
    found = []
    for part in re.split(r"[./]", path):
        pieces = [piece for piece in re.split(r"_|(?<=[a-z])(?=[A-Z])", part) if piece]
        found += [piece.lower() for piece in pieces]
        found += [f"{one}{two}".lower() for one, two in zip(pieces, pieces[1:]) if two.isdigit() and len(two) == 1]
        if len(pieces) > 1:
            found += [part.lower().replace("_", "")]
    return found


def modules(names: Names) -> list[Module]:
    """Group weights by the module they are parameters of."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for name in names:
        path, _, leaf = name.rpartition("/" if "/" in name else ".")
        kind = "weight" if leaf in WEIGHTS else "bias" if leaf in BIASES else leaf
        if kind == leaf and kind not in ("weight", "bias"):
            path, kind = name, "weight"
        found[path][kind] = name
    return [Module(path, kinds, {kind: names[name] for kind, name in kinds.items()}) for path, kinds in found.items()]


def layer_roles(members: list[Module], hidden: int) -> dict[Module, str]:
    """The role of each module of a layer that its name, its place or its shape tells; ambiguous ones are left out."""
    roles: dict[Module, str] = {}
    norms = []
    contexts = _contexts(members)
    for module in members:
        if module.is_norm or ("weight" not in module.shapes and set(module.words) & NORM):
            norms.append(module)
            continue
        role = _projection(module, contexts.get(module, ""), hidden)
        if role:
            roles[module] = role
    roles.update(_norm_roles(norms, contexts, hidden))
    return roles


def _has(found: set[str], choices) -> bool:
    return any(choice <= found for choice in choices)


def _contexts(members: list[Module]) -> dict[Module, str]:
    """`self`, `cross` or `ff` for modules whose own words do not say it: from what else is in their first component."""
    blocks: dict[str, list[Module]] = defaultdict(list)
    for module in members:
        parts = module.path.strip("./").split(".")
        numbered = len(parts) > 1 and parts[1].isdigit() and not parts[0].startswith("part_")
        blocks[".".join(parts[:2]) if numbered else parts[0]].append(module)
    contexts, attention_before = {}, False
    for name, block in blocks.items():
        said = {word for module in block for word in module.words}
        if len(blocks) < 2:
            break
        if _has(said, [choice for _, choices in _PROJECTIONS for choice in choices]):
            part_of_list = re.search(r"\d$", name)
            context = "cross" if said & _CROSS or (attention_before and part_of_list) else "self"
            attention_before = True
        elif said & (_FEED_FORWARD | {"up", "down", "wi", "wo", "w1", "w2"}) and not said & _ATTENTION:
            context = "ff"
        else:
            continue
        contexts.update(dict.fromkeys(block, context))
    return contexts


def _projection(module: Module, context: str, hidden: int) -> str | None:
    found = set(module.words)
    shape = module.shapes.get("weight") or module.shapes.get("bias") or ()
    side = "cross" if found & _CROSS or {"encoder", "attn"} <= found or context == "cross" else "self"
    attention = found & _ATTENTION or context in ("self", "cross")
    feed_forward = context == "ff" or (found & _FEED_FORWARD and not attention)
    if len(shape) > 2:
        return None
    if not feed_forward:
        for role, choices in _PROJECTIONS:
            if _has(found, choices):
                return f"{side}.{role}"
    if attention and not feed_forward and found & {"o", "out", "proj", "dense", "output", "wo", "oproj"}:
        return f"{side}.o"
    return _feed_forward(module, found, hidden)


def _feed_forward(module: Module, found: set[str], hidden: int) -> str | None:
    if _has(found, _GATE_UP):
        return "ff.gate_up"
    if _has(found, _GATE):
        return "ff.gate"
    if found & {"h4h"} or ("4h" in found and module.path.endswith("4h")):
        return "ff.up"
    if "4h" in found:
        return "ff.down"
    if {"fc1"} <= found and "fc2" not in found and "1" in found:
        return "ff.first"
    if {"fc2"} <= found and "2" in found:
        return "ff.second"
    if _has(found, _DOWN):
        return "ff.down"
    if _has(found, _UP):
        return "ff.up"
    # Without a telling word the width of what comes out tells: of the bias, else of the rows.
    width = module.shapes["bias"][0] if "bias" in module.shapes else None
    shape = module.shapes.get("weight", ())
    if len(shape) == 2 and shape[0] != shape[1] and hidden in shape:
        width = shape[0] if width is None else width
        return "ff.down" if width == hidden else "ff.up"
    return None


def _norm_roles(norms: list[Module], contexts: dict[Module, str], hidden: int) -> dict[Module, str]:
    roles: dict[Module, str] = {}
    outer = []
    for module in norms:
        found = set(module.words)
        width = next(iter(module.shapes.values()))[0]
        inner = found & {"inner", "sub", "subln"} or (width != hidden) or found & {"ffnlayernorm"}
        if found & {"q", "k", "query", "key"} and contexts.get(module) != "ff":
            roles[module] = "q.norm" if found & {"q", "query"} else "k.norm"
        elif inner:
            roles[module] = "ff.inner_norm" if found & (_FEED_FORWARD - {"final"}) else "self.inner_norm"
        else:
            outer.append((_norm_place(found, contexts.get(module, "")), module))
    places = [place for place, _ in outer]
    if None in places or len(set(places)) < len(places):
        return roles
    for rank, (_, module) in enumerate(sorted(outer, key=lambda item: item[0])):
        roles[module] = f"norm.{rank}"
    return roles


def _norm_place(found: set[str], context: str) -> float | None:
    """Where in the layer a norm stands: by attention 1, by cross-attention 2, by the feed-forward 3."""
    if found & _CROSS or {"encoder", "attn"} <= found or context == "cross":
        return 2.7 if "post" in found else 2
    if "input" in found or "pre" in found and found & _ATTENTION:
        return 0.5
    if "post" in found and found & _ATTENTION:
        return 2.5
    if found & _ATTENTION or context == "self" or "self" in found:
        return 1
    if found & _FEED_FORWARD or context == "ff" or found & {"post"}:
        return 3
    for number in ("1", "2", "3", "a", "b", "c"):
        if number in found or f"norm{number}" in found or f"ln{number}" in found:
            return 1 + "123abc".index(number) % 3 * 0.9
    return 4 if found <= NORM | {"layer"} | {word for word in found if word.startswith("part")} else None


def outer_roles(members: list[Module], hidden: int, vocabulary: int | None) -> dict[Module, str]:
    """The roles of the modules outside of all layers: embeddings, positions, norms, heads."""
    roles: dict[Module, str] = {}
    for module in members:
        role = _outer_role(module, set(module.words), hidden, vocabulary)
        if role:
            roles[module] = role
    return roles


def _outer_role(module: Module, found: set[str], hidden: int, vocabulary: int | None) -> str | None:
    shape = module.shapes.get("weight") or module.shapes.get("bias") or ()
    side = _side(found)
    heads = bool(found & _HEAD)
    if module.is_norm or found & NORM:
        return _outer_norm(found, side, heads) if shape == (hidden,) else None
    for role, said in _TABLES:
        if found & said and len(shape) == 2:
            return role if role == "types" else side + role
    if vocabulary in shape:
        is_head = len(shape) == 1 or heads or found & {"output", "out", "unembed"} or {"lm", "decoder"} <= found
        return "head" if is_head else f"{side}tokens"
    if heads and shape == (hidden, hidden):
        return "head.dense"
    return "pooler" if found & {"pooler", "pool"} else None


def _side(found: set[str]) -> str:
    if found & {"decoder", "dec", "writer"}:
        return "write."
    return "read." if found & {"encoder", "enc", "reader"} else ""


def _outer_norm(found: set[str], side: str, heads: bool) -> str:
    if heads:
        return "head.norm"
    embeds = found & {"embed", "emb", "embedding", "embeddings", "embedder"} and not found & {"after", "final"}
    return f"{side}embed.norm" if embeds else f"{side}final.norm"
