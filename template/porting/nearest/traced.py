"""What the classes in a trace say of models that weights cannot tell apart."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from porting.nearest.rank import Row


# What a class computes, told from its name.
_FUNCTIONS = {
    "RMS norm": re.compile(r"rms", re.IGNORECASE),
    "layer norm": re.compile(r"layer_?norm", re.IGNORECASE),
    "GELU": re.compile(r"gelu", re.IGNORECASE),
    "SiLU": re.compile(r"silu|swish|swiglu", re.IGNORECASE),
    "ReLU": re.compile(r"(?<![a-z])relu", re.IGNORECASE),
    "rotary positions": re.compile(r"rotary|rope", re.IGNORECASE),
    "ALiBi": re.compile(r"alibi", re.IGNORECASE),
    "sinusoids": re.compile(r"sinusoid", re.IGNORECASE),
}


def traced_classes(trace: Path) -> list[str]:
    """The classes of the modules that the trace at `trace` (without suffix) saw; none where there is no whole trace."""
    try:
        modules = json.loads(trace.with_name(trace.name + ".json").read_text(encoding="utf-8"))["modules"]
        return sorted(set(map(str, modules.values())))
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return []


def functions(classes: Iterable[str]) -> set[str]:
    """What classes of these names compute."""
    return {name for name, pattern in _FUNCTIONS.items() if any(pattern.search(each) for each in classes)}


def by_trace(row: Row, classes: list[str]) -> dict:
    """Of the models of a row those whose classes compute most of what the original's do, and what that is.

    Empty where the trace says nothing, or the same of all.
    """
    own = functions(classes)
    if not own or len(row.types) < 2:
        return {}
    likeness = {}
    for entry in row.entries:
        theirs = functions(entry.modules)
        likeness[entry.model_type] = len(own & theirs) / len(own | theirs)
    best = max(likeness.values())
    chosen = [name for name in row.types if likeness[name] == best]
    return {} if len(chosen) == len(row.types) else {"computes": sorted(own), "types": chosen}
