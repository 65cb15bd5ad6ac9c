"""The port as pass one needs it: its configuration, and its model without memory for weights."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import torch

import transformers
from porting.conversion.declared import Declared, Watched
from porting.conversion.findings import Finding
from porting.errors import CannotRun
from transformers import PreTrainedConfig, PreTrainedModel
from transformers.conversion_mapping import register_checkpoint_conversion_mapping


@dataclass(frozen=True)
class Port:
    """The class the checkpoint belongs to, on the meta device."""

    model: PreTrainedModel
    weights: dict[str, torch.Tensor]

    @property
    def config(self) -> PreTrainedConfig:
        return self.model.config

    @property
    def tied(self) -> dict[str, str]:
        """Names of weights that are another weight -> the name of that other one, under which both are saved."""
        return dict(getattr(self.model, "all_tied_weights_keys", None) or {})


def build_port(declared: Declared, found: Watched) -> tuple[Port, list[Finding]]:
    """Build the port from the original's hyper-parameters, and say which of these are unaccounted for.

    Raises CannotRun if `PORT_CLASS` does not exist, or `convert_config` or the configuration refuses.
    """
    model_class = getattr(transformers, declared.port_class, None)
    if model_class is None or not getattr(model_class, "config_class", None):
        raise CannotRun(
            f"PORT_CLASS in conversion/rules.py is {declared.port_class!r}, which is no model of Transformers or the port"
        )
    config_class = model_class.config_class
    try:
        arguments = declared.convert_config(found)
    except KeyError as error:
        raise CannotRun(
            f"convert_config asks for {error}, which the original's hyper-parameters do not have"
        ) from None
    except Exception as error:
        raise CannotRun(f"convert_config of conversion/rules.py: {type(error).__name__}: {error}") from None
    findings = list(_account(declared, found))
    known = _known_arguments(config_class)
    findings += [
        Finding("no such field", name, f"{config_class.__name__} has no such field; correct convert_config")
        for name in arguments
        if name not in known
    ]
    try:
        config = config_class(**arguments)
        config.architectures = [declared.port_class]
        with torch.device("meta"):
            model = model_class(config)
    except Exception as error:  # the configuration's own validation, or the model's
        raise CannotRun(
            f"{declared.port_class} refuses what convert_config gives: {' '.join(str(error).split())}"
        ) from None
    return Port(model, model.state_dict()), findings


def register_rules(port: Port, declared: Declared) -> None:
    """Have `from_pretrained` use the rules for the port. No rules leave what it has: nothing, or its parent's."""
    if declared.rules:
        register_checkpoint_conversion_mapping(port.config.model_type, declared.rules, overwrite=True)


def unread(declared: Declared, found: Watched) -> dict[str, Any]:
    """The hyper-parameters that `convert_config`, once it ran, has not read and IGNORED does not name."""
    return {
        name: _value(found, name)
        for name in found.unread()
        if not any(name == known or name.startswith(f"{known}.") for known in declared.ignored)
    }


def _account(declared: Declared, found: Watched) -> Iterator[Finding]:
    for name, value in unread(declared, found).items():
        if name not in declared.built_in:
            what = f"hyper-parameter with the value {value!r}; read it, or name it in BUILT_IN or IGNORED"
            yield Finding("unaccounted", name, what)
        elif value != declared.built_in[name]:
            what = f"it is {value!r}, and BUILT_IN has {declared.built_in[name]!r}; read it in convert_config"
            yield Finding("not what is built in", name, what)
    for place, names in (("IGNORED", declared.ignored), ("BUILT_IN", declared.built_in)):
        for name in names:
            if not _has(found, name):
                yield Finding("unaccounted", name, f"{place} names it, but the original has no such hyper-parameter")


def _known_arguments(config_class) -> set[str]:
    names = {field.name for field in fields(config_class)} if is_dataclass(config_class) else set()
    return names | set(vars(config_class())) | set(getattr(config_class, "attribute_map", {}))


def _value(found: dict, dotted: str):
    for part in dotted.split("."):
        found = dict.get(found, part)
    return found


def _has(found: dict, dotted: str) -> bool:
    for part in dotted.split("."):
        if not isinstance(found, dict) or part not in found:
            return False
        found = dict.get(found, part)
    return True
