"""What is known of common tests and the models that a port may start from: known.json, read here.

model -> attributes   of the test class: what the common tests ask of every model, and this one does otherwise
         sizes        fields that replace those of the tiny configuration
         config       fields that ConfigTester is given
         skip         common test -> why the parent's own, unchanged copy fails it too
"""

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Known:
    attributes: dict[str, object] = field(default_factory=dict)
    sizes: dict[str, object] = field(default_factory=dict)
    config: dict[str, object] = field(default_factory=dict)
    skip: dict[str, str] = field(default_factory=dict)


@cache
def _table() -> dict[str, dict]:
    return json.loads(Path(__file__).with_name("known.json").read_text(encoding="utf-8"))


def known_of(model_type: str) -> Known:
    """What is known of a model of Transformers; nothing for most."""
    return Known(**_table().get(model_type, {}))
