"""What the names of a checkpoint say: prefixes of wrappers, buffers, numbers in a path, modules, words."""

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from porting.conversion.propose.roles import BIASES, WEIGHTS


Shape = tuple[int, ...]
Shapes = dict[str, Shape]

_WRAPPERS = ("module.", "_orig_mod.", "params.", "_fsdp_wrapped_module.", "_forward_module.")
# What a module computes anew and keeps beside its weights, by the last words of its name.
_BUFFERS = re.compile(
    r"(inv_freq|freqs?(_cis)?|num_batches_tracked|position_ids|token_type_ids|masked_bias|causal_mask|attn_mask|"
    r"relative_(position|coords)_(index|table)|cos_cached|sin_cached|_float_tensor|(^|\.)version|rotary_emb\.(cos|sin))$"
)
_MASKS = re.compile(r"(^|[._])(bias|mask|tril|triu)$")
# Keras numbers the variables of a layer in the order that it made them.
_KERAS = ("kernel", "bias", "running_mean", "running_var", "variable4", "variable5", "variable6", "variable7")
_VARIABLE = re.compile(r"\.vars\.([0-7])$")
_AVERAGE = re.compile(r"\.moving_(mean|var)(iance)?$")
_NUMBER = re.compile(r"(\d+)")
_LEAF_WEIGHTS = WEIGHTS | {"weight_v", "var", "variable"}
_LEAF_BIASES = BIASES | {"bias_v"}


def cleaned(shapes: Shapes) -> Shapes:
    """Names with dots, without prefixes of wrappers, and without what is no weight."""
    names = {name: name.removesuffix(":0").replace("/", ".").lstrip(".") for name in shapes}
    for prefix in _WRAPPERS * 2:
        if names and all(name.startswith(prefix) for name in names.values()):
            names = {old: name.removeprefix(prefix) for old, name in names.items()}
    kept = {}
    for old, name in names.items():
        shape = tuple(shapes[old])
        name = name.replace("._orig_mod.", ".").replace("._fsdp_wrapped_module.", ".").replace(".module.", ".")
        name = _VARIABLE.sub(lambda match: f".{_KERAS[int(match[1])]}", name)
        name = _AVERAGE.sub(lambda match: f".running_{match[1]}", name)
        if name.startswith("batch_stats."):
            name = re.sub(r"\.(mean|var)$", r".running_\1", name.removeprefix("batch_stats."))
        name = name.removeprefix("params.")
        name = name.replace("parametrizations.weight.original0", "weight_g")
        name = name.replace("parametrizations.weight.original1", "weight_v")
        if not _is_buffer(name, shape):
            kept[name] = shape
    return kept


def _is_buffer(name: str, shape: Shape) -> bool:
    if 0 in shape or _BUFFERS.search(name):
        return True
    square = len(shape) >= 2 and shape[-1] == shape[-2]
    return square and all(side == 1 for side in shape[:-2]) and _MASKS.search(name) is not None


class Place(NamedTuple):
    """A number in a name: `template` is what stands before it, other numbers as #; `outer` are these numbers."""

    template: str
    outer: tuple[int, ...]
    value: int
    rest: str


def places(name: str) -> list[Place]:
    """Every number of a name, those that are glued to a word too."""
    found, template, outer = [], "", ()
    parts = _NUMBER.split(name)
    end = 0
    for word, number in zip(parts[::2], parts[1::2]):
        template += word
        end += len(word) + len(number)
        value = int(number) if len(number) < 9 else 0
        found.append(Place(template, outer, value, name[end:]))
        template += "#"
        outer = (*outer, value)
    return found


def first_template(name: str) -> str | None:
    """What stands before the first number of a name, None where there is none."""
    number = _NUMBER.search(name)
    return name[: number.start()] if number else None


@dataclass(frozen=True)
class Piece:
    """A module with weights: a `matrix` (two or more sides, in any order), or a `vector`; `bias` is its length."""

    path: str
    kind: str
    sides: tuple[int, ...]
    bias: int | None

    def beside(self, side: int) -> int:
        """The other side of a matrix that has `side`."""
        return self.sides[0] if self.sides[1] == side else self.sides[1]


def pieces(names: Shapes) -> list[Piece]:
    """The modules of some weights, in their order."""
    groups: dict[str, dict[str, Shape]] = defaultdict(dict)
    for name, shape in names.items():
        path, _, leaf = name.rpartition(".")
        stem, _, last = leaf.rpartition("_")
        if f"{name}_bias" in names:
            groups[name]["weight"] = shape
            continue
        if leaf in _LEAF_WEIGHTS or leaf in _LEAF_BIASES or leaf in ("running_mean", "running_var", "weight_g"):
            groups[path][leaf] = shape
        elif last in ("weight", "bias") and stem:
            groups[f"{path}.{stem}"][last] = shape
        else:
            groups[path][leaf] = shape
    found: list[Piece] = []
    for path, leaves in groups.items():
        found += _taken_apart(path, leaves) or _pieces_at(path, leaves)
    return found


def _taken_apart(path: str, leaves: dict[str, Shape]) -> list[Piece]:
    """Matrices that are kept as one array with an axis for the heads, for keys and values, or for gate and up."""
    if len(leaves) != 1:
        return []
    leaf, shape = next(iter(leaves.items()))
    said = set(words(path if leaf in _LEAF_WEIGHTS else f"{path}.{leaf}"))
    attends = bool(said & {"attention", "q", "k", "v", "qkv", "kv"}) and not said & {"expert", "mlp", "conv"}
    if len(shape) < 3 or leaf == "kernel" or not (attends or said & {"mlp", "gating"}) or "expert" in said:
        return []
    found, several = [], shape[0] in (2, 3) and not (len(shape) == 3 and attends)
    for part in range(shape[0]) if several else [0]:
        sides = shape[1:] if several else shape
        if len(sides) == 3 and attends:  # heads first; the width is the larger of the others
            sides = (max(sides[1:]), sides[0] * min(sides[1:]))
        if len(sides) != 2:
            return []
        found.append(Piece(f"{path}.{leaf}.{part}", "matrix", tuple(sorted(sides)), None))
    return found


def _pieces_at(path: str, leaves: dict[str, Shape]) -> list[Piece]:
    weight = next((leaf for leaf in leaves if leaf in _LEAF_WEIGHTS or leaf == "weight"), None)
    bias = next((leaf for leaf in leaves if leaf in _LEAF_BIASES or leaf == "bias"), None)
    others = [leaf for leaf in leaves if leaf not in (weight, bias)]
    if weight is None and len(others) == 2 and bias is None:
        weight, bias = _paired(leaves, others)
        others = [leaf for leaf in others if leaf not in (weight, bias)]
    found = []
    normed = "running_mean" in leaves
    if weight and bias and not normed and leaves[weight] == leaves[bias] and len(leaves[weight]) == 1:
        averages = [leaf for leaf in others if leaves[leaf] == leaves[weight]]
        if len(averages) == 2 and all(leaf in averages or not leaves[leaf] for leaf in others):
            normed, others = True, []  # averages under names of their own
    if weight is not None:
        length = _size(leaves[bias]) if bias else None
        found.append(_piece(path, weight, leaves[weight], leaves.get(bias), length, normed))
    elif bias is not None:
        others.append(bias)
    for leaf in others:
        if leaf in ("running_mean", "running_var"):
            continue
        twin = f"{leaf}_bias"
        if leaf.endswith("_bias") and leaf.removesuffix("_bias") in leaves:
            continue
        length = _size(leaves[twin]) if twin in leaves else None
        found.append(_piece(f"{path}.{leaf}", leaf, leaves[leaf], leaves.get(twin), length, False))
    return found


def _paired(leaves: dict[str, Shape], two: list[str]) -> tuple[str | None, str | None]:
    """Which of two parameters with unknown names is the weight, and which its bias."""
    for weight, bias in (two, reversed(two)):
        if len(leaves[weight]) >= 2 and len(leaves[bias]) == 1 and leaves[bias][0] in leaves[weight]:
            return weight, bias
    if len(leaves[two[0]]) == 1 and leaves[two[0]] == leaves[two[1]]:
        return two[0], two[1]
    return None, None


def _size(shape: Shape) -> int:
    size = 1
    for side in shape:
        size *= side
    return size


def _piece(path: str, leaf: str, shape: Shape, bias_shape: Shape | None, bias: int | None, normed: bool) -> Piece:
    if leaf == "kernel" and len(shape) in (3, 4):
        shape = _heads_joined(path, shape, bias_shape)
    kind = "matrix"
    if len(shape) >= 4 and leaf in _LEAF_WEIGHTS | {"weight"}:
        kind = f"convolution{len(shape) - 2}"
        shape = shape[-2:] if leaf == "kernel" else shape[:2]
    elif len(shape) == 3 and leaf in _LEAF_WEIGHTS | {"weight"}:
        short, sides = (shape[0], shape[1:]) if leaf == "kernel" else (shape[2], shape[:2])
        small = short <= 16 and (1 in sides or short % 2 or short < 9)
        if small or leaf == "weight_v" or "conv" in words(path):
            kind, shape = "convolution1", sides
    sides = tuple(sorted(side for side in shape if side != 1))
    if kind == "matrix" and len(sides) < 2:
        kind = "batch norm" if normed else "vector"
    if len(sides) > 3:
        sides = (*sides[-2:], _size(sides[:-2]))
    return Piece(path, kind, sides, bias)


def _heads_joined(path: str, shape: Shape, bias: Shape | None) -> Shape:
    """A kernel of Flax or Keras with an axis for the heads as a matrix; others stay."""
    if bias is not None and len(bias) > 1 and len(bias) < len(shape):
        return (_size(shape[: len(shape) - len(bias)]), _size(shape[-len(bias) :]))
    said = set(words(path))
    if len(shape) == 3 and said & {"query", "key", "value", "q", "k", "v"}:
        return (shape[0], shape[1] * shape[2])
    if len(shape) == 3 and said & {"attention", "attn", "out", "o"} and shape[0] * shape[1] >= shape[2] // 2:
        return (shape[0] * shape[1], shape[2])
    return shape


_SAME = {
    "attn": "attention", "att": "attention", "selfattention": "attention", "mha": "attention", "ln": "norm",
    "layernorm": "norm", "rmsnorm": "norm", "norms": "norm", "emb": "embed", "embedding": "embed",
    "embeddings": "embed", "embedder": "embed", "wte": "tok", "token": "tok", "tokens": "tok", "wpe": "pos",
    "position": "pos", "positions": "pos", "positional": "pos", "ffn": "mlp", "ff": "mlp", "feedforward": "mlp",
    "ffw": "mlp", "blocks": "layer", "block": "layer", "layers": "layer", "h": "layer", "resblocks": "layer",
    "query": "q", "key": "k", "value": "v", "queries": "q", "keys": "k", "values": "v", "wq": "q", "wk": "k",
    "wv": "v", "crossattention": "cross", "encdecattention": "cross", "enc": "encoder", "dec": "decoder",
    "proj": "projection", "relative": "rel", "img": "image", "vis": "vision", "visual": "vision", "conv1d": "conv",
    "conv2d": "conv", "convolution": "conv", "experts": "expert", "router": "gate", "cls": "class", "bn": "batchnorm",
}  # fmt: skip
_IDLE = {"weight", "bias", "kernel", "model", "module", "network", "net", "params", "backbone", "transformer"}


@cache
def words(path: str) -> tuple[str, ...]:
    """The words of a path in lower case, those of one meaning as one, without numbers."""
    found = []
    for part in path.split("."):
        bare = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", part)
        pieces_of = [piece.lower() for piece in re.split(r"[_\d]+", bare) if piece]
        found += [_SAME.get(piece, piece) for piece in pieces_of]
        if len(pieces_of) > 1:
            joined = "".join(pieces_of)
            found.append(_SAME.get(joined, joined))
    return tuple(word for word in found if word not in _IDLE and len(word) < 30)
