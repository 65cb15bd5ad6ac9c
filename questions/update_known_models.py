"""Writes known_models.jinja: the names that releases of Transformers have taken.

    python questions/update_known_models.py PYTHON [PYTHON ...]

Each PYTHON is an interpreter that has one of the supported releases, and torch, installed: the oldest and the
newest, by default the running one. A name is taken if any of the releases has it; a tokenizer class can be reused
if all of them have it.
"""

import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path


ROOT = Path(__file__).resolve().parents[1]
WRITTEN = Path(__file__).with_name("known_models.jinja")

# A class of a port is named prefix + suffix: those suffixes besides the heads that porting.mount.registration knows.
SUFFIXES = ("Config", "PreTrainedModel", "Tokenizer", "Layer")
# `CausalLMModelTest` of Transformers' own tests is not in the package, and no port's test may be called that.
TAKEN_BY_TESTS = {"causallm"}
BASE_CLASSES = {"PreTrainedTokenizerBase", "PreTrainedTokenizer"}


def installed_names() -> dict[str, list[str]]:
    """The names the running interpreter's Transformers has taken: version, model types, class prefixes, tokenizers.

    Model types include directories, with dashes read as underscores; class prefixes are in lower case.
    """
    import transformers
    from transformers import PreTrainedTokenizerBase, modeling_layers
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

    sys.path.insert(0, str(ROOT / "template"))
    from porting.mount.registration import MODEL_MAPPINGS

    public = [name for name in dir(transformers) if name.isidentifier() and name[0].isupper()]
    suffix = re.compile("(.+?)(?:" + "|".join((*SUFFIXES, *MODEL_MAPPINGS)) + ")")
    prefixes = {match[1].lower() for name in (*public, *dir(modeling_layers)) if (match := suffix.fullmatch(name))}

    directories = {path.name for path in (Path(transformers.__file__).parent / "models").iterdir() if path.is_dir()}
    model_types = {name.lower().replace("-", "_") for name in directories | set(CONFIG_MAPPING_NAMES)}

    tokenizers = []
    for name in public:
        value = getattr(transformers, name, None) if "Token" in name else None
        if isinstance(value, type) and issubclass(value, PreTrainedTokenizerBase) and name not in BASE_CLASSES:
            tokenizers.append(name)
    return {
        "versions": [transformers.__version__],
        "model_types": sorted(name for name in model_types if not name.startswith("_")),
        "class_prefixes": sorted(prefixes | TAKEN_BY_TESTS),
        "tokenizer_classes": sorted(tokenizers),
    }


def names_of(python: str) -> dict[str, list[str]]:
    """`installed_names()` of another interpreter."""
    done = subprocess.run([python, __file__, "--print"], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def merge(releases: list[dict[str, list[str]]]) -> dict[str, list[str]]:
    merged = {key: sorted(set().union(*(names[key] for names in releases))) for key in releases[0]}
    merged["tokenizer_classes"] = sorted(set.intersection(*(set(names["tokenizer_classes"]) for names in releases)))
    return merged


def as_jinja(names: dict[str, list[str]]) -> str:
    """The text of known_models.jinja: one string for each list, which Jinja reads faster than a list of strings."""
    text = "{# Written by questions/update_known_models.py; do not edit. #}\n"
    for key, values in names.items():
        lines = textwrap.fill(" ".join(values), 117, break_long_words=False, break_on_hyphens=False)
        text += f'{{% set {key} = "\n{lines}\n".split() %}}\n'
    return text


if __name__ == "__main__":
    if sys.argv[1:] == ["--print"]:
        print(json.dumps(installed_names()))
    else:
        names = merge([names_of(python) for python in sys.argv[1:] or [sys.executable]])
        WRITTEN.write_text(as_jinja(names), encoding="utf-8")
        print(f"{WRITTEN.name}: the names of Transformers {' and '.join(names['versions'])}")
