"""What upstream's converter did not always do: which release's files show it first.

A port is expanded as the converter of the installed release would, so these follow the release. Found by comparing
the wheels of 5.16.1 to 5.24.0; what a rule is for shows in the place that asks for it.
"""

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Rules:
    """One release's converter."""

    release: tuple[int, ...]

    @property
    def video_keywords_with_video(self) -> bool:
        """`XVideoProcessorKwargs` goes into the file of the video processor, no longer of the processor."""
        return self.release >= (5, 18)

    @property
    def attribute_replaces_method(self) -> bool:
        """An attribute of the modular file takes the place of a method of the parent that has its name."""
        return self.release >= (5, 21)

    @property
    def annotated_counts(self) -> bool:
        """`self.x: int = …` in the parent's body is replaced or deleted as `self.x = …` is."""
        return self.release >= (5, 22)

    @property
    def carries_getattr(self) -> bool:
        """`__getattr__` of a modular file goes into the file whose names it answers for."""
        return self.release >= (5, 23)

    @property
    def longer_base_replaces(self) -> bool:
        """`OmniModalProcessorMixin` takes the place of `ProcessorMixin`, being its name with something before it."""
        return self.release >= (5, 23)

    @property
    def deprecation_adds(self) -> bool:
        """`@deprecate_kwarg(…)` alone on a method of the modular file is added to the parent's decorators."""
        return self.release >= (5, 24)


def rules_of(transformers: Path) -> Rules:
    """Those of the release that is installed there; of the newest where it does not say which it is."""
    found = re.search(r'^__version__ = "(\d+)\.(\d+)', (transformers / "__init__.py").read_text("utf-8"), re.MULTILINE)
    return Rules((int(found[1]), int(found[2])) if found else (99,))
