"""Inputs for one forward of any model: what its parameters are called says what it wants.

Where a name leaves the form open (images as pictures or as flat patches, spectrograms upright or lying), the forms are
tried in turn on the model, which is tiny; the first that runs is it.
"""

import inspect
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from porting.tiny.input_context import BATCH, INSIDE, MANNERS, USUAL, Context
from porting.tiny.input_forms import AUDIO_FORMS, IMAGE_FORMS, Unfit
from porting.tiny.input_parts import PASSED_ON, part
from porting.tiny.placeholders import placeholder_runs


# Of the forms that no usual inputs run in, as many are tried with more and less given.
_MOST_FORMS = 4
# How models say that a text has too few tokens for what is seen or heard.
_FEATURES = re.compile(r"tokens:? *\d+,? *features:? *(\d+)")
# How torch says that two lengths differ.
_SIZES = re.compile(r"tensor a \((\d+)\) must match the size of tensor b \((\d+)\)")
_SOUNDS = {"input_features", "input_values", "audio_mel"}


def example_inputs(model, choices: int | None = None) -> dict:
    """Name -> tensor for `model(**inputs)`: a batch of two, text padded on the right.

    `choices` gives text the shape (batch, choices, length). Where no form runs, those that got furthest are returned:
    running them says what is missing.
    """
    names = forward_parameters(model)
    tried: list[tuple[int, Context, dict]] = []
    for context in contexts(model, choices):
        if (found := _tried(context, names, tried)) is not None:
            return found
    tried.sort(key=lambda each: -each[0])  # stable: the likeliest first
    furthest = list(dict.fromkeys((each.image_form, each.audio_form) for _, each, _ in tried))[:_MOST_FORMS]
    for manner in MANNERS[1:]:
        usual = _with_forms(model, names, furthest or [(None, None)], choices, manner)
        for context in (*usual, *_with_codebooks(model, names, choices, manner)):
            if (found := _tried(context, names, tried)) is not None:
                return found
    tried.sort(key=lambda each: -each[0])
    for _, _, inputs in tried[:_MOST_FORMS]:
        alone = _first_of_batch(inputs)
        if _error(model, alone) is None:
            return alone
    return tried[0][2] if tried else {}


def _first_of_batch(inputs: dict) -> dict:
    """A batch of one, for models that take no other."""
    import torch

    batched = {name for name, value in inputs.items() if isinstance(value, torch.Tensor) and len(value) == BATCH}
    return {name: value[:1] if name in batched else value for name, value in inputs.items()}


def _tried(context: Context, names: dict[str, bool], tried: list) -> dict | None:
    """The inputs of one combination if the model runs on them, also once it has said how much it sees or hears."""
    inputs = inputs_of(context, names)
    if inputs is None:
        return None
    with _counted_modules() as entered:
        error = _error(context.model, inputs)
    if error is None:
        return inputs
    tried.append((entered[0], context, inputs))
    again = _corrected(context, inputs, error)
    if again is None:
        return None
    inputs = inputs_of(again, names)
    return inputs if inputs is not None and _error(context.model, inputs) is None else None


def _corrected(context: Context, inputs: dict, error: str) -> Context | None:
    """The combination with as many tokens as the model says it wants for what it sees or hears."""
    features, sizes = _FEATURES.search(error), _SIZES.search(error)
    if not context.has_forms() or not (features or sizes):
        return None
    forms = (context.image_form, context.audio_form)
    placeholders = bool(features) or context.placeholders
    again = Context(context.model, context.names, *forms, placeholders, context.choices, context.truth, context.manner)
    if features:
        again.forced = int(features[1])
    elif "input_ids" in inputs and int(sizes[1]) == inputs["input_ids"].shape[-1]:
        again.length += int(sizes[2]) - int(sizes[1])
    return again if again.forced or 3 <= again.length != context.length else None


def contexts(model, choices: int | None = None) -> Iterator[Context]:
    """Every usual combination of forms that fits the parameters of the model's forward, the likeliest first; last those
    without sounds, without images, and with neither."""
    names = forward_parameters(model)
    images = IMAGE_FORMS if any(name.startswith("pixel_values") for name in names) else ()
    sounds = AUDIO_FORMS if _SOUNDS & set(names) else ()
    if images and sounds:  # each is settled alone, for the combinations are many
        images = _settled(model, names, images, "image_form") or images[:1]
        sounds = _settled(model, names, sounds, "audio_form") or sounds[:1]
    yield from _with_forms(model, names, _combinations(images, sounds), choices)
    yield from _with_codebooks(model, names, choices, USUAL)


def _with_forms(
    model, names: dict, combinations: Iterable[tuple], choices: int | None, manner: str = USUAL
) -> Iterator[Context]:
    for image, audio in combinations:
        for placeholders in (True, False) if (image or audio) and "input_ids" in names else (False,):
            for truth in (False, True) if audio and any(name.endswith("mask") for name in names) else (False,):
                yield Context(model, list(names), image, audio, placeholders, choices, truth, manner)


def _with_codebooks(model, names: dict, choices: int | None, manner: str) -> Iterator[Context]:
    for codebooks in ("last", "beside text", "columns", "rows") if "input_ids" in names else ():
        context = Context(model, list(names), choices=choices, codebooks=codebooks, manner=manner)
        if context.codebook_count():
            yield context


def inputs_of(context: Context, names: dict[str, bool]) -> dict | None:
    """The inputs of one combination, None where the model lacks what a form needs."""
    if context.manner == INSIDE:
        names = names | dict.fromkeys(_passed_on(context.model) - names.keys(), True)
    try:
        inputs = {name: part(name, context, required) for name, required in names.items()}
    except Unfit:
        return None
    return {name: value for name, value in inputs.items() if value is not None}


def _passed_on(model) -> set[str]:
    """What a forward takes among its keywords, for its layers ask for it."""
    parameters = (inspect.signature(module.forward).parameters for module in model.modules())
    return PASSED_ON & {name for names in parameters for name in names}


def _combinations(images: tuple, sounds: tuple) -> Iterator[tuple]:
    """(form of images, form of sounds): all of the model, then without sounds, without images, with neither."""
    for image in images or (None,):
        for audio in sounds or (None,):
            yield image, audio
    if images and sounds:
        yield from ((image, None) for image in images)
        yield from ((None, audio) for audio in sounds)
    if images or sounds:
        yield None, None


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
