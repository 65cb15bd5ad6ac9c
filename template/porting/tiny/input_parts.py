"""How each input of a forward is made, by the name of the parameter."""

from porting.tiny.input_context import ALL, BATCH, INSIDE, LEAST, LENGTH, Context
from porting.tiny.input_forms import (
    Unfit,
    clip,
    convolved,
    first_width,
    flat_patches,
    image_side,
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
from porting.tiny.input_maps import MAPS, feature_map, flat_map
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
from porting.tiny.placeholders import placeholder_runs


def input_ids(context: Context):
    """Text with what stands for images and sounds in front, an end-of-sequence token, and two places of padding."""
    return context.once("text", _text)[0]


def attention_mask(context: Context):
    return context.once("text", _text)[1]


def _text(context: Context):
    import torch

    vocabulary = context.vocabulary()
    special = context.token_ids()
    runs = placeholder_runs(context) if context.placeholders and not context.counting else []
    if context.placeholders and not runs and not context.counting:
        raise Unfit
    plain = torch.tensor([number for number in range(3, vocabulary) if number not in special] or [0])
    ids = plain[context.integers(0, len(plain), BATCH, context.length)]
    eos = context.find(("eos_token_id",), context.text_config(), context.config, kind=int)
    if eos is not None and 0 <= eos < vocabulary:
        ids[:, -3] = eos
    question = context.token("question_token_id")
    if question is not None:
        ids[:, 1] = question
    front = [torch.full((BATCH, length), token) for token, length, _ in runs]
    kinds = [torch.full((BATCH, length), kind) for _, length, kind in runs]
    none = torch.zeros(BATCH, context.length, dtype=torch.long)
    ids = torch.cat([ids[:, :1], *front, ids[:, 1:]], dim=1)
    kinds = torch.cat([none[:, :1], *kinds, none[:, 1:]], dim=1)
    mask = torch.ones_like(ids)
    mask[:, -2:] = 0
    if context.codebooks in ("last", "beside text"):
        rows = context.codebook_count() + (context.codebooks == "beside text")
        ids = ids[..., None].repeat(1, 1, rows)
    elif context.codebooks == "columns":
        ids, mask = (value[:, : context.codebook_count()] for value in (ids, mask))
    elif context.codebooks == "rows" and "decoder_input_ids" not in context.names:
        ids, mask = (value.repeat(context.codebook_count(), 1) for value in (ids, mask))
    if context.choices:
        ids, mask, kinds = (value[:, None].repeat(1, context.choices, 1) for value in (ids, mask, kinds))
    return ids, mask, kinds


def mm_token_type_ids(context: Context):
    return context.once("text", _text)[2]


def global_attention_mask(context: Context):
    import torch

    mask = torch.zeros_like(input_ids(context))
    mask[..., 0] = 1
    return mask


def decoder_input_ids(context: Context):
    decoder = getattr(context.config, "decoder", None)
    configs = [decoder] if hasattr(decoder, "model_type") else []
    vocabulary = context.find(("decoder_vocab_size", "vocab_size"), *configs, context.config, default=99)
    if context.codebooks == "rows":
        return context.integers(3, vocabulary, BATCH * context.codebook_count(), 4)
    if "input_ids" in context.names and not context.placeholders:
        return input_ids(context) % vocabulary
    return context.integers(3, vocabulary, BATCH, 4)


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


def bbox(context: Context):
    import torch

    boxes = context.integers(0, 32, *input_ids(context).shape, 2)
    return torch.cat([boxes, boxes + 8], dim=-1)


def hidden(context: Context, *names: str):
    """(batch, length, width) with the width that the first of the names has, or that the first layer takes"""
    if context.manner == INSIDE and not names:
        return context.floats(BATCH, context.length, first_width(context))
    width = context.find(
        (*names, "hidden_size", "d_model", "n_embd"), context.text_config(), context.config, default=64
    )
    return context.floats(BATCH, context.length, width)


def hidden_states(context: Context):
    """What the first layer takes: patches, pictures, frames of sound, or the states of a text."""
    if "grid_thw" in context.names:
        return flat_patches(context)
    if "audio" in getattr(context.model, "input_modalities", ()):
        return lying(context)
    if (channels := convolved(context, dimensions=1)) is not None:
        return context.floats(BATCH, channels, 9600 if channels <= 2 else 8)
    return hidden(context) if convolved(context, dimensions=2) is None else pictures(context)


def patch_embeds(context: Context):
    """States of patches; a map of them where the model is made of one width"""
    width = context.find(("hidden_size_global",))
    return feature_map(context) if width is None else context.floats(BATCH, 4, width)


def image_embeds_position_mask(context: Context):
    """Where the states of an image stand in the text"""
    import torch

    mask = torch.zeros_like(input_ids(context))
    mask[:, 1 : 1 + context.find(("latent_query_num",), default=4)] = 1
    return mask


def task_inputs(context: Context):
    return context.integers(3, context.vocabulary(), BATCH, context.find(("task_seq_len",), default=LENGTH))


def context_hidden_states(context: Context):
    """States of some layers of another model, side by side"""
    import torch

    layers = context.find(("target_layer_ids",), kind=(list, tuple), default=[0])
    return torch.cat([hidden(context) for _ in layers], dim=-1)


def encoder_hidden_states(context: Context):
    if "backbone_features" in context.names:
        return flat_map(context)
    return hidden(context, "cross_hidden_size", "encoder_hidden_size", "encoder_width", "cross_attention_hidden_size")


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


def marks(context: Context):
    """Where the answers to two questions stand in the text."""
    import torch

    return torch.tensor([[2, 4]] * BATCH)


def bool_masked_pos(context: Context):
    """(batch, patches): every other patch is masked"""
    import torch

    vision = context.vision_config()
    image, patch = image_side(context)[0], patch_size(context)[0]
    frames = context.find(("num_frames",), vision, default=1) // context.find(("tubelet_size",), vision, default=1)
    return (torch.arange((image // patch) ** 2 * max(frames, 1)) % 2 == 0).repeat(BATCH, 1)


def last_hidden_state(context: Context):
    """As long as the text"""
    return hidden(context, "input_size")[:, : input_ids(context).shape[1]]


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
    "patch_ids": lambda context: context.integers(0, 4, BATCH, LENGTH),
    "image_embeds_position_mask": image_embeds_position_mask,
    "task_inputs": task_inputs,
    "context_hidden_states": context_hidden_states,
    "last_hidden_state": last_hidden_state,
    "inputs": hidden,
    "image_features": lambda context: context.floats(BATCH, 16, first_width(context)),
    "pooled_patches_idx": lambda context: context.integers(0, 16, BATCH * 4, 4),
    "spatial_shapes": spatial_shapes,
    "pixel_attention_mask": pixel_attention_mask,
    "image_position_ids": lambda context: patch_positions(context) if not context.flat else None,
    "pixel_position_ids": patch_positions,
    "image_sizes": image_sizes,
    "input_features": audio,
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
