"""Changes of converted weights, as wrong rules would make them."""

from collections.abc import Callable


def transpose(*paths: str) -> Callable:
    return lambda model: [_set(model, path, model.get_submodule(path).weight.T) for path in paths]


def swap(one: str, other: str) -> Callable:
    def change(model):
        for name in ("weight", "bias"):
            first, second = getattr(model.get_submodule(one), name), getattr(model.get_submodule(other), name)
            if first is not None:
                kept = first.clone()
                first.copy_(second)
                second.copy_(kept)

    return change


def scale(path: str, factor: float) -> Callable:
    return lambda model: _set(model, path, model.get_submodule(path).weight * factor)


def drop_bias(path: str) -> Callable:
    return lambda model: model.get_submodule(path).bias.zero_()


def round_all(model) -> None:
    for weight in model.parameters():
        weight.copy_(weight.bfloat16().float())


def interleave(path: str, head_dim: int) -> Callable:
    """Rows of each head in the order that pairs neighbours instead of halves."""

    def change(model):
        weight = model.get_submodule(path).weight
        heads = weight.unflatten(0, (-1, 2, head_dim // 2))
        weight.copy_(heads.transpose(1, 2).flatten(0, 2).clone())

    return change


def reorder_sinusoids(path: str) -> Callable:
    """A table of sines then cosines, as one of a sine and a cosine in turn."""
    return lambda model: _set(
        model, path, model.get_submodule(path).weight.unflatten(1, (2, -1)).transpose(1, 2).flatten(1)
    )


def other_head(model) -> None:
    import torch

    model.lm_head.weight = torch.nn.Parameter(torch.randn_like(model.lm_head.weight))


def tie_head(model) -> None:
    model.lm_head.weight = model.model.embed_tokens.weight


def _set(model, path, value) -> None:
    model.get_submodule(path).weight.copy_(value.clone())
