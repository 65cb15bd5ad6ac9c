"""What no rule of `tiny_config` reaches, by the model a port started from. One readable table; each entry says why."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class TinyException:
    """`defaults` go into the default configuration; `sizes` (nested fields by dots) replace what the rules chose."""

    why: str = ""
    defaults: dict = field(default_factory=dict)
    sizes: dict = field(default_factory=dict)


EXCEPTIONS: dict[str, TinyException] = {}


def exception_for(model_type: str) -> TinyException:
    """The entry of a model, or an empty one; dashes and underscores are the same."""
    return EXCEPTIONS.get(model_type.replace("-", "_"), TinyException())
