"""Tokens that stand for images and sounds in a text: as many as the model makes features of them."""

import inspect

from porting.tiny.input_context import BATCH, Context


_IMAGE_TOKENS = (
    "image_token_id",
    "image_token_index",
    "image_token_idx",
    "im_token_id",
    "img_token_id",
    "image_pad_token_id",
    "vision_token_id",
    "media_placeholder_token_id",
    "img_context_token_id",
    "image_patch_token_id",
    "im_patch_id",
)
_AUDIO_TOKENS = (
    "audio_token_id",
    "audio_token_index",
    "audio_token_idx",
    "speech_token_id",
    "audio_placeholder_token_id",
    "speech_token_index",
    "audio_pad_token_id",
)
_KINDS = (
    ("image_form", "get_image_features", _IMAGE_TOKENS, 1),
    ("audio_form", "get_audio_features", _AUDIO_TOKENS, 3),
)


def placeholder_runs(context: Context) -> list[tuple[int, int, int]]:
    """(token, length, kind of token) for each run of placeholders of a row; kind 1 is an image, 3 a sound."""
    runs = []
    for form, method, tokens, kind in _KINDS:
        token = context.token(*tokens)
        if not context.has(form) or token is None:
            continue
        rows = context.forced or max((_rows(context, getter) for getter in _getters(context.model, method)), default=0)
        if rows:
            runs.append((token, rows // BATCH, kind))
    return runs


def _getters(model, method: str) -> list:
    """The method that names most of what it takes: those of heads may only pass it on."""
    owners = (model, getattr(model, "model", None), getattr(model, model.base_model_prefix, None))
    getters = [getter for owner in owners if (getter := getattr(owner, method, None))]
    return sorted(getters, key=lambda getter: -len(inspect.signature(getter).parameters))[:1]


def _rows(context: Context, getter) -> int:
    """How many rows of features the model makes of what it sees or hears; 0 where it cannot."""
    import torch

    from porting.tiny.input_parts import part

    arguments = {}
    for parameter in inspect.signature(getter).parameters.values():
        if parameter.name in ("input_ids", "attention_mask", "mm_token_type_ids"):
            continue
        context.counting = True  # a text among the arguments has no placeholders yet
        try:
            value = part(parameter.name, context, parameter.default is parameter.empty)
        finally:
            context.counting = False
            context.made.pop("text", None)
        if value is not None:
            arguments[parameter.name] = value
    with torch.no_grad():
        try:
            return _count(getter(**arguments))
        except Exception:  # any error means: not this form; the forward says why
            return 0


def _count(output) -> int:
    """Rows of features in whatever a model returns: a tensor, tensors one by one, or a structure that holds them."""
    import torch

    for name in ("pooler_output", "last_hidden_state"):
        value = getattr(output, name, None)
        if value is not None:
            return _count(value)
    if isinstance(output, torch.Tensor):
        return output.numel() // output.shape[-1]
    if isinstance(output, list | tuple):
        return sum(_count(item) for item in output)
    return 0
