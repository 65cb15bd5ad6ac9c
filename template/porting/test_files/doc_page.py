"""The sections of a doc page: one for each public class of the port, as upstream's check of the docs wants them."""

import ast
import re

from porting.mount.sources import listed_names


# The place that the rendered page keeps for them.
_PLACE = re.compile(r"<!-- FILL: a section for each class in __all__ .*? -->\n")


def sections(modular: str) -> str:
    """The sections for the public classes of a modular file, configurations first; a model's `forward` is shown."""
    classes = listed_names(ast.parse(modular))
    shown = [name for name in classes if not name.endswith("PreTrainedModel")]
    ordered = [name for name in shown if name.endswith("Config")] + [
        name for name in shown if not name.endswith("Config")
    ]
    return "\n".join(
        f"## {name}\n\n[[autodoc]] {name}\n" + ("" if name.endswith("Config") else "    - forward\n")
        for name in ordered
    )


def with_sections(page: str, modular: str, replaced: str | None = None) -> str:
    """The page with the sections in their place, or where those of the `replaced` modular file stand; else as it is."""
    written = sections(modular)
    if replaced is not None and sections(replaced) in page:
        return page.replace(sections(replaced), written, 1)
    return _PLACE.sub(lambda _: written, page, count=1)
