"""Changes of converted weights, as wrong rules would make them."""

from collections.abc import Callable


def transpose(*paths: str) -> Callable:
    return lambda model: [_set(model, path, model.get_submodule(path).weight.T) for path in paths]


def swap(one: str, other: str) -> Callable:
    def change(model):
        for name in ("weight", "bias"):
            first, second = (getattr(model.get_submodule(path), name, None) for path in (one, other))
            if first is not None:
                kept = first.clone()
                first.copy_(second)
                second.copy_(kept)

    return change


def scale(path: str, factor: float) -> Callable:
    return lambda model: _set(model, path, model.get_submodule(path).weight * factor)


def drop_bias(path: str) -> Callable:
    return lambda model: model.get_submodule(path).bias.zero_()


def drop_logits_bias(model) -> None:
    model.final_logits_bias.zero_()


def round_all(model) -> None:
    for weight in model.parameters():
        weight.copy_(weight.bfloat16().float())


def roll(path: str, rows: int) -> Callable:
    return lambda model: _set(model, path, model.get_submodule(path).weight.roll(rows, 0))


def interleave(path: str, head_dim: int) -> Callable:
    """Rows of each head in the order that pairs neighbours instead of halves."""

    def change(model):
        weight = model.get_submodule(path).weight
        heads = weight.unflatten(0, (-1, 2, head_dim // 2))
        weight.copy_(heads.transpose(1, 2).flatten(0, 2).clone())

    return change


def cut_in_turn(*paths: str, heads: int) -> Callable:
    """Projections that the original stores fused head by head, cut as if they stood there one after the other."""

    def change(model):
        import torch

        for parts in _weights_and_biases(model, paths):
            fused = torch.cat([part.unflatten(0, (heads, -1)) for part in parts], 1).flatten(0, 1)
            for part, rows in zip(parts, fused.split([len(part) for part in parts]), strict=True):
                part.copy_(rows)

    return change


def cut_by_head(*paths: str, heads: int) -> Callable:
    """Projections that the original stores fused one after the other, cut as if they stood there head by head."""

    def change(model):
        import torch

        for parts in _weights_and_biases(model, paths):
            by_head = torch.cat(parts).unflatten(0, (heads, len(parts), -1))
            for part, rows in zip(parts, by_head.unbind(1), strict=True):
                part.copy_(rows.flatten(0, 1))

    return change


def other_head(path: str) -> Callable:
    def change(model):
        import torch

        head = model.get_submodule(path)
        head.weight = torch.nn.Parameter(torch.randn_like(head.weight))

    return change


def tie_head(model) -> None:
    model.lm_head.weight = model.model.embed_tokens.weight


def _weights_and_biases(model, paths):
    modules = [model.get_submodule(path) for path in paths]
    kinds = ("weight",) if modules[0].bias is None else ("weight", "bias")
    return [[getattr(module, kind) for module in modules] for kind in kinds]


def _set(model, path, value) -> None:
    model.get_submodule(path).weight.copy_(value.clone())
