"""The forms in which models take images and sounds."""

from porting.base.input_context import BATCH, Context


class Unfit(Exception):
    """The model lacks what this form needs; another one is tried."""


PLACEHOLDERS = (True, False)


def image_side(context: Context) -> tuple[int, int]:
    """Height and width of a picture."""
    size = context.find(
        ("image_size", "img_size", "pretrain_image_size", "resolution", "input_size"),
        context.vision_config(), context.config, kind=(int, list, tuple), default=64,
    )
    if isinstance(size, int):
        return size, size
    return (size[0], size[1]) if len(size) > 1 else (size[0], size[0])


def channels(context: Context) -> int:
    return context.find(("num_channels", "in_channels", "in_chans", "num_input_channels"), context.vision_config(), context.config, default=3)


def patch_size(context: Context) -> tuple[int, int]:
    size = context.find(("patch_size", "vision_patch_size"), context.vision_config(), context.config, kind=(int, list, tuple), default=16)
    return (size, size) if isinstance(size, int) else tuple(size)[-2:]


def pictures(context: Context):
    """(batch, channels, height, width)"""
    return context.floats(BATCH, channels(context), *image_side(context))


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


def patch_grid(context: Context):
    """(images, 3): frames, rows and columns of patches of each image"""
    import torch

    merge = context.find(("spatial_merge_size", "merge_size", "adapter_merge_size"), context.vision_config(), default=2)
    merge = merge if isinstance(merge, int) else 2
    return torch.tensor([[1, 2 * merge, 2 * merge]] * BATCH)


def flat_patches(context: Context):
    """(patches of all images, values of a patch)"""
    if not any(name.endswith(("grid_thw", "grids", "grid_hw", "spatial_shapes")) for name in context.names):
        raise Unfit
    height, width = patch_size(context)
    frames = context.find(("temporal_patch_size",), context.vision_config(), default=1)
    frames = frames if isinstance(frames, int) else 1
    count = int(patch_grid(context).prod(-1).sum())
    return context.floats(count, channels(context) * frames * height * width)


def padded_patches(context: Context):
    """(batch, patches, values of a patch)"""
    height, width = patch_size(context)
    return context.floats(BATCH, 16, channels(context) * height * width)


def clip(context: Context):
    """(batch, frames, channels, height, width)"""
    frames = context.find(("num_frames", "frames_per_clip", "num_image_with_embedding"), context.vision_config(), context.config, default=2)
    return picture_lists(context).repeat(1, frames, 1, 1, 1)


def clip_channels_first(context: Context):
    """(batch, channels, frames, height, width)"""
    return clip(context).transpose(1, 2)


IMAGE_FORMS = (flat_patches, pictures, picture_lists, clip, picture_pairs, tiles, padded_patches, clip_channels_first)


def mel(context: Context) -> int:
    return context.find(
        ("num_mel_bins", "feature_size", "input_feat_per_channel", "mel_bins", "n_mels", "feature_projection_input_dim", "input_feat_size", "input_dim", "num_mel_channels", "input_size"),
        context.audio_config(), context.config, default=80,
    )


def frames(context: Context) -> int:
    positions = context.find(("max_source_positions",), context.audio_config(), context.config)
    return 2 * positions if positions else 64


def upright(context: Context):
    """(batch, mel, frames)"""
    return context.floats(BATCH, mel(context), frames(context))


def lying(context: Context):
    """(batch, frames, mel)"""
    length = context.find(("max_length", "spectrogram_length"), context.audio_config(), default=None) or min(frames(context), 128)
    return context.floats(BATCH, length, mel(context))


def wave(context: Context):
    """(batch, samples)"""
    return context.floats(BATCH, 4000)


def wave_channels(context: Context):
    """(batch, channels, samples)"""
    count = context.find(("audio_channels",), context.audio_config(), context.config, default=1)
    return context.floats(BATCH, count, 4000)


def layered(context: Context):
    """(batch, 1, frames, mel)"""
    return lying(context).unsqueeze(1)


AUDIO_FORMS = (upright, wave, lying, wave_channels, layered)
