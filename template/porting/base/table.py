"""The models of Transformers that a port can start from, as models.json lists them. Standard library only."""

import difflib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path


WRITTEN = Path(__file__).with_name("models.json")

KINDS = (
    "encoder",
    "decoder",
    "encoder-decoder",
    "vision",
    "audio",
    "vision-language",
    "audio-language",
    "other",
)

# What a port of each kind starts from if nobody says more.
DEFAULTS = {
    "encoder": "bert",
    "decoder": "llama",
    "encoder-decoder": "bart",
    "vision": "vit",
    "audio": "wav2vec2",
    "vision-language": "llava",
    "audio-language": "qwen2_audio",
    "other": "vjepa2",
}


@dataclass(frozen=True)
class Model:
    """A row of the table: `module` is its directory, `since` the first supported release that has it.

    `last` is the last release that had it, None if the newest has it. A `wrapper` holds two models of any kind.
    """

    model_type: str
    kind: str
    module: str
    since: str
    last: str | None = None
    wrapper: bool = False


@cache
def models() -> dict[str, Model]:
    """Every model of the table by its `model_type`, as Transformers writes it."""
    rows = json.loads(WRITTEN.read_text(encoding="utf-8"))["models"]
    return {name: Model(name, **row) for name, row in rows.items()}


@cache
def releases() -> list[str]:
    """The releases that the table was made from, oldest first."""
    return json.loads(WRITTEN.read_text(encoding="utf-8"))["releases"]


def find(model_type: str) -> Model | None:
    """The model of a type; dashes and underscores are the same."""
    return models().get(model_type) or _plain().get(_plain_name(model_type))


def closest(model_type: str, count: int = 3) -> list[str]:
    """The types whose names are most like a name that the table has not, best first; wrappers are left out."""
    names = {plain: model.model_type for plain, model in _plain().items() if not model.wrapper}
    wanted = _plain_name(model_type).lower()
    near = difflib.get_close_matches(wanted, names, n=count, cutoff=0.6)
    near += [name for name in names if wanted and wanted.replace("_", "") == name.replace("_", "")]
    return [names[name] for name in dict.fromkeys(near)][:count]


@cache
def _plain() -> dict[str, Model]:
    return {_plain_name(name): model for name, model in models().items()}


def _plain_name(model_type: str) -> str:
    return model_type.replace("-", "_")
