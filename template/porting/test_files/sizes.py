"""The sizes a test file names: what the tiny configuration of the parent sets, and nothing that follows from it."""

from dataclasses import dataclass
from functools import cached_property

from porting.base.parent import Parent
from porting.errors import CannotRun
from porting.tiny.config import tiny_config
from porting.tiny.exceptions import exception_for
from porting.tiny.roles import role_of
from porting.tiny.values import own_values


# What upstream's CausalLMModelTester gives a configuration that has such a field.
_OF_THE_TESTER = {
    "vocab_size": 99,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 512,
    "head_dim": 16,
    "type_vocab_size": 16,
    "expert_interval": 1,
    "moe_layer_start_index": 0,
    "moe_intermediate_size": 16,
    "shared_expert_intermediate_size": 36,
    "moe_num_shared_experts": 2,
    "num_experts_per_tok": 2,
    "num_experts": 8,
    "mamba_n_groups": 1,
    "mamba_n_heads": 16,
    "mamba_d_state": 16,
    "mamba_d_conv": 4,
    "mamba_expand": 2,
    "mamba_chunk_size": 16,
}
_TOKENS = ("pad_token_id", "bos_token_id", "eos_token_id")
_SIMPLE = {
    "vocab_size",
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "intermediate_size",
    "max_position_embeddings",
    "head_dim",
    "type_vocab_size",
}
# Fields that fit every width, so that the tester's own widths may stay.
_FREE = ("positions", "window", "experts", "top_k", "expert_inner", "first")


@dataclass(frozen=True)
class Sizes:
    """`values`: field -> value of the tiny configuration, of the fields that have to be given to get it."""

    config_class: type
    config: object
    values: dict

    @cached_property
    def common_names(self) -> dict[str, str]:
        """Field -> the name that upstream's tests know it by, where it has another of its own."""
        return {own: common for common, own in self.config.attribute_map.items() if common in _OF_THE_TESTER}

    def _value(self, name: str):
        try:
            return getattr(self.config, name, None)
        except Exception:  # some configurations refuse to name one number for all layers
            return None

    @property
    def attends(self) -> bool:
        """Whether the model has attention heads; a recurrent one has none."""
        try:
            return getattr(self.config, "num_attention_heads", None) is not None
        except Exception:  # it differs from layer to layer, and the configuration does not say one number
            return True

    @cached_property
    def first_plain_token(self) -> int:
        """The lowest id above all special ones."""
        ids = []
        for name, value in own_values(self.config).items():
            if role_of(name) == "token":
                ids += [item for item in (value if isinstance(value, list | tuple) else [value]) if _is_int(item)]
        return max([2, *ids]) + 1

    def with_small_tokens(self) -> "Sizes":
        """The same, with every special id below ten: a common test cuts the vocabulary to that."""
        tokens = {name: value for name, value in own_values(self.config).items() if role_of(name) == "token"}
        ids = [item for value in tokens.values() for item in (value if isinstance(value, list) else [value])]
        used = {item for item in ids if _is_int(item) and item < 10}
        free = iter(sorted({*range(10)} - used))
        large = {
            item: next(free, item) for item in sorted({item for item in ids if _is_int(item)} - used, reverse=True)
        }

        def small(value):
            if isinstance(value, list):
                return [small(item) for item in value]
            return large.get(value, value) if _is_int(value) else value

        values = self.values | {name: small(value) for name, value in tokens.items() if small(value) != value}
        return Sizes(self.config_class, self.config_class(**values), values)

    def with_start_token(self) -> "Sizes":
        """The same, with an id that a decoder starts from where the class names none: then the one that pads."""
        names = ("decoder_start_token_id", "bos_token_id")
        if any(getattr(self.config, name, None) is not None for name in names):
            return self
        values = self.values | {"decoder_start_token_id": getattr(self.config, "pad_token_id", None) or 0}
        return Sizes(self.config_class, self.config_class(**values), values)

    def narrow(self) -> "Sizes":
        """The same at upstream's usual widths, where the other sizes do not hang on them.

        An encoder with a language model head, whose texts see each other when they are packed, is compared with itself
        without packing to the precision of bfloat16: it holds at these widths (0.4 to 0.6 of what is allowed, by
        random weights) and not at twice them (1.1 to 1.7).
        """
        if "hidden_size" not in self.values or "head_dim" in self.values:
            return self
        widths = {name: _OF_THE_TESTER[name] for name in ("hidden_size", "intermediate_size") if name in self.values}
        values = self.values | widths
        return Sizes(self.config_class, self.config_class(**values), values)

    def attributes(self) -> dict:
        """Attribute of a tester -> value: the fields by their common names, and what upstream's tests ask a tester for."""
        found = {self.common_names.get(name, name): value for name, value in self.values.items()}
        for name in ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads"):
            if name not in found and (value := self._value(name)) is not None:
                found[name] = value
        order = [*_OF_THE_TESTER]
        return dict(sorted(found.items(), key=lambda item: order.index(item[0]) if item[0] in order else len(order)))

    def beside_the_tester(self) -> dict:
        """What CausalLMModelTester has to be told, by the names it knows; empty where its own sizes do."""
        fields = own_values(self.config)
        given = {self.common_names.get(name, name): value for name, value in self.values.items()}
        # A field that the tester would fill with a size of another model.
        for name, value in fields.items():
            name = self.common_names.get(name, name)
            if name in _OF_THE_TESTER and name not in _SIMPLE and value is not None:
                given.setdefault(name, value)
        own = {
            name: value
            for name, value in given.items()
            if name not in _TOKENS and not (name in _OF_THE_TESTER and _OF_THE_TESTER[name] == value)
        }
        extra = {name: value for name, value in own.items() if name not in _SIMPLE}
        layers = {name: value for name, value in own.items() if name == "num_hidden_layers"}
        if all(_is_free(name, value) for name, value in extra.items()):
            return layers | extra
        for name in sorted(_SIMPLE.intersection(fields)):
            if isinstance(fields[name], int) and _OF_THE_TESTER[name] != fields[name]:
                own.setdefault(name, fields[name])
        order = [*_OF_THE_TESTER]
        return dict(sorted(own.items(), key=lambda item: order.index(item[0]) if item[0] in order else len(order)))


def _is_free(name: str, value) -> bool:
    names_of_layers = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return names_of_layers or role_of(name) in _FREE


def _is_int(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def sizes_of(parent: Parent, own_sizes: dict | None = None) -> Sizes:
    """The sizes for a port of a model of the installed release; `own_sizes` replace some. Raises CannotRun."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING
    from transformers.utils import logging

    verbosity = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        config_class = CONFIG_MAPPING[parent.model_type]
        tiny = tiny_config(config_class)
        values = _needed(config_class, tiny)
        if own_sizes:
            values |= own_sizes
            tiny = config_class(**values)
    except Exception as error:  # whatever a configuration class raises for sizes that it does not take
        raise CannotRun(
            f"{parent.model_type} has no tiny configuration ({' '.join(str(error).split())}); write the tests by hand"
        ) from error
    finally:
        logging.set_verbosity(verbosity)
    return Sizes(config_class, tiny, values)


def _needed(config_class: type, tiny) -> dict:
    """The fewest fields that make the tiny configuration."""
    defaults = exception_for(config_class.model_type).defaults
    usual = own_values(config_class(**defaults))
    values = {name: value for name, value in own_values(tiny).items() if value != usual.get(name) or name in defaults}
    values = {name: _plain(value) for name, value in values.items()}
    wanted = tiny.to_dict()
    if not _makes(config_class, values, wanted):
        # A field may have its default's value here, and another where the class fills it in itself.
        values = {name: _plain(value) for name, value in own_values(tiny).items()}
    if not _makes(config_class, values, wanted):
        return values
    # What follows from others comes late in a configuration, and is the first that can go.
    for name in reversed([*values]):
        rest = {other: value for other, value in values.items() if other != name}
        if _makes(config_class, rest, wanted):
            values = rest
    return values


def _makes(config_class: type, values: dict, wanted: dict) -> bool:
    try:
        return config_class(**values).to_dict() == wanted
    except Exception:  # a configuration class raises what it likes
        return False


def _plain(value):
    return value.to_diff_dict() if hasattr(value, "to_diff_dict") else value
