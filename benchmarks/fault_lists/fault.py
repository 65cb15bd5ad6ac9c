"""Faults that porters make, and where each of them belongs.

A fault is a change of one class (or function) of the modeling file that `make start` generates, of the configuration,
or of the converted weights. `original` are changes of the stand-in that the fault needs, each (file as seen from
original/, old, new).
`module` is the module whose code or weights are wrong, with `*` for any layer; `causes` are the
names of a cause that would send the porter to the right place.
"""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fault:
    kind: str
    family: str
    module: str
    causes: tuple[str, ...]
    where: str = ""
    find: str = ""
    put: str = ""
    config: dict = field(default_factory=dict)
    weights: Callable | None = None
    original: tuple[tuple[str, str, str], ...] = ()
