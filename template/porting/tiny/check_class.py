"""Make one class from a tiny configuration, run it, save it, load it, and compare."""

import copy
import tempfile
import warnings
from dataclasses import dataclass

from porting.tiny.inputs import example_inputs


CHOICES = 3
# Weights come back bit for bit; sums over them may differ in the last bits, for they lie elsewhere in memory.
TOLERANCE = 1e-5
# No weight that a class initialises is larger.
BEYOND_MEASURE = 1e6


class NotTheSame(ValueError):
    """A model that was saved cannot be loaded, or is another one."""


@dataclass(frozen=True)
class Checked:
    """The size of a model that was run, and the names of its inputs."""

    parameters: int
    inputs: tuple[str, ...]


def check_class(model_class, config, is_part: bool = False) -> Checked:
    """Run, save and reload a model of `config`, or a part of one, which is no PreTrainedModel and has only weights.

    Raises what the class raises, ValueError for outputs that hold NaN or infinity (minus infinity is a mask), and
    NotTheSame.
    """
    import torch

    torch.manual_seed(0)
    model = made(model_class, config).eval()
    give_values(model)
    if is_part:
        model.config = config
    runs = "forward" in dir(model_class) and model_class.forward is not torch.nn.Module.forward
    inputs = (
        {}
        if not runs
        else example_inputs(model, choices=CHOICES if model_class.__name__.endswith("ForMultipleChoice") else None)
    )
    with torch.no_grad(), tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = outputs(model, inputs) if runs else []
        if any((value.isnan() | value.isposinf()).any() for value in before):
            raise ValueError("the output holds NaN or infinity")
        loaded = _reloaded(model, config, folder, is_part).eval()
        after = outputs(loaded, inputs) if runs else []
    weights = loaded.state_dict()
    for name, value in model.state_dict().items():
        if name not in weights or not torch.equal(value, weights[name]):
            raise NotTheSame(f"{name} differs after saving and loading")
    if len(before) != len(after):
        raise NotTheSame(f"{len(before)} outputs before saving, {len(after)} after loading")
    for first, second in zip(before, after, strict=True):
        if not torch.allclose(first, second, rtol=TOLERANCE, atol=TOLERANCE * (1 + _largest(first)), equal_nan=True):
            raise NotTheSame(f"outputs differ by {(first - second).abs().max():.1e} after saving and loading")
    return Checked(size(model), tuple(inputs))


def size(model) -> int:
    """The number of parameters."""
    return sum(parameter.numel() for parameter in model.parameters())


def _reloaded(model, config, folder: str, is_part: bool):
    if not is_part:
        try:
            model.save_pretrained(folder)
            return type(model).from_pretrained(folder)
        except Exception as error:  # whatever the porter's code or rules raise
            raise NotTheSame(f"it cannot be saved and loaded: {type(error).__name__}: {error}") from error
    loaded = type(model)(config)
    loaded.load_state_dict(model.state_dict())
    return loaded


def made(model_class, config):
    """A model of `config`. One that refuses to be a decoder, or no decoder, is made from the contrary.

    Raises what the class raises.
    """
    try:
        return model_class(config)
    except (ValueError, AssertionError) as refusal:
        for field, word in (("is_decoder", "is_decoder"), ("is_encoder_decoder", "encoder-only")):
            if word in str(refusal) and hasattr(config, field):
                contrary = copy.deepcopy(config)
                setattr(contrary, field, not getattr(config, field))
                return model_class(contrary)
        raise


def give_values(model) -> None:
    """Give values to the weights that a class leaves as memory had them: these are no numbers, or beyond all measure."""
    import torch

    with torch.no_grad():
        for weight in model.parameters():
            if weight.is_floating_point() and not (weight.abs() < BEYOND_MEASURE).all():
                weight.normal_(std=0.02)


def _largest(value) -> float:
    finite = value[value.isfinite()]
    return finite.abs().max().item() if finite.numel() else 0.0


def config_for(model_class, config):
    """`config`, or what stands in it, or a tiny one of its own: of the class that the model is made from."""
    from porting.tiny.config import tiny_config
    from porting.tiny.values import nested

    wanted = getattr(model_class, "config_class", None)
    if wanted is None or isinstance(config, wanted):
        return config
    return next((node for node in nested(config) if isinstance(node, wanted)), None) or tiny_config(wanted)


def outputs(model, inputs: dict) -> list:
    """The tensors of floats among the outputs of a forward."""
    import torch

    torch.manual_seed(0)
    return list(_tensors(model(**inputs)))


def _tensors(value):
    import torch

    if isinstance(value, torch.Tensor):
        if value.is_floating_point():
            yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _tensors(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _tensors(item)
