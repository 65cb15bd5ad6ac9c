"""What of the original stands for what of the port."""

from dataclasses import dataclass, field

import torch


@dataclass(frozen=True)
class Link:
    """One module of the port and the module(s) of the original that do its work.

    Several originals: the port joins them, and its output features are theirs, one after the other.
    `outputs` and `inputs` say which original feature each feature of the port is (None: the same order).
    `how` is the stage that found it: "rules", "output" (a final output), "shape", "fingerprint" or "override".
    `first_call` is the call of the original that the port's first one is (one original may do the work of several).
    `skip` is a side ("input" or "output") at which the two are not to be compared.
    """

    port: str
    originals: tuple[str, ...]
    how: str
    outputs: torch.Tensor | None = None
    inputs: torch.Tensor | None = None
    output_features: int | None = None
    input_features: int | None = None
    first_call: int = 0
    skip: str = ""


@dataclass
class Alignment:
    """The links by path of the port, and the paths that have none: modules with weights, and called ones without."""

    links: dict[str, Link] = field(default_factory=dict)
    without: list[str] = field(default_factory=list)
    weightless: list[str] = field(default_factory=list)

    def answering(self, path: str) -> str:
        """The module that is blamed for what `path` does: itself, or the nearest one around it that has a link."""
        while path and path not in self.links:
            path = path.rpartition(".")[0]
        return path
