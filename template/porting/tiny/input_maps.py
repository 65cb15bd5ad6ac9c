"""Inputs that a part of a model that finds things in pictures gets from the parts before it: feature maps, prompts."""

from porting.tiny.input_context import BATCH, LENGTH, Context


SIDE = 8


def width(context: Context) -> int:
    return context.find(("hidden_size",), default=64)


def feature_map(context: Context):
    """(batch, width, rows, columns)"""
    return context.floats(BATCH, width(context), SIDE, SIDE)


def flat_map(context: Context):
    """(batch, places of a map, width)"""
    return feature_map(context).flatten(2).transpose(1, 2)


def feature_maps(context: Context) -> list:
    """Maps of one width, each half as large as the one before"""
    return [context.floats(BATCH, width(context), scale * SIDE, scale * SIDE) for scale in (4, 2, 1)]


def high_resolution_features(context: Context) -> list:
    """Larger maps of smaller widths"""
    return [context.floats(BATCH, width(context) // (2 * scale), scale * SIDE, scale * SIDE) for scale in (4, 2)]


def vision_features(context: Context):
    """A flat map where its positions are flat too, or else a list of one map"""
    return flat_map(context) if "vision_pos_encoding" in context.names else [feature_map(context)]


def text_features(context: Context):
    return context.floats(BATCH, LENGTH, width(context))


def sparse_prompts(context: Context):
    """(batch, prompts, points of a prompt, width)"""
    return context.floats(BATCH, 1, 2, width(context))


def boxes(context: Context):
    """(batch, boxes, 4)"""
    return context.floats(BATCH, 2, 4).sigmoid()


def box_mask(context: Context):
    import torch

    return torch.ones(BATCH, 2, dtype=torch.bool)


def masks(context: Context):
    """(batch, 1, rows, columns), four times as fine as a map"""
    return context.floats(BATCH, 1, 4 * SIDE, 4 * SIDE)


MAPS = {
    "image_embeddings": feature_map,
    "image_positional_embeddings": feature_map,
    "dense_prompt_embeddings": feature_map,
    "sparse_prompt_embeddings": sparse_prompts,
    "multimask_output": lambda context: True,
    "high_resolution_features": high_resolution_features,
    "vision_features": vision_features,
    "vision_pos_encoding": flat_map,
    "vision_pos_embeds": lambda context: [feature_map(context)],
    "text_features": text_features,
    "box_embeddings": boxes,
    "box_mask": box_mask,
    "box_labels": lambda context: context.integers(0, 2, BATCH, 2),
    "img_feats": lambda context: [feature_map(context)],
    "decoder_queries": text_features,
    "backbone_features": feature_maps,
    "masks": masks,
    "input_masks": masks,
    "input_boxes": lambda context: context.floats(BATCH, 1, 4).sigmoid(),
    "input_points": lambda context: context.floats(BATCH, 1, 2, 2).sigmoid(),
    "input_labels": lambda context: context.integers(0, 2, BATCH, 1, 2),
}
