"""Bring a tensor of the original into the layout of the port: (batch, length, features)."""

from collections.abc import Iterator

import torch


def arrange(
    original: torch.Tensor,
    like: torch.Tensor,
    index: torch.Tensor | None = None,
    features: int | None = None,
    valid: torch.Tensor | None = None,
) -> torch.Tensor | None:
    """`original` in the shape of `like`, or None if no layout fits.

    index     which of the original's `features` each of the port's features is; None for all, in order
    valid     (batch, length) bool: where tokens are, for originals that drop the padding and pack the rest

    Where several layouts have the right shape (time first, heads apart), the one nearest to `like` is taken; there is
    none if `like` is on the meta device and so has no values.
    """
    if original.shape == like.shape and index is None:
        candidates = [original]
    else:
        candidates = list(_candidates(original, like, index, features, valid))
    if not candidates:
        return None
    if len(candidates) == 1:
        return candidates[0].to(like.dtype)
    if like.is_meta:
        return None
    return min((candidate.to(like.dtype) for candidate in candidates), key=lambda each: _distance(each, like, valid))


def match_mask(like: torch.Tensor, masks: list[torch.Tensor]) -> torch.Tensor | None:
    """The (batch, length) mask that belongs to a tensor whose leading shape is (batch, length, ...), if one does."""
    for mask in masks:
        if like.ndim >= 2 and like.shape[:2] == mask.shape:
            return mask
    return None


def _candidates(original, like, index, features, valid) -> Iterator[torch.Tensor]:
    wanted = features or (like.shape[-1] if like.ndim else 1)
    leading = like.shape[:-1]
    for variant in _head_orders(original):
        flat = _flatten_features(variant, wanted)
        if flat is None:
            continue
        if index is not None:
            flat = _take(flat, index)
        if flat.shape[-1] != like.shape[-1]:
            continue
        yield from _leading_orders(flat, leading, valid)


def _take(flat: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """The features `index` of `flat`; a view where they are neighbours."""
    first, last = int(index[0]), int(index[-1])
    if last - first + 1 == len(index) and torch.equal(index, torch.arange(first, last + 1)):
        return flat[..., first : last + 1]
    return flat[..., index]


def _head_orders(original: torch.Tensor) -> Iterator[torch.Tensor]:
    yield original
    if original.ndim == 4:  # (batch, heads, length, dim) -> (batch, length, heads, dim)
        yield original.transpose(1, 2)


def _flatten_features(tensor: torch.Tensor, wanted: int) -> torch.Tensor | None:
    size = 1
    for axis in range(tensor.ndim - 1, -1, -1):
        size *= tensor.shape[axis]
        if size == wanted:
            return tensor.reshape(*tensor.shape[:axis], wanted)
        if size > wanted:
            return None
    return None


def _leading_orders(flat: torch.Tensor, leading: torch.Size, valid) -> Iterator[torch.Tensor]:
    shape = flat.shape[:-1]
    width = flat.shape[-1]
    if shape == leading:
        yield flat
    if len(leading) != 2:
        if shape != leading and shape.numel() == leading.numel():
            yield flat.reshape(*leading, width)
        return
    batch, length = leading
    if shape == (length, batch):
        yield flat.transpose(0, 1)
    elif shape == (batch * length,):
        yield flat.reshape(batch, length, width)
        yield flat.reshape(length, batch, width).transpose(0, 1)
    elif shape in ((length,), (1, length)):  # the same for every sequence
        yield flat.reshape(1, length, width).expand(batch, length, width)
    elif batch == 1 and len(shape) == 2 and shape[1] == length and bool((flat == flat[:1]).all()):
        yield flat[:1]
    elif valid is not None and shape == (int(valid.sum()),) and valid.shape == leading:
        padded = flat.new_zeros(batch, length, width)
        padded[valid] = flat
        yield padded


def _distance(candidate: torch.Tensor, like: torch.Tensor, valid) -> float:
    difference = (candidate - like).abs()
    if valid is not None and difference.shape[:2] == valid.shape:
        difference = difference[valid]
    return float(difference.mean().nan_to_num(torch.inf))
