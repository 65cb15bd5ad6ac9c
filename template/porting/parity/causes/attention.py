"""Signatures of the attention core: recompute it from the captured queries, keys and values in every usual way."""

import re
import time
from dataclasses import asdict, dataclass, replace
from itertools import product

import torch

from porting.parity.causes.cause import Cause, number, residual, rows
from porting.parity.measure import Evidence
from porting.parity.precision import as_written
from transformers import PreTrainedModel


FIT = 2e-5
# Beyond FIT a recipe may be off by FACTOR times its own rounding in 32 bits, but never by more than NEAR.
FACTOR, NEAR = 8, 1e-2
# Seconds after which a search is given up: recipes are tried from the usual to the odd, and there are thousands.
PATIENCE = 60
# "pairs with the angles of halves": neighbours are turned together, but cosines and sines lie as for halves.
ROTATIONS = ("halves", "pairs", "pairs with the angles of halves", "halves with the angles of pairs")
THETAS = (10000.0, 500000.0, 1000000.0, 100000.0)
SPREADS = ("the features that turn", "the whole head", "the hidden size")


@dataclass(frozen=True)
class Recipe:
    """One way to compute attention. `dims` is the share of the head that rotates; theta 0 means no rotation.

    `spread` is what the exponents of the frequencies are divided by.
    """

    scale: str
    mask: str
    rotation: str
    theta: float
    dims: float
    grouping: str
    heads: str = "in order"
    spread: str = SPREADS[0]


@dataclass
class Core:
    """Queries (batch, length, heads, dim), keys and values (batch, source, kv heads, dim), padding of the source.

    `thetas` and `shares` are the rotary bases, and the shares of a head that may rotate, to be tried first.
    """

    query: torch.Tensor
    key: torch.Tensor
    value: torch.Tensor
    padding: torch.Tensor | None
    hidden_size: int
    thetas: tuple[float, ...]
    shares: tuple[float, ...] = (0.5, 0.25, 0.75)


KINDS = {
    "scale": ("attention_scale", "scores are multiplied by {theirs} in the original and by {ours} in the port"),
    "mask": ("attention_mask", "attention sees {theirs} in the original and {ours} in the port"),
    "rotation": ("rotary_layout", "rotary positions: {theirs} in the original, {ours} in the port"),
    "theta": ("rope_theta", "the rotary base is {theirs} in the original and {ours} in the port"),
    "dims": ("rotary_dims", "the share of a head that rotates is {theirs} in the original and {ours} in the port"),
    "spread": (
        "rotary_frequencies",
        "the exponents of the rotary frequencies are divided by {theirs} in the original and by {ours} in the port",
    ),
    "grouping": ("head_grouping", "key-value heads are shared {theirs} in the original and {ours} in the port"),
    "heads": ("head_layout", "heads are put together {theirs} in the original and {ours} in the port"),
}


def explain(evidence: Evidence, model) -> Cause | None:
    """Find the recipe that gives the original's tensor and the one that gives the port's; say how they differ."""
    core = read_core(evidence, model)
    if core is None:
        return None
    theirs = find_recipe(core, evidence.original, evidence.valid)
    ours = find_recipe(core, evidence.port, evidence.valid, near=theirs)
    if theirs is None or ours is None:
        return None
    differing = [name for name in KINDS if getattr(theirs, name) != getattr(ours, name)]
    if "rotation" in differing:
        differing = [name for name in differing if name not in ("theta", "dims", "spread")]
    if not differing:
        return None
    kind, sentence = KINDS[differing[0]]
    sentence = sentence.format(theirs=_shown(getattr(theirs, differing[0])), ours=_shown(getattr(ours, differing[0])))
    for name in differing[1:]:
        sentence += "; " + KINDS[name][1].format(
            theirs=_shown(getattr(theirs, name)), ours=_shown(getattr(ours, name))
        )
    module = _elsewhere(differing[0], theirs, ours, core, evidence, model)
    return Cause(kind, sentence, {"original": asdict(theirs), "port": asdict(ours)}, module)


def read_core(evidence: Evidence, model) -> Core | None:
    """Queries, keys and values among what the blamed module's children gave, or None if it is no attention."""
    found = {}
    for call, tensor in evidence.made.items():
        name = call.rpartition("#")[0].rpartition(".")[2].lower() if "#" in call else ""
        for part, pattern in (
            ("query", r"^(q|query|q_.*|.*_q|query_.*)$"),
            ("key", r"^(k|key|k_.*|.*_k|key_.*)$"),
            ("value", r"^(v|value|v_.*|.*_v|value_.*)$"),
        ):
            if re.match(pattern, name) and tensor.ndim == 3:
                found[part] = tensor
    if len(found) < 3 or evidence.port.ndim != 3:
        return None
    module = model.get_submodule(evidence.place.blamed)
    heads, kv_heads, dim = _head_counts(module, model, found)
    if not dim or evidence.port.shape[-1] != heads * dim:
        return None
    source = found["key"].shape[1]
    padding = None
    for name in ("attention_mask", "decoder_attention_mask"):
        mask = evidence.inputs.get(name)
        if mask is not None and mask.shape[1] == source and not bool(mask.all()):
            padding = ~mask.bool()
    rope = getattr(model.config, "rope_parameters", None) or {}
    known = rope.get("rope_theta")
    thetas = tuple(dict.fromkeys([*([float(known)] if known else []), *THETAS]))
    split = {part: tensor.double().unflatten(-1, (-1, dim)) for part, tensor in found.items()}
    if split["key"].shape[2] != kv_heads:
        return None
    shares = _shares(dim, rope.get("partial_rotary_factor"))
    return Core(split["query"], split["key"], split["value"], padding, model.config.hidden_size, thetas, shares)


def _shares(dim: int, known: float | None) -> tuple[float, ...]:
    """The share the configuration names, the usual ones, then all others that turn an even number of features."""
    usual = [int(dim * share) / dim for share in (known or 1.0, 0.5, 0.25, 0.75)]
    return tuple(dict.fromkeys([*usual, *(count / dim for count in range(2, dim + 1, 2))]))


def _head_counts(module, model, found) -> tuple[int, int, int]:
    config = getattr(module, "config", model.config)
    dim = getattr(module, "head_dim", None) or getattr(module, "attention_head_size", None)
    if dim is None:
        heads = getattr(module, "num_heads", None) or config.num_attention_heads
        dim = found["query"].shape[-1] // heads
    return found["query"].shape[-1] // dim, found["key"].shape[-1] // dim, dim


@as_written()
def find_recipe(core: Core, wanted: torch.Tensor, valid, near: Recipe | None = None) -> Recipe | None:
    """The first recipe that gives `wanted` (batch, length, heads * dim); a rotary base that is not usual is searched.

    What differs from `near` in one choice is tried before all else.
    """
    wanted = rows(wanted, valid)
    if near is not None:
        found = next((each for each in _neighbours(core, near) if _fit(core, each, wanted, valid)[1]), None)
        found = found or _search_theta(core, near, wanted, valid)
        if found is not None:
            return found
    best, best_fit = None, torch.inf
    until = time.monotonic() + PATIENCE
    for recipe in _recipes(core):
        fit, explained = _fit(core, recipe, wanted, valid)
        if explained:
            return recipe
        usual = recipe.spread == SPREADS[0] and recipe.dims in (1.0, *core.shares[:4])
        if fit < best_fit and recipe.theta and usual:
            best, best_fit = recipe, fit
        if time.monotonic() > until:
            break
    candidates = [replace(best, scale=scale) for scale in _scales(core)] if best else []
    searched = (_search_theta(core, recipe, wanted, valid) for recipe in candidates)
    return next(filter(None, searched), None)


def _fit(core: Core, recipe: Recipe, wanted, valid) -> tuple[float, bool]:
    """How far the recipe is from `wanted`, and whether rounding explains that.

    Angles and large scores in 32 bits move the outcome by more than FIT: for the recipe by as much as for the original.
    """
    found = rows(compute(core, recipe), valid)
    fit = residual(found, wanted)
    if fit < FIT or fit > NEAR:
        return fit, fit < FIT
    narrow = replace(core, query=core.query.float(), key=core.key.float(), value=core.value.float())
    return fit, fit < FACTOR * residual(rows(compute(narrow, recipe), valid).double(), found)


def _neighbours(core: Core, recipe: Recipe):
    yield recipe
    for name, values in _choices(core).items():
        for value in values:
            yield replace(recipe, **{name: value})


def _recipes(core: Core):
    choices = _choices(core)
    same_length = core.query.shape[1] == core.key.shape[1]
    rotations = [("none", 0.0)]
    if same_length:
        rotations += [(style, theta) for theta in choices["theta"] for style in ROTATIONS]
    for heads, (rotation, theta), mask, grouping, scale in product(
        choices["heads"], rotations, choices["mask"], choices["grouping"], choices["scale"]
    ):
        yield Recipe(scale, mask, rotation, theta, 1.0, grouping, heads)
    for rotation, theta in rotations[1:3]:
        for dims, mask, grouping in product(core.shares[:4], choices["mask"], choices["grouping"]):
            yield Recipe(choices["scale"][0], mask, rotation, theta, dims, grouping)
        for dims, mask, spread in product(core.shares, choices["mask"][:2], SPREADS):
            yield Recipe(choices["scale"][0], mask, rotation, theta, dims, "by neighbours", spread=spread)


def _choices(core: Core) -> dict[str, list]:
    same_length = core.query.shape[1] == core.key.shape[1]
    masks = ["everything"]
    if same_length:
        masks.insert(0, "the past")
        masks += ["the past without itself", "the future"]
    if core.padding is not None:
        masks = [*(f"{mask} but padding" for mask in masks), *masks, "only padding"]
    return {
        "scale": list(_scales(core)),
        "mask": masks,
        "theta": list(core.thetas),
        "dims": list(core.shares),
        "spread": list(SPREADS),
        "grouping": ["by neighbours", "in turn"] if core.key.shape[2] < core.query.shape[2] else ["by neighbours"],
        "heads": ["in order", "without transposing"],
    }


def _scales(core: Core) -> dict[str, float]:
    dim = core.query.shape[-1]
    return {
        "1 / sqrt(head dim)": dim**-0.5,
        "1": 1.0,
        "1 / sqrt(hidden size)": core.hidden_size**-0.5,
        "1 / head dim": 1.0 / dim,
        "sqrt(head dim)": dim**0.5,
        "1 / sqrt(2 * head dim)": (2 * dim) ** -0.5,
    }


def compute(core: Core, recipe: Recipe) -> torch.Tensor:
    """Attention as `recipe` says, (batch, length, heads * dim)."""
    query, key, value = (tensor.transpose(1, 2) for tensor in (core.query, core.key, core.value))
    if recipe.theta:
        widths = {"the whole head": query.shape[-1], "the hidden size": core.hidden_size}
        spread = widths.get(recipe.spread)
        query, key = (rotate(tensor, recipe.theta, recipe.rotation, recipe.dims, spread) for tensor in (query, key))
    groups = query.shape[1] // key.shape[1]
    if groups > 1:
        share = (
            (lambda x: x.repeat_interleave(groups, 1))
            if recipe.grouping == "by neighbours"
            else (lambda x: x.repeat(1, groups, 1, 1))
        )
        key, value = share(key), share(value)
    scores = query @ key.transpose(-1, -2) * _scales(core)[recipe.scale]
    scores = scores.masked_fill(hidden_places(core, recipe.mask)[:, None], -1e30)
    mixed = scores.softmax(-1) @ value
    if recipe.heads == "in order":
        return mixed.transpose(1, 2).flatten(2)
    return mixed.reshape(mixed.shape[0], mixed.shape[2], -1)


def hidden_places(core: Core, mask: str) -> torch.Tensor:
    """(1 or batch, length, source) bool: where a query may not look."""
    length, source = core.query.shape[1], core.key.shape[1]
    hidden = torch.zeros(1, length, source, dtype=torch.bool)
    if mask.startswith("the past"):
        hidden = torch.ones(1, length, source, dtype=torch.bool).triu(0 if "without itself" in mask else 1)
        hidden[:, 0, 0] = False
    if mask.startswith("the future"):
        hidden = torch.ones(1, length, source, dtype=torch.bool).tril(-1)
    if mask == "only padding":
        hidden = ~core.padding[:, None].expand(-1, length, -1)
    if mask.endswith("but padding"):
        hidden = hidden | core.padding[:, None]
    return hidden


def rotate(
    tensor: torch.Tensor, theta: float, style: str, dims: float = 1.0, spread: int | None = None
) -> torch.Tensor:
    """Rotary positions on (batch, heads, length, dim), for the first `dims` of each head.

    `spread` divides the exponents of the frequencies: by default the number of features that turn.
    """
    turning = round(tensor.shape[-1] * dims)
    part, rest = tensor[..., :turning], tensor[..., turning:]
    frequencies = theta ** (-torch.arange(0, turning, 2, dtype=tensor.dtype) / (spread or turning))
    angles = torch.arange(tensor.shape[2], dtype=tensor.dtype)[:, None] * frequencies
    laid_out = torch.cat([angles, angles], -1) if style.endswith("halves") else angles.repeat_interleave(2, -1)
    if style.startswith("halves"):
        first, second = part.chunk(2, -1)
        turned = torch.cat([-second, first], -1)
    else:
        turned = torch.stack([-part[..., 1::2], part[..., 0::2]], -1).flatten(-2)
    turned = part * laid_out.cos() + turned * laid_out.sin()
    return torch.cat([turned, rest], -1)


def _search_theta(core: Core, recipe: Recipe, wanted, valid) -> Recipe | None:
    """The rotary base between 100 and 100 million that fits, found by scanning and then closing in."""
    if not recipe.theta:
        return None

    def misfit(exponent: float) -> float:
        return residual(rows(compute(core, replace(recipe, theta=10.0**exponent)), valid), wanted)

    step = 0.1
    centre = min((2 + step * index for index in range(61)), key=misfit)
    while step > 1e-7:
        step /= 4
        centre = min((centre + step * index for index in range(-5, 6)), key=misfit)
    theta = float(f"{10.0**centre:.5g}")
    found = replace(recipe, theta=theta)
    return found if _fit(core, found, wanted, valid)[1] else None


def _shown(value) -> str:
    return number(value) if isinstance(value, float) else str(value)


def _elsewhere(name: str, theirs: Recipe, ours: Recipe, core: Core, evidence: Evidence, model) -> str:
    """The module that is to blame although the tensors met in the attention: what made its angles or its mask."""
    angles = round(ours.dims * core.query.shape[-1])
    # Where the attention takes a part of the angles it was given, the share is its own choice.
    made_elsewhere = name != "dims" or any(tensor.shape[-1:] == (angles,) for tensor in evidence.given)
    if name in ("theta", "dims", "spread") and made_elsewhere:
        rotary = [path for path, module in model.named_modules() if "rotary" in type(module).__name__.lower()]
        return rotary[0] if rotary else ""
    if name != "mask":
        return ""
    wanted = hidden_places(core, theirs.mask)
    calls = [(evidence.place.blamed, evidence.given), *evidence.around]
    for index, (path, given) in enumerate(calls):
        if any(_hides(tensor, wanted, core) for tensor in given):
            return path if index else ""
    whole = [path for path, _ in calls if isinstance(model.get_submodule(path) if path else model, PreTrainedModel)]
    return whole[0] if whole else ""


def _hides(mask: torch.Tensor, wanted: torch.Tensor, core: Core) -> bool:
    """Whether a (batch, 1, length, source) mask hides exactly the `wanted` places (of queries that see anything)."""
    if mask.ndim != 4 or mask.shape[-2:] != wanted.shape[-2:]:
        return False
    hidden = ~mask[:, 0] if mask.dtype == torch.bool else mask[:, 0] < -1e4
    batch = torch.broadcast_shapes(hidden.shape, wanted.shape)
    hidden, wanted = hidden.expand(batch), wanted.expand(batch)
    seeing = ~core.padding if core.padding is not None and core.padding.shape[1] == batch[1] else None
    return torch.equal(hidden[seeing], wanted[seeing]) if seeing is not None else torch.equal(hidden, wanted)
