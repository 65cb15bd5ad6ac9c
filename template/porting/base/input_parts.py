"""How each input of a forward is made, by the name of the parameter."""

from porting.base.input_context import BATCH, LENGTH, Context
from porting.base.input_forms import Unfit, clip, image_side, patch_grid
from porting.base.placeholders import placeholder_runs


def input_ids(context: Context):
    """Text with what stands for images and sounds in front, an end-of-sequence token, and two places of padding."""
    return context.once("text", _text)[0]


def attention_mask(context: Context):
    """The mask of the text, or of the sounds of a model that hears only."""
    if "input_ids" in context.names:
        return context.once("text", _text)[1]
    return audio_mask(context) if context.audio_form else None


def _text(context: Context):
    import torch

    vocabulary = context.vocabulary()
    special = context.token_ids()
    runs = placeholder_runs(context) if context.placeholders and "input_ids" in context.names else []
    plain = torch.tensor([number for number in range(3, vocabulary) if number not in special] or [0])
    ids = plain[context.integers(0, len(plain), BATCH, LENGTH)]
    eos = context.find(("eos_token_id",), context.text_config(), context.config, kind=int)
    if eos is not None and 0 <= eos < vocabulary:
        ids[:, -3] = eos
    front = [torch.full((BATCH, length), token) for token, length, _ in runs]
    kinds = [torch.full((BATCH, length), kind) for _, length, kind in runs]
    ids = torch.cat([ids[:, :1], *front, ids[:, 1:]], dim=1)
    kinds = torch.cat([torch.zeros(BATCH, 1, dtype=torch.long), *kinds, torch.zeros(BATCH, LENGTH - 1, dtype=torch.long)], dim=1)
    mask = torch.ones_like(ids)
    mask[:, -2:] = 0
    if context.choices:
        ids, mask, kinds = (value[:, None].repeat(1, context.choices, 1) for value in (ids, mask, kinds))
    return ids, mask, kinds


def mm_token_type_ids(context: Context):
    return context.once("text", _text)[2]


def decoder_input_ids(context: Context):
    vocabulary = context.find(("vocab_size",), getattr(context.config, "decoder", None) or context.config, context.config, default=99)
    if "input_ids" in context.names and not context.placeholders:
        return input_ids(context) % vocabulary
    return context.integers(3, vocabulary, BATCH, 4)


def pixel_values(context: Context):
    return context.once("pixel_values", lambda c: c.image_form(c))


def image_grid_thw(context: Context):
    from porting.base.input_forms import flat_patches

    return patch_grid(context) if context.image_form in (flat_patches, None) else None


def grid_thw(context: Context):
    return patch_grid(context)


def hidden_states_patches(context: Context):
    from porting.base.input_forms import flat_patches

    return flat_patches(context)


def image_sizes(context: Context):
    import torch

    return torch.tensor([list(image_side(context))] * BATCH)


def audio(context: Context):
    return context.once("audio", lambda c: c.audio_form(c))


def audio_mask(context: Context):
    import torch

    value = audio(context)
    length = value.shape[-1] if context.audio_form.__name__ in ("upright", "wave", "wave_channels") else value.shape[-2]
    return torch.ones(BATCH, length, dtype=torch.long)


def pixel_values_videos(context: Context):
    return clip(context)


def bbox(context: Context):
    import torch

    boxes = context.integers(0, 32, *input_ids(context).shape, 2)
    return torch.cat([boxes, boxes + 8], dim=-1)


def encoder_hidden_states(context: Context):
    width = context.find(("cross_hidden_size", "encoder_hidden_size", "encoder_width", "hidden_size", "d_model"), context.config, default=64)
    return context.floats(BATCH, LENGTH, width)


def inputs_embeds(context: Context):
    width = context.find(("hidden_size", "d_model", "n_embd"), context.text_config(), context.config, default=64)
    return context.floats(BATCH, LENGTH, width)


PARTS = {
    "input_ids": input_ids,
    "attention_mask": attention_mask,
    "mm_token_type_ids": mm_token_type_ids,
    "decoder_input_ids": decoder_input_ids,
    "pixel_values": pixel_values,
    "image_grid_thw": image_grid_thw,
    "grid_thw": grid_thw,
    "hidden_states": hidden_states_patches,
    "image_sizes": image_sizes,
    "input_features": audio,
    "input_values": audio,
    "input_features_mask": audio_mask,
    "feature_attention_mask": audio_mask,
    "pixel_values_videos": pixel_values_videos,
    "bbox": bbox,
    "encoder_hidden_states": encoder_hidden_states,
    "inputs_embeds": inputs_embeds,
}

# Given even where the parameter has a default.
WANTED = {
    "input_ids", "attention_mask", "mm_token_type_ids", "decoder_input_ids", "pixel_values", "image_grid_thw", "image_sizes",
    "input_features", "input_values", "input_features_mask", "feature_attention_mask", "bbox",
}

__all__ = ["PARTS", "WANTED", "Unfit"]
