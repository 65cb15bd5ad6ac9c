"""What a layer holds in words a reader of models knows: attention, feed-forward, norms, biases."""

from collections import Counter

from porting.nearest.fused import hidden_of, unfused
from porting.nearest.names import Piece, words


_ATTENTION = {"attention", "cross", "q", "k", "v", "qkv", "kv", "sinks", "mixer", "qproj", "inprojection"}
_FEED_FORWARD = {
    "mlp", "expert", "gate", "up", "down", "fc", "intermediate", "wi", "wo", "w", "shared", "lin", "linear", "dense",
    "feed", "densereludense", "output", "swiglu", "ffns",
}  # fmt: skip
_RECURRENT = {"mamba", "ssm", "conv", "dt", "recurrent", "rglru", "rwkv", "time", "lru", "deltanet", "delta"}
# Words that are not worth saying.
_USUAL = ("none", "apart")
# Part of a layer -> aspect of it, empty for what kind it is -> the word for it. A part that a layer lacks is not there.
Facts = dict[str, dict[str, str]]
PARTS = ("attention", "cross-attention", "feed-forward", "norms", "beside these")


def facts_of(layer: list[Piece]) -> Facts:
    """What one layer holds."""
    hidden = hidden_of(layer)
    if hidden is None:
        return {}
    parts = _by_part(layer, hidden)
    found = {
        "attention": _attention(parts["attention"], hidden),
        "cross-attention": _attention(parts["cross"], hidden),
        "feed-forward": _feed_forward(parts["feed-forward"]),
        "norms": _norms(parts["norm"]),
        "beside these": _other(parts["other"]),
    }
    return {name: aspects for name, aspects in found.items() if aspects}


def said(part: str, aspects: dict[str, str]) -> str:
    """A part as words: `attention grouped, biases at all`."""
    more = [f"{aspect} {word}".strip() for aspect, word in aspects.items() if aspect and word not in _USUAL]
    return ", ".join([f"{part} {aspects.get('', '')}".strip(), *more])


def differences(own: Facts, theirs: Facts) -> list[str]:
    """What the layers of a checkpoint (here) and of a model (there) have otherwise, part by part."""
    lines = []
    for part in PARTS:
        here, there = own.get(part), theirs.get(part)
        if here == there:
            continue
        if not here or not there:
            words_of = ["none" if not each else said("", each).strip(", ") for each in (here, there)]
            lines.append(f"{part}: {words_of[0]} here, {words_of[1]} there")
            continue
        for aspect in dict.fromkeys([*here, *there]):
            one, other = here.get(aspect, "none"), there.get(aspect, "none")
            if one != other:
                lines.append(f"{part} {aspect}".strip() + f": {one} here, {other} there")
    return lines


def _by_part(layer: list[Piece], hidden: int) -> dict[str, list[Piece]]:
    """The pieces of a layer by what they are for: by their names, where these say nothing by their sides."""
    parts: dict[str, list[Piece]] = {name: [] for name in ("attention", "cross", "feed-forward", "norm", "other")}
    spoken = {word for piece in layer for word in words(piece.path)}
    named = bool(spoken & _ATTENTION) and (bool(spoken & _FEED_FORWARD) or not spoken & _RECURRENT)
    around: dict[str, str] = {}
    matrices = [piece for piece in layer if len(piece.sides) > 1]
    counts = Counter(piece.sides for piece in matrices)
    for piece in layer:
        if piece.sides == (hidden,) and piece.kind != "matrix":
            parts["norm"].append(piece)
            continue
        part = _named_part(set(words(piece.path))) if named else _part_by_sides(piece, hidden, counts)
        if len(piece.sides) > 1 and "." in piece.path:
            around.setdefault(piece.path.rpartition(".")[0], part)
        parts[part].append(piece)
    if named:  # a numbered block holds what its members say
        for piece in list(parts["other"]):
            home = around.get(piece.path.rpartition(".")[0], "other")
            if home != "other":
                parts["other"].remove(piece)
                parts[home].append(piece)
    return parts


def _named_part(said: set[str]) -> str:
    if said & {"cross", "crossattn", "encoderattention", "encoderattn"} or {"encoder", "attention"} <= said:
        return "cross"
    if said & _RECURRENT and not said & {"attention", "mlp"}:
        return "other"
    if said & {"mlp", "expert", "intermediate", "shared"}:
        return "feed-forward"
    if said & _ATTENTION:
        return "attention"
    return "feed-forward" if said & _FEED_FORWARD else "other"


def _part_by_sides(piece: Piece, hidden: int, counts: Counter) -> str:
    if piece.kind != "matrix" or hidden not in piece.sides or len(piece.sides) > 3:
        return "other"
    if len(piece.sides) == 3:
        return "feed-forward"
    side = piece.beside(hidden)
    if side <= hidden:
        return "attention"
    return "feed-forward" if counts[piece.sides] <= 3 and side > hidden else "attention"


def _attention(pieces: list[Piece], hidden: int) -> dict[str, str]:
    apart, fused = unfused(pieces) if pieces else ([], "")
    matrices = [piece for piece in apart if piece.kind == "matrix" and len(piece.sides) == 2 and min(piece.sides) > 8]
    if not matrices:
        return {}
    named = {word for piece in matrices for word in words(piece.path)}
    wide = sorted({piece.beside(hidden) for piece in matrices if hidden in piece.sides})
    inner = [piece for piece in matrices if hidden not in piece.sides]
    if inner and (named & {"lora", "latent", "compress"} or len(inner) >= 2 or {"a", "b"} <= named):
        kind = "latent"
    elif len([piece for piece in matrices if hidden in piece.sides]) >= 4 and len(wide) > 1:
        kind = "grouped"
    else:
        kind = "full"
    vectors = [set(words(piece.path)) for piece in pieces if piece.kind == "vector"]
    tables = [set(words(piece.path)) for piece in pieces]
    return {
        "": kind,
        "projections": "fused" if "q+k+v" in fused else "apart",
        "biases": _biases(matrices),
        "norms of query and key": "yes" if any({"q", "k"} & each and "norm" in each for each in vectors) else "none",
        "sinks": "yes" if any("sinks" in each for each in vectors) else "none",
        "relative positions": "yes" if any({"rel", "bucket"} & each for each in tables) else "none",
    }


def _biases(matrices: list[Piece]) -> str:
    biased = sum(piece.bias is not None for piece in matrices)
    return "none" if not biased else "all" if biased == len(matrices) else f"{biased} of {len(matrices)}"


def _feed_forward(pieces: list[Piece]) -> dict[str, str]:
    apart, _ = unfused(pieces) if pieces else ([], "")
    experts = [piece for piece in apart if len(piece.sides) == 3]
    single = [piece for piece in apart if len(piece.sides) == 2 and piece.kind == "matrix"]
    if not experts and not single:
        return {}
    if not experts:
        count = max(Counter(piece.sides for piece in single).values())
        kind = "gated" if count % 3 == 0 else "plain" if count % 2 == 0 else f"of {len(single)} matrices"
        return {"": kind, "biases": _biases(single)}
    named = {word for piece in pieces for word in words(piece.path)}
    biased = any(
        piece.kind == "vector" and {"correction", "score", "bias"} & set(words(piece.path)) for piece in pieces
    )
    gated = max(Counter(piece.sides for piece in experts).values()) % 3 == 0
    return {
        "": "gated experts" if gated else "plain experts",
        "biases": _biases(experts),
        "shared expert": "yes" if "shared" in named else "none",
        "bias of the router": "yes" if biased else "none",
    }


def _norms(pieces: list[Piece]) -> dict[str, str]:
    if not pieces:
        return {}
    biased = sum(piece.bias is not None for piece in pieces)
    return {
        "": str(len(pieces)),
        "with bias": "none" if not biased else "all" if biased == len(pieces) else str(biased),
    }


def _other(pieces: list[Piece]) -> dict[str, str]:
    kinds = Counter("convolutions" if piece.kind.startswith("conv") else piece.kind for piece in pieces)
    plural = {"matrix": "matrices", "batch norm": "batch norms", "vector": "vectors"}
    return {plural.get(kind, kind): str(count) for kind, count in sorted(kinds.items())}
