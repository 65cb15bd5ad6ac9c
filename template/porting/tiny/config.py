"""A tiny configuration of any model, derived from its configuration class alone.

Sizes shrink by the role that their name tells (`roles`), and what is equal, a multiple or a part of a width stays
so; every kind of layer is kept (`layers`). What no rule reaches stands in `exceptions`.
"""

from porting.tiny.exceptions import TinyException, exception_for
from porting.tiny.fields import Fields
from porting.tiny.tokens import Tokens
from porting.tiny.values import is_config, nested
from porting.tiny.widths import Widths


def default_config(config_class):
    """The configuration that the class makes of nothing. Raises whatever the class raises where it cannot."""
    return config_class()


def tiny_config(config_class, base_model: str | None = None):
    """A configuration of `config_class` whose model has fewer than two million parameters.

    `base_model` is the `model_type` that a port started from: a port's exceptions are those of its parent. Raises
    whatever the class raises where it cannot be made.
    """
    base = base_model or config_class.model_type
    default = config_class(**exception_for(base).defaults)
    return _Tree(default, base).shrink(default)


class _Tree:
    """A default configuration with all those nested in it."""

    def __init__(self, default, base_model: str):
        self.renamed = (default.model_type, base_model)
        self.nodes = list(nested(default))
        self.widths, self.tokens = Widths(self.nodes), Tokens(self.nodes)

    def shrink(self, node, sizes: dict | None = None):
        """A tiny instance of the class of `node`; `sizes` is what an exception of the part around it sets."""
        sizes = {**self._exception_of(node).sizes, **(sizes or {})}
        fields = Fields(node, self.nodes, self.widths, self.tokens)
        own = {name: value for name, value in sizes.items() if "." not in name}
        chosen = fields.choose()
        for name, value in fields.values.items():
            if is_config(value) and name not in own:
                inside = {key.removeprefix(f"{name}."): v for key, v in sizes.items() if key.startswith(f"{name}.")}
                chosen[name] = self.shrink(_without_timm(value), inside)
        return type(node)(**{**chosen, **own})

    def _exception_of(self, node) -> TinyException:
        """That of a part's `model_type` as the parent of the port has it, which may be a part of a model itself."""
        own, base = self.renamed
        if not (node.model_type and own and base):
            return exception_for(node.model_type)
        words = base.replace("-", "_").split("_")
        shortest = len(words) if node.model_type == own else 1
        names = ("_".join(words[:length]) for length in range(len(words), shortest - 1, -1))
        found = (exception_for(node.model_type.replace(own, name, 1)) for name in names)
        return next((exception for exception in found if exception.why), TinyException())


def _without_timm(config):
    """A backbone of timm gives way to a residual network of the same outputs."""
    if config.model_type != "timm_backbone":
        return config
    from transformers import ResNetConfig

    return ResNetConfig(out_indices=[index for index in config.out_indices if index >= 0] or [4])
