"""The forms in which models take images and sounds."""

from porting.tiny.input_context import BATCH, Context


# Of each of the sounds that lie one after the other.
JOINED_FRAMES = 40


class Unfit(Exception):
    """The model lacks what this form needs; another one is tried."""


def image_side(context: Context) -> tuple[int, int]:
    """Height and width of a picture."""
    size = context.find(
        ("image_size", "img_size", "pretrain_image_size", "resolution", "input_size", "max_image_size"),
        context.vision_config(),
        context.config,
        kind=(int, list, tuple, dict),
        default=64,
    )
    if isinstance(size, dict):
        size = list(size.values())
    if isinstance(size, int):
        return size, size
    return (size[0], size[1]) if len(size) > 1 else (size[0], size[0])


def channels(context: Context) -> int:
    return context.find(
        ("num_channels", "in_channels", "in_chans", "num_input_channels", "image_channels"),
        context.vision_config(),
        context.config,
        default=3,
    )


def patch_size(context: Context) -> tuple[int, int]:
    size = context.find(
        ("patch_size", "vision_patch_size"),
        context.vision_config(),
        context.config,
        kind=(int, list, tuple),
        default=16,
    )
    return (size, size) if isinstance(size, int) else tuple(size)[-2:]


def pictures(context: Context):
    """(batch, channels, height, width)"""
    return context.floats(BATCH, channels(context), *image_side(context))


def sized_pictures(context: Context):
    """The same, with `image_sizes`"""
    if "image_sizes" not in context.names:
        raise Unfit
    return pictures(context)


def picture_lists(context: Context):
    """(batch, images, channels, height, width)"""
    return pictures(context).unsqueeze(1)


def tiles(context: Context):
    """(batch, images, tiles, channels, height, width)"""
    count = context.find(("max_num_tiles",), context.vision_config(), default=1)
    return pictures(context)[:, None, None].repeat(1, 1, count, 1, 1, 1)


def picture_pairs(context: Context):
    """(batch, 2, channels, height, width): a picture and its like, or a picture and its parts"""
    return picture_lists(context).repeat(1, 2, 1, 1, 1)


def three_tiles(context: Context):
    """(batch, tiles, channels, height, width): two halves of a picture and the whole"""
    return picture_lists(context).repeat(1, 3, 1, 1, 1)


def many_tiles(context: Context):
    """(batch, tiles, channels, height, width) with as many tiles as the smallest grid of pictures has, and the whole"""
    return picture_lists(context).repeat(1, 5, 1, 1, 1)


def large_pictures(context: Context):
    """(batch, channels, height, width), of a model that shrinks them much"""
    if "input_ids" in context.names:
        raise Unfit
    return context.floats(BATCH, channels(context), 256, 256)


def merge_size(context: Context) -> int:
    merge = context.find(
        (
            "spatial_merge_size",
            "merge_size",
            "adapter_merge_size",
            "merge_kernel_size",
            "downsample_factor",
            "spatial_pool_size",
        ),
        context.vision_config(),
        context.config,
        kind=(int, list, tuple),
        default=2,
    )
    return merge if isinstance(merge, int) else merge[0]


def patch_grid(context: Context):
    """(images, 3): frames, rows and columns of patches of each image"""
    import torch

    side = 2 * merge_size(context)
    return torch.tensor([[1, side, side]] * BATCH)


def has_grid(context: Context) -> bool:
    return any("grid" in name or name == "spatial_shapes" for name in context.names)


def _patch_module(context: Context):
    """The layer that embeds patches: a convolution over them, or a linear layer. Raises Unfit without one."""
    from torch import nn

    for name, module in context.model.named_modules():
        if isinstance(module, nn.Linear | nn.Conv2d | nn.Conv3d) and "patch" in name and "merg" not in name:
            return module
    raise Unfit


def convolved(context: Context, dimensions: int) -> int | None:
    """The channels that the first layer takes, if it is a convolution over this many dimensions."""
    from torch import nn

    kinds = (nn.Linear, nn.Conv1d, nn.Conv2d)
    first = next((module for module in context.model.modules() if isinstance(module, kinds)), None)
    return first.in_channels if isinstance(first, kinds[dimensions]) else None


def flat_patches(context: Context):
    """(patches of all images, values of a patch)"""
    if not has_grid(context):
        raise Unfit
    return context.floats(int(patch_grid(context).prod(-1).sum()), patch_width(context))


def patch_width(context: Context) -> int:
    """The numbers of a patch that the model embeds. Raises Unfit where no layer does."""
    import math

    from torch import nn

    module = _patch_module(context)
    return module.in_features if isinstance(module, nn.Linear) else module.in_channels * math.prod(module.kernel_size)


def flat_rows(context: Context):
    """(batch, patches, values of a patch), with a grid"""
    return flat_patches(context).reshape(BATCH, -1, flat_patches(context).shape[-1])


def patch_pictures(context: Context):
    """(patches of all images, channels, height and width of a patch)"""
    from torch import nn

    module = _patch_module(context)
    if not has_grid(context) or not isinstance(module, nn.Conv2d):
        raise Unfit
    return context.floats(int(patch_grid(context).prod(-1).sum()), module.in_channels, *module.kernel_size)


def patch_squares(context: Context):
    """(tokens of all images, height and width of the patches that are merged into one, channels)"""
    if not has_grid(context):
        raise Unfit
    side = patch_size(context)[0] * merge_size(context)
    return context.floats(int(patch_grid(context).prod(-1).sum()), side, side, channels(context))


def patch_strip(context: Context):
    """(1, channels, height of a patch, width of all patches side by side), with `target_sizes`"""
    if "target_sizes" not in context.names:
        raise Unfit
    height, width = patch_size(context)
    patches = int(patch_sizes(context).prod(-1).sum())
    return context.floats(1, channels(context), height, width * patches)


def patch_sizes(context: Context):
    """(images, 2): rows and columns of patches of each image"""
    import torch

    side, patch = image_side(context)[0], patch_size(context)[0]
    return torch.tensor([[side // patch, side // patch]] * BATCH)


def patch_pictures_of_batch(context: Context):
    """(1, patches of all images, channels, height and width of a patch)"""
    return patch_pictures(context)[None]


def padded_patches(context: Context):
    """(batch, patches, values of a patch)"""
    from torch import nn

    module = _patch_module(context)
    height, width = patch_size(context)
    size = module.in_features if isinstance(module, nn.Linear) else channels(context) * height * width
    return context.floats(BATCH, 16, size)


def clip(context: Context):
    """(batch, frames, channels, height, width)"""
    frames = context.find(
        ("num_frames", "frames_per_clip", "num_image_with_embedding"),
        context.vision_config(),
        context.config,
        default=2,
    )
    return picture_lists(context).repeat(1, frames, 1, 1, 1)


def pictures_of_clip(context: Context):
    """(batch times frames, channels, height, width)"""
    return clip(context).flatten(0, 1)


def clip_channels_first(context: Context):
    """(batch, channels, frames, height, width)"""
    return clip(context).transpose(1, 2)


IMAGE_FORMS = (
    flat_patches,
    flat_rows,
    patch_pictures,
    patch_pictures_of_batch,
    patch_squares,
    patch_strip,
    pictures,
    sized_pictures,
    picture_lists,
    clip,
    picture_pairs,
    three_tiles,
    many_tiles,
    padded_patches,
    tiles,
    clip_channels_first,
    pictures_of_clip,
    large_pictures,
)


def mel(context: Context) -> int:
    if isinstance(getattr(type(context.audio_config()), "input_size", None), property):
        return context.audio_config().input_size
    return context.find(
        (
            "num_mel_bins",
            "feature_size",
            "input_feat_per_channel",
            "mel_bins",
            "n_mels",
            "num_mels",
            "mel_dim",
            "feature_projection_input_dim",
            "input_feat_size",
            "input_dim",
            "num_mel_channels",
            "input_size",
            "model_in_dim",
            "input_features_dim",
            "in_channels",
        ),
        context.audio_config(),
        context.config,
        default=80,
    )


def frames(context: Context) -> int:
    positions = context.find(("max_source_positions",), context.audio_config(), context.config)
    half_window = context.find(("n_window",), context.audio_config())
    return 2 * positions if positions else 4 * half_window if half_window else 64


def upright(context: Context):
    """(batch, mel, frames)"""
    return context.floats(BATCH, mel(context), frames(context))


def lying(context: Context):
    """(batch, frames, mel)"""
    length = context.find(("max_length", "spectrogram_length"), context.audio_config()) or min(frames(context), 128)
    return context.floats(BATCH, length, mel(context))


def wave(context: Context):
    """(batch, samples)"""
    return context.floats(BATCH, 9600)


def wave_channels(context: Context):
    """(batch, channels, samples)"""
    count = context.find(("audio_channels",), context.audio_config(), context.config, default=1)
    return context.floats(BATCH, count, 9600)


def layered(context: Context):
    """(batch, 1, frames, mel)"""
    size = context.find(("spec_size",), context.audio_config())
    return context.floats(BATCH, 1, size * 4, mel(context)) if size else lying(context).unsqueeze(1)


def first_width(context: Context) -> int:
    """The numbers that the first linear layer or norm outside the text takes. Raises Unfit where there is none."""
    from torch import nn

    for name, module in context.model.named_modules():
        if "text" not in name and "language" not in name and isinstance(module, nn.Linear | nn.LayerNorm):
            return module.in_features if isinstance(module, nn.Linear) else module.normalized_shape[0]
    raise Unfit


def lying_as_embedded(context: Context):
    """(batch, frames, values) with as many values as the first layer of the model takes"""
    return context.floats(BATCH, 64, first_width(context))


def lying_wide(context: Context):
    """(batch, frames, 128): where the number of mel bins stands in the code"""
    return context.floats(BATCH, 64, 128)


def joined(context: Context):
    """(mel, frames of all sounds), where the model takes their lengths beside them. Raises Unfit where it does not."""
    if "feature_lens" not in context.names:
        raise Unfit
    return context.floats(mel(context), BATCH * JOINED_FRAMES)


AUDIO_FORMS = (upright, wave, lying, wave_channels, layered, lying_wide, lying_as_embedded, joined)
