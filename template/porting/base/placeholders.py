"""Tokens that stand for images and sounds in a text: as many as the model makes features of them."""

from porting.base.input_context import BATCH, Context


_IMAGE_TOKENS = ("image_token_id", "image_token_index", "image_token_idx", "im_token_id", "vision_token_id", "media_placeholder_token_id", "img_token_id", "image_pad_token_id")
_AUDIO_TOKENS = ("audio_token_id", "audio_token_index", "audio_token_idx", "speech_token_id", "audio_placeholder_token_id")


def placeholder_runs(context: Context) -> list[tuple[int, int, int]]:
    """(token, length, kind of token) for each run of placeholders of a row; kind 1 is an image, 3 a sound."""
    runs = []
    if context.image_form:
        runs += _run(context, "get_image_features", _IMAGE_TOKENS, 1)
    if context.audio_form:
        runs += _run(context, "get_audio_features", _AUDIO_TOKENS, 3)
    return runs


def _run(context: Context, method: str, tokens: tuple[str, ...], kind: int) -> list[tuple[int, int, int]]:
    token = context.token(*tokens)
    getter = getattr(context.model, method, None) or getattr(getattr(context.model, "model", None), method, None)
    if token is None or getter is None:
        return []
    rows = _rows(context, getter)
    return [(token, rows // BATCH, kind)] if rows else []


def _rows(context: Context, getter) -> int:
    import inspect

    import torch

    from porting.base.example_inputs import required_parameters
    from porting.base.input_parts import PARTS, WANTED

    del required_parameters
    parameters = inspect.signature(getter).parameters.values()
    arguments = {}
    for parameter in parameters:
        if parameter.name in PARTS and (parameter.name in WANTED or parameter.default is parameter.empty):
            if parameter.name in ("input_ids", "attention_mask", "mm_token_type_ids"):
                continue
            value = PARTS[parameter.name](context)
            if value is not None:
                arguments[parameter.name] = value
    with torch.no_grad():
        try:
            output = getter(**arguments)
        except Exception:  # any error means: not this form; the forward says why
            return 0
    return _count(output)


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
