"""Inputs for one forward of any model: what its parameters are called says what it wants.

Where a name leaves the form open (images as pictures or as flat patches, spectrograms upright or lying), the forms are
tried in turn on the model, which is tiny; the first that runs is it.
"""

import inspect
from collections.abc import Iterator

from porting.base.input_context import Context
from porting.base.input_forms import AUDIO_FORMS, IMAGE_FORMS, PLACEHOLDERS, Unfit
from porting.base.input_parts import PARTS, WANTED


_MOST_TRIES = 24


def example_inputs(model, choices: int | None = None) -> dict:
    """Name -> tensor for `model(**inputs)`: a batch of two, text padded on the right.

    `choices` gives text the shape (batch, choices, length). Where no form runs, the likeliest is returned: running it
    says what is missing.
    """
    first = None
    for number, inputs in enumerate(candidates(model, choices)):
        if number >= _MOST_TRIES:
            break
        first = first if first is not None else inputs
        if _runs(model, inputs):
            return inputs
    return first if first is not None else {}


def candidates(model, choices: int | None = None) -> Iterator[dict]:
    """Every combination of forms that fits the parameters of the model's forward, the likeliest first."""
    names = forward_parameters(model)
    image_forms = IMAGE_FORMS if any(name.startswith("pixel_values") for name in names) else [None]
    audio_forms = AUDIO_FORMS if names & {"input_features", "input_values"} else [None]
    for image in image_forms:
        for audio in audio_forms:
            for placeholders in PLACEHOLDERS if image or audio else [False]:
                context = Context(model, names, image, audio, placeholders, choices)
                try:
                    inputs = build(context)
                except Unfit:
                    continue
                yield inputs


def build(context: Context) -> dict:
    """The inputs of one combination of forms. Raises Unfit where the model does not have what a form needs."""
    inputs = {}
    required = required_parameters(context.model)
    for name in context.names:
        if name in PARTS and (name in WANTED or name in required):
            value = PARTS[name](context)
            if value is not None:
                inputs[name] = value
    return inputs


def forward_parameters(model) -> dict[str, None]:
    """The names of the parameters of `forward`, in order, as keys."""
    return _Names(
        parameter.name
        for parameter in inspect.signature(model.forward).parameters.values()
        if parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
    )


def required_parameters(model) -> set[str]:
    """The parameters of `forward` without a default."""
    return {
        parameter.name
        for parameter in inspect.signature(model.forward).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
    }


class _Names(dict):
    def __init__(self, names):
        super().__init__(dict.fromkeys(names))

    def __and__(self, other):
        return set(self) & other


def _runs(model, inputs: dict) -> bool:
    import torch

    try:
        torch.manual_seed(0)
        with torch.no_grad():
            model(**inputs)
    except Exception:  # any error means: not this form
        return False
    return True
