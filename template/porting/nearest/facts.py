"""What a layer holds in words a reader of models knows: attention, feed-forward, norms, biases."""

from collections import Counter
from dataclasses import dataclass

from porting.nearest.fused import hidden_of, unfused
from porting.nearest.names import Piece, words


_ATTENTION = {"attention", "cross", "q", "k", "v", "qkv", "kv", "sinks", "mixer", "qproj", "inprojection"}
_FEED_FORWARD = {
    "mlp", "expert", "gate", "up", "down", "fc", "intermediate", "wi", "wo", "w", "shared", "lin", "linear", "dense",
    "feed", "densereludense", "output", "swiglu", "ffns",
}  # fmt: skip
_RECURRENT = {"mamba", "ssm", "conv", "dt", "recurrent", "rglru", "rwkv", "time", "lru", "deltanet", "delta"}


@dataclass(frozen=True)
class Facts:
    """The parts of a layer, each as words; an empty text where the layer has no such part."""

    attention: str = ""
    cross_attention: str = ""
    feed_forward: str = ""
    norms: str = ""
    other: str = ""

    def items(self) -> list[tuple[str, str]]:
        names = (
            ("attention", self.attention),
            ("cross-attention", self.cross_attention),
            ("feed-forward", self.feed_forward),
            ("norms", self.norms),
            ("beside these", self.other),
        )
        return list(names)


def facts_of(layer: list[Piece]) -> Facts:
    """What one layer holds."""
    hidden = hidden_of(layer)
    if hidden is None:
        return Facts()
    parts = parts_of(layer, hidden)
    return Facts(
        _attention(parts["attention"], hidden),
        "yes" if parts["cross"] else "",
        _feed_forward(parts["feed-forward"]),
        _norms(parts["norm"]),
        _other(parts["other"]),
    )


def parts_of(layer: list[Piece], hidden: int) -> dict[str, list[Piece]]:
    """The pieces of a layer by what they are for: by their names, where these say nothing by their sides."""
    parts: dict[str, list[Piece]] = {name: [] for name in ("attention", "cross", "feed-forward", "norm", "other")}
    said = {word for piece in layer for word in words(piece.path)}
    named = bool(said & _ATTENTION) and (bool(said & _FEED_FORWARD) or not said & _RECURRENT)
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
    side = piece.sides[0] if piece.sides[1] == hidden else piece.sides[1]
    if side == hidden or side < hidden:
        return "attention"
    return "feed-forward" if counts[piece.sides] <= 3 and side > hidden else "attention"


def _attention(pieces: list[Piece], hidden: int) -> str:
    apart, fused = unfused(pieces) if pieces else ([], "")
    matrices = [piece for piece in apart if piece.kind == "matrix" and len(piece.sides) == 2]
    if not matrices:
        return ""
    said = {word for piece in matrices for word in words(piece.path)}
    wide = sorted({_other_side(piece, hidden) for piece in matrices if hidden in piece.sides})
    inner = [piece for piece in matrices if hidden not in piece.sides and min(piece.sides) > 8]
    if inner and (said & {"lora", "latent", "compress", "down"} or len(inner) >= 2 or {"a", "b"} <= said):
        kind = "latent (low rank)"
    elif len([piece for piece in matrices if hidden in piece.sides]) >= 4 and len(wide) > 1:
        kind = "grouped"
    else:
        kind = "one key and value for each head"
    if fused:
        kind += ", projections fused"
    vectors = [piece for piece in pieces if piece.kind == "vector"]
    if any({"q", "k"} & set(words(piece.path)) and "norm" in words(piece.path) for piece in vectors):
        kind += ", norms of query and key"
    if any("sinks" in words(piece.path) for piece in vectors):
        kind += ", sinks"
    if any({"rel", "bucket"} & set(words(piece.path)) for piece in pieces):
        kind += ", relative positions"
    return kind + _biases(matrices)


def _other_side(piece: Piece, hidden: int) -> int:
    return piece.sides[0] if piece.sides[1] == hidden else piece.sides[1]


def _biases(matrices: list[Piece]) -> str:
    biased = sum(piece.bias is not None for piece in matrices)
    if not biased:
        return ", no biases"
    return ", biases" if biased == len(matrices) else f", biases at {biased} of {len(matrices)}"


def _feed_forward(pieces: list[Piece]) -> str:
    apart, _ = unfused(pieces) if pieces else ([], "")
    experts = [piece for piece in apart if len(piece.sides) == 3]
    single = [piece for piece in apart if len(piece.sides) == 2 and piece.kind == "matrix"]
    if not experts and not single:
        return ""
    if not experts:
        sizes = Counter(piece.sides for piece in single)
        count = max(sizes.values())
        kind = "gated" if count % 3 == 0 else "plain" if count % 2 == 0 else f"of {len(single)} matrices"
        return kind + _biases(single)
    kind = "experts, gated" if max(Counter(piece.sides for piece in experts).values()) % 3 == 0 else "experts, plain"
    said = {word for piece in pieces for word in words(piece.path)}
    if "shared" in said:
        kind += ", shared expert"
    if any(piece.kind == "vector" and {"correction", "score", "bias"} & set(words(piece.path)) for piece in pieces):
        kind += ", router with a bias"
    return kind + _biases(experts)


def _norms(pieces: list[Piece]) -> str:
    if not pieces:
        return ""
    biased = sum(piece.bias is not None for piece in pieces)
    kind = "without bias" if not biased else "with bias" if biased == len(pieces) else f"{biased} with bias"
    return f"{len(pieces)}, {kind}"


def _other(pieces: list[Piece]) -> str:
    kinds = Counter("convolution" if piece.kind.startswith("conv") else piece.kind for piece in pieces)
    plural = {"matrix": "matrices", "batch norm": "batch norms"}
    return ", ".join(
        f"{count} {kind if count == 1 else plural.get(kind, kind + 's')}" for kind, count in sorted(kinds.items())
    )
