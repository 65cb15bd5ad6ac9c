"""How each input of a forward is made, by the name of the parameter."""

from porting.tiny.input_context import ALL, BATCH, INSIDE, LEAST, Context
from porting.tiny.input_forms import (
    JOINED_FRAMES,
    Unfit,
    clip,
    first_width,
    image_side,
    joined,
    lying,
    merge_size,
    patch_grid,
    patch_size,
    patch_sizes,
    patch_strip,
    patch_width,
    pictures,
    wave_channels,
)
from porting.tiny.input_maps import MAPS
from porting.tiny.input_series import (
    actions,
    freq,
    future_time_features,
    future_values,
    padding,
    past_time_features,
    past_values,
    returns_to_go,
    series_mask,
    state,
    states,
    timesteps,
)
from porting.tiny.input_text import (
    attention_mask,
    bbox,
    context_hidden_states,
    decoder_input_ids,
    encoder_hidden_states,
    global_attention_mask,
    hidden,
    hidden_states,
    image_embeds_position_mask,
    input_ids,
    last_hidden_state,
    marks,
    mm_token_type_ids,
    patch_embeds,
    task_inputs,
)


def pixel_values(context: Context):
    return context.once("pixel_values", lambda c: c.image_form(c))


def image_grid_thw(context: Context):
    return patch_grid(context) if context.flat else None


def image_grid_hw(context: Context):
    return patch_grid(context)[:, 1:] if context.flat else None


def spatial_shapes(context: Context):
    import torch

    return torch.tensor([[4, 4]] * BATCH)


def pixel_attention_mask(context: Context):
    import torch

    if "spatial_shapes" in context.names:
        return torch.ones(BATCH, 16, dtype=torch.long)
    value = pixel_values(context)
    return torch.ones(value.shape[:2], dtype=torch.bool) if context.image_form.__name__.endswith("tiles") else None


def patch_positions(context: Context):
    """(batch, patches, 2): column and row of each patch"""
    import torch

    rows, columns = torch.meshgrid(torch.arange(4), torch.arange(4), indexing="ij")
    return torch.stack([columns.flatten(), rows.flatten()], dim=-1)[None].repeat(BATCH, 1, 1)


def image_sizes(context: Context):
    import torch

    if context.image_form is pictures:
        return None
    return torch.tensor([list(image_side(context))] * BATCH)


def audio(context: Context):
    return context.once("audio", lambda c: c.audio_form(c))


def feature_lens(context: Context):
    import torch

    return torch.tensor([JOINED_FRAMES] * BATCH) if context.audio_form is joined else None


def waves(context: Context):
    """The sounds; waves beside spectrograms where both are wanted."""
    return wave_channels(context) if "input_features" in context.names else audio(context)


def audio_mask(context: Context):
    import torch

    value = audio(context)
    length = (
        value.shape[-1] if context.audio_form.__name__ in ("upright", "wave", "wave_channels") else value.shape[-2]
    )
    return torch.ones(BATCH, length, dtype=torch.bool if context.truth else torch.long)


def visual_feats(context: Context):
    return context.floats(BATCH, 4, context.find(("visual_feat_dim", "visual_embedding_dim"), default=64))


def visual_pos(context: Context):
    return context.floats(BATCH, 4, context.find(("visual_pos_dim",), default=4)).sigmoid()


def image_attention_mask(context: Context):
    import torch

    return torch.ones(*input_ids(context).shape, 1, dtype=torch.long)


def aspect_ratio_ids(context: Context):
    import torch

    return torch.ones(BATCH, 1, dtype=torch.long)


def aspect_ratio_mask(context: Context):
    import torch

    count = context.find(("max_num_tiles",), context.vision_config(), default=1)
    return torch.ones(BATCH, 1, count, dtype=torch.long)


def cross_attention_mask(context: Context):
    import torch

    count = context.find(("max_num_tiles",), context.vision_config(), default=1)
    return torch.ones(*input_ids(context).shape, 1, count, dtype=torch.long)


def flattened_patches(context: Context):
    """(batch, patches, row and column and values of a patch)"""
    import torch

    places = patch_positions(context).flip(-1).float()
    return torch.cat([places, context.floats(BATCH, 16, patch_width(context))], dim=-1)


def target_sizes(context: Context):
    return patch_sizes(context) if context.image_form is patch_strip or context.manner == ALL else None


def merge_sizes(context: Context):
    import torch

    return torch.tensor([merge_size(context)] * BATCH)


def bool_masked_pos(context: Context):
    """(batch, patches): every other patch is masked"""
    import torch

    vision = context.vision_config()
    image, patch = image_side(context)[0], patch_size(context)[0]
    frames = context.find(("num_frames",), vision, default=1) // context.find(("tubelet_size",), vision, default=1)
    return (torch.arange((image // patch) ** 2 * max(frames, 1)) % 2 == 0).repeat(BATCH, 1)


PARTS = MAPS | {
    "bool_masked_pos": bool_masked_pos,
    "latents": lambda context: context.floats(BATCH, context.find(("hidden_size",), default=64), 8),
    "image_merge_sizes": lambda context: merge_sizes(context) if context.flat else None,
    "merge_sizes": lambda context: merge_sizes(context),
    "prompt_pixel_values": lambda context: pixel_values(context),
    "prompt_masks": lambda context: pixel_values(context),
    "marks": marks,
    "num_options": marks,
    "question_type_ids": lambda context: marks(context) * 0,
    "input_ids": input_ids,
    "attention_mask": attention_mask,
    "mm_token_type_ids": mm_token_type_ids,
    "moe_mm_token_type_ids": mm_token_type_ids,
    "global_attention_mask": global_attention_mask,
    "decoder_input_ids": decoder_input_ids,
    "pixel_values": pixel_values,
    "image_grid_thw": image_grid_thw,
    "image_grid_hw": image_grid_hw,
    "image_grid_hws": image_grid_hw,
    "grid_thw": lambda context: patch_grid(context),
    "grid_hws": lambda context: patch_grid(context)[:, 1:],
    "hidden_states": hidden_states,
    "context": hidden,
    "image": pictures,
    "num_patches": lambda context: 4,
    "patch_embeds": patch_embeds,
    "patch_ids": lambda context: context.integers(0, 4, BATCH, context.length),
    "image_embeds_position_mask": image_embeds_position_mask,
    "task_inputs": task_inputs,
    "context_hidden_states": context_hidden_states,
    "last_hidden_state": last_hidden_state,
    "inputs": hidden,
    "spectrogram": lying,
    "mel_spectrogram": lambda context: context.floats(BATCH, context.find(("mel_dim",), default=80), 8),
    "hq_token_only": lambda context: False,
    "t_cond": lambda context: hidden(context)[:1, :1],
    "image_features": lambda context: context.floats(BATCH, 16, first_width(context)),
    "pooled_patches_idx": lambda context: context.integers(0, 16, BATCH * 4, 4),
    "spatial_shapes": spatial_shapes,
    "pixel_attention_mask": pixel_attention_mask,
    "image_position_ids": lambda context: patch_positions(context) if not context.flat else None,
    "pixel_position_ids": patch_positions,
    "image_sizes": image_sizes,
    "input_features": audio,
    "feature_lens": feature_lens,
    "input_values": waves,
    "audio_mel": audio,
    "input_features_mask": audio_mask,
    "audio_mel_mask": audio_mask,
    "feature_attention_mask": audio_mask,
    "pixel_values_videos": clip,
    "bbox": bbox,
    "encoder_hidden_states": encoder_hidden_states,
    "inputs_embeds": hidden,
    "query_embeds": hidden,
    "past_values": past_values,
    "past_observed_mask": series_mask,
    "past_values_padding": padding,
    "past_time_features": past_time_features,
    "future_time_features": future_time_features,
    "future_values": future_values,
    "freq": freq,
    "visual_feats": visual_feats,
    "visual_pos": visual_pos,
    "visual_embeds": visual_feats,
    "image_attention_mask": image_attention_mask,
    "aspect_ratio_ids": aspect_ratio_ids,
    "aspect_ratio_mask": aspect_ratio_mask,
    "cross_attention_mask": cross_attention_mask,
    "state": state,
    "flattened_patches": flattened_patches,
    "target_sizes": target_sizes,
    "states": states,
    "actions": actions,
    "returns_to_go": returns_to_go,
    "timesteps": timesteps,
}

# Given even where the parameter has a default; all others only where it has none.
WANTED = {
    "input_ids",
    "attention_mask",
    "mm_token_type_ids",
    "moe_mm_token_type_ids",
    "global_attention_mask",
    "decoder_input_ids",
    "pixel_values",
    "image_grid_thw",
    "image_grid_hw",
    "image_grid_hws",
    "image_sizes",
    "image_merge_sizes",
    "spatial_shapes",
    "target_sizes",
    "pixel_attention_mask",
    "image_position_ids",
    "input_features",
    "input_values",
    "input_features_mask",
    "feature_lens",
    "feature_attention_mask",
    "image_embeds_position_mask",
    "last_hidden_state",
    "vision_pos_embeds",
    "bbox",
    "visual_feats",
    "visual_pos",
    "image_attention_mask",
    "aspect_ratio_ids",
    "aspect_ratio_mask",
    "cross_attention_mask",
    "past_observed_mask",
    "future_values",
    "future_time_features",
    "state",
    "flattened_patches",
    "states",
    "actions",
    "returns_to_go",
    "timesteps",
}


# Parameters of layers that a forward has no parameter for.
PASSED_ON = {"t_cond"}
# Stand for something that is given anyway.
_INSTEAD = {ALL: {"inputs_embeds", "hidden_states"}, INSIDE: {"input_ids"}}
# Not given though they are usual.
_LEFT_OUT = {
    LEAST: {"attention_mask", "decoder_input_ids", "input_features"},
    INSIDE: {"attention_mask", "input_ids"},
}
# Left out with the images or the sounds that they belong to.
_OF_IMAGES = {
    "pixel_values",
    "image_grid_thw",
    "image_grid_hw",
    "image_grid_hws",
    "image_sizes",
    "spatial_shapes",
    "pixel_attention_mask",
    "image_position_ids",
    "image_attention_mask",
    "image_embeds_position_mask",
    "aspect_ratio_ids",
    "aspect_ratio_mask",
    "cross_attention_mask",
}
_OF_SOUNDS = {
    "input_features",
    "input_values",
    "audio_mel",
    "input_features_mask",
    "audio_mel_mask",
    "feature_attention_mask",
}


def part(name: str, context: Context, required: bool):
    """The value for one parameter, None where it is left out. Raises Unfit where it is required and left out."""
    for form, names in (("image_form", _OF_IMAGES), ("audio_form", _OF_SOUNDS)):
        if name in names and not context.has(form):
            if required:
                raise Unfit
            return None
    if not required and (name in _LEFT_OUT.get(context.manner, ()) or _needs_text(name, context)):
        return None
    wanted = name in WANTED or required or context.manner in (ALL, INSIDE) and name not in _INSTEAD[context.manner]
    if name in PARTS and wanted:
        return PARTS[name](context)
    if not required:
        return None
    for ending, make in (("input_ids", input_ids), ("mask", attention_mask), ("embeds", hidden), ("states", hidden)):
        if name.endswith(ending):
            return make(context)
    return None


def _needs_text(name: str, context: Context) -> bool:
    return name == "attention_mask" and "input_ids" not in context.names
