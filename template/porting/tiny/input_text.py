"""Inputs that are text, or states of a text or of what a model around a part made."""

from porting.tiny.input_context import BATCH, INSIDE, LENGTH, Context
from porting.tiny.input_forms import Unfit, convolved, first_width, flat_patches, lying, pictures
from porting.tiny.input_maps import feature_map, flat_map
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


def marks(context: Context):
    """Where the answers to two questions stand in the text."""
    import torch

    return torch.tensor([[2, 4]] * BATCH)


def last_hidden_state(context: Context):
    """As long as the text"""
    return hidden(context, "input_size")[:, : input_ids(context).shape[1]]
