"""Inputs for one forward of any model: what its parameters are called says what it wants.

Where a name leaves the form open (images as pictures or as flat patches, spectrograms upright or lying), the forms are
tried in turn on the model, which is tiny; the first that runs is it.
"""

import inspect
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

from porting.tiny.input_context import Context
from porting.tiny.input_forms import AUDIO_FORMS, IMAGE_FORMS, Unfit
from porting.tiny.input_parts import part
from porting.tiny.placeholders import placeholder_runs


_MOST_TRIES = 60
# How models say that a text has too few tokens for what is seen or heard.
_FEATURES = re.compile(r"tokens:? *\d+,? *features:? *(\d+)")
_SOUNDS = {"input_features", "input_values", "audio_mel"}


def example_inputs(model, choices: int | None = None) -> dict:
    """Name -> tensor for `model(**inputs)`: a batch of two, text padded on the right.

    `choices` gives text the shape (batch, choices, length). Where no form runs, those that got furthest are returned:
    running them says what is missing.
    """
    names = forward_parameters(model)
    best, furthest = {}, -1
    for context in islice(contexts(model, choices), _MOST_TRIES):
        inputs = inputs_of(context, names)
        if inputs is None:
            continue
        with _counted_modules() as entered:
            error = _error(model, inputs)
        if error and (said := _FEATURES.search(error)) and context.has_forms():
            context = Context(model, list(names), context.image_form, context.audio_form, True, choices, context.truth)
            context.forced = int(said.group(1))
            repeated = inputs_of(context, names)
            if repeated is not None and not _error(model, repeated):
                return repeated
        if not error:
            return inputs
        if entered[0] > furthest:
            best, furthest = inputs, entered[0]
    return best


def contexts(model, choices: int | None = None) -> Iterator[Context]:
    """Every combination of forms that fits the parameters of the model's forward, the likeliest first; last those
    without sounds, without images, and with neither."""
    names = forward_parameters(model)
    images = IMAGE_FORMS if any(name.startswith("pixel_values") for name in names) else ()
    sounds = AUDIO_FORMS if _SOUNDS & set(names) else ()
    if images and sounds:  # each is settled alone, for the combinations are many
        images = _settled(model, names, images, "image_form") or images[:1]
        sounds = _settled(model, names, sounds, "audio_form") or sounds[:1]
    usual, rare = _combinations(images, sounds), _rare_combinations(images, sounds)
    yield from _with_forms(model, names, usual, choices)
    if "input_ids" in names:
        for codebooks in ("last", "rows"):
            context = Context(model, list(names), choices=choices, codebooks=codebooks)
            if context.codebook_count():
                yield context
    yield from _with_forms(model, names, rare, choices)


def _with_forms(model, names: dict, combinations: Iterator[tuple], choices: int | None) -> Iterator[Context]:
    for image, audio, rich in combinations:
        for placeholders in (True, False) if (image or audio) and "input_ids" in names else (False,):
            for truth in (False, True) if audio and any(name.endswith("mask") for name in names) else (False,):
                yield Context(model, list(names), image, audio, placeholders, choices, truth, rich)


def inputs_of(context: Context, names: dict[str, bool]) -> dict | None:
    """The inputs of one combination, None where the model lacks what a form needs."""
    try:
        inputs = {name: part(name, context, required) for name, required in names.items()}
    except Unfit:
        return None
    return {name: value for name, value in inputs.items() if value is not None}


def _combinations(images: tuple, sounds: tuple) -> Iterator[tuple]:
    """(form of images, form of sounds, False): all of the model, then without sounds, without images, with neither."""
    for image in images or (None,):
        for audio in sounds or (None,):
            yield image, audio, False
    if images and sounds:
        yield from ((image, None, False) for image in images)
        yield from ((None, audio, False) for audio in sounds)
    if images or sounds:
        yield None, None, False


def _rare_combinations(images: tuple, sounds: tuple) -> Iterator[tuple]:
    """The same with all that may be given (True), or only what is needed (None)."""
    for image in images or (None,):
        for audio in sounds or (None,):
            yield image, audio, True
            yield image, audio, None


def _settled(model, names: dict, forms: tuple, which: str) -> tuple:
    """Of the forms the first that the model makes features of."""
    for form in forms:
        context = Context(model, list(names), placeholders=True, **{which: form})
        try:
            if placeholder_runs(context):
                return (form,)
        except Unfit:
            continue
    return ()


def forward_parameters(model) -> dict[str, bool]:
    """The names of the parameters of `forward`, in order, and whether each is required."""
    return {
        parameter.name: parameter.default is parameter.empty
        for parameter in inspect.signature(model.forward).parameters.values()
        if parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
    }


@contextmanager
def _counted_modules():
    """A list whose first item counts the modules that are entered."""
    from torch.nn.modules.module import register_module_forward_pre_hook

    entered = [0]

    def count(*_):
        entered[0] += 1

    handle = register_module_forward_pre_hook(count)
    try:
        yield entered
    finally:
        handle.remove()


def _error(model, inputs: dict) -> str | None:
    """What a forward raises; None where it runs."""
    import torch

    try:
        torch.manual_seed(0)
        with torch.no_grad():
            model(**inputs)
    except Exception as error:  # any error means: not this form
        return f"{type(error).__name__}: {error}"
    return None
