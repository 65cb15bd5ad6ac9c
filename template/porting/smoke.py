"""Make every class of the port from its default and a tiny configuration, run it, save it, load it."""

import argparse
import importlib
import os
import tempfile
import time
import traceback
import warnings

from porting import mount
from porting.errors import CheckFailed
from porting.mount.registration import public_names
from porting.releases import say_untested
from porting.reports import write_report
from porting.workspace import Workspace, here


# The sizes a tiny configuration gets, where the port's configuration has such a field.
TINY = {
    "vocab_size": 99,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_decoder_layers": 2,
    "num_attention_heads": 4,
    "num_decoder_attention_heads": 4,
    "num_key_value_heads": 2,
    "decoder_intermediate_size": 48,
    "head_dim": 8,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
}
_BATCH, _CHOICES, _LENGTH = 2, 3, 7


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def run(arguments: argparse.Namespace) -> None:
    workspace = here()
    say_untested()
    mount.install(workspace.root)
    from transformers.utils import logging

    logging.disable_progress_bar()
    _import_port(workspace)
    results = []
    for name in public_names(workspace.model_dir / f"modeling_{workspace.model_type}.py"):
        if not name.endswith("PreTrainedModel"):
            results.append(_check(workspace, name))
    failed = [result["class"] for result in results if result["error"]]
    write_report(workspace.reports, "smoke", {"passed": not failed, "classes": results})
    if not results:
        raise CheckFailed(f"modeling_{workspace.model_type}.py exports no model in __all__; add the classes there")
    if failed:
        raise CheckFailed(f"{len(failed)} of {len(results)} classes failed: {', '.join(failed)}")
    print(f"{len(results)} classes made, run, saved and loaded")


def _import_port(workspace: Workspace) -> None:
    """Import the port's modules one by one: the lazy `transformers` package would hide why one of them fails."""
    package = f"transformers.models.{workspace.model_type}"
    for source in sorted(workspace.model_dir.glob("*_*.py")):
        if source.name != "__init__.py" and not source.name.startswith("modular_"):
            try:
                importlib.import_module(f"{package}.{source.stem}")
            except Exception as error:  # whatever the porter's code raises is the finding
                line = traceback.extract_tb(error.__traceback__)[-1]
                where = f"{os.path.basename(line.filename)}:{line.lineno}"
                raise CheckFailed(
                    f"{source.name} cannot be imported: {type(error).__name__}: {error} ({where})"
                ) from None


def _check(workspace: Workspace, name: str) -> dict:
    started = time.perf_counter()
    result = {"class": name, "default_parameters": None, "error": None}
    try:
        result["default_parameters"] = _default_parameters(workspace, name)
        _run_save_load(workspace, name)
    except Exception as error:  # whatever the porter's code raises is the finding
        result["error"] = f"{type(error).__name__}: {error}"
    result["seconds"] = round(time.perf_counter() - started, 2)
    size = f"{result['default_parameters'] / 1e6:.0f} M" if result["default_parameters"] else "-"
    print(f"{name:56} {size:>8}  {result['error'] or 'ok'}", flush=True)
    return result


def _default_parameters(workspace: Workspace, name: str) -> int:
    """Build the class from the default configuration, without memory for its weights; return its size."""
    import torch

    import transformers

    config = getattr(transformers, f"{workspace.class_prefix}Config")()
    with torch.device("meta"):
        return getattr(transformers, name)(config).num_parameters()


def _run_save_load(workspace: Workspace, name: str) -> None:
    import torch

    import transformers

    model_class = getattr(transformers, name)
    config = tiny_config(getattr(transformers, f"{workspace.class_prefix}Config"))
    torch.manual_seed(0)
    model = model_class(config).eval()
    inputs = example_inputs(config, choices=_CHOICES if name.endswith("ForMultipleChoice") else None)
    with torch.no_grad(), tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = model(**inputs)[0]
        if not torch.isfinite(before).all():
            raise ValueError("the output holds values that are not finite")
        model.save_pretrained(folder)
        after = model_class.from_pretrained(folder).eval()(**inputs)[0]
    if not torch.equal(before, after):
        raise ValueError(f"outputs differ by {(before - after).abs().max():.1e} after saving and loading")


def tiny_config(config_class):
    """A configuration of the port with the sizes of TINY and the defaults for everything else."""
    return config_class(**{key: value for key, value in TINY.items() if hasattr(config_class(), key)})


def example_inputs(config, choices: int | None = None) -> dict:
    """Token ids of shape (batch, length), or (batch, choices, length), with a mask that pads the last two on the right."""
    import torch

    shape = (_BATCH, _LENGTH) if choices is None else (_BATCH, choices, _LENGTH)
    generator = torch.Generator().manual_seed(0)
    input_ids = torch.randint(5, config.vocab_size, shape, generator=generator)
    # Some heads pool at the end-of-sequence token: every row gets exactly one.
    if isinstance(config.eos_token_id, int):
        input_ids[input_ids == config.eos_token_id] = 5
        input_ids[..., -3] = config.eos_token_id
    attention_mask = torch.ones_like(input_ids)
    attention_mask[..., -2:] = 0
    inputs = {"input_ids": input_ids, "attention_mask": attention_mask}
    if config.is_encoder_decoder:
        inputs["decoder_input_ids"] = input_ids[..., :4]
    return inputs
