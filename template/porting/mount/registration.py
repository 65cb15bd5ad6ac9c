"""Which auto class each class of a port belongs to.

The mount enters a port into the auto mappings of the installed Transformers; landing writes the same entries into a
clone. Both read this file. Standard library only.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .sources import Sources, listed_names, read_sources


# Suffix of a public model class -> names in transformers/models/auto/modeling_auto.py, for a port without a parent.
MODEL_MAPPINGS = {
    "Model": ("MODEL_MAPPING_NAMES",),
    "EncoderModel": ("MODEL_FOR_TEXT_ENCODING_MAPPING_NAMES",),
    "ForPreTraining": ("MODEL_FOR_PRETRAINING_MAPPING_NAMES",),
    "ForCausalLM": ("MODEL_FOR_CAUSAL_LM_MAPPING_NAMES",),
    "ForMaskedLM": ("MODEL_FOR_MASKED_LM_MAPPING_NAMES",),
    "ForConditionalGeneration": ("MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES",),
    "ForSequenceClassification": ("MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES",),
    "ForTokenClassification": ("MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING_NAMES",),
    "ForQuestionAnswering": ("MODEL_FOR_QUESTION_ANSWERING_MAPPING_NAMES",),
    "ForMultipleChoice": ("MODEL_FOR_MULTIPLE_CHOICE_MAPPING_NAMES",),
    "ForNextSentencePrediction": ("MODEL_FOR_NEXT_SENTENCE_PREDICTION_MAPPING_NAMES",),
}

# The pretraining mapping takes one class of a model: the first of these that it has. Decoders do not stand in it.
PRETRAINING_CANDIDATES = ("ForPreTraining", "ForConditionalGeneration", "ForMaskedLM")


@dataclass
class Registration:
    """The classes of one model directory, and what they are entered by.

    `configs` maps each `model_type` to its configuration class, the model's own first; `tokenizer` is a class name, ""
    for the parent's, or None. `models` maps the name of a mapping in `modeling_auto.py` to the class that stands in it:
    for a port without a parent. With one, `base_model` is the parent's `model_type`, `prefix` what the port's classes begin with, and
    `public` maps a kind of file (modeling, processing, ...) to its public classes.
    """

    model_type: str
    configs: dict[str, str] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)
    tokenizer: str | None = None
    base_model: str | None = None
    prefix: str = ""
    public: dict[str, list[str]] = field(default_factory=dict)
    sources: Sources | None = None

    @property
    def main_config(self) -> str | None:
        """The configuration class of the model itself: that of its `model_type`, or else the first."""
        return self.configs.get(self.model_type) or next(iter(self.configs.values()), None)


def public_names(source: Path) -> list[str]:
    """The strings in the `__all__` of a Python file, in order; empty without one."""
    return listed_names(ast.parse(source.read_text(encoding="utf-8")))


def model_mappings(class_names: list[str], prefix: str) -> dict[str, str]:
    """The mappings of `modeling_auto.py` that the classes of a port without a parent belong in: mapping -> class."""
    entries = {}
    by_suffix = {name.removeprefix(prefix): name for name in class_names if name.startswith(prefix)}
    for suffix, mappings in MODEL_MAPPINGS.items():
        if suffix in by_suffix:
            entries.update(dict.fromkeys(mappings, by_suffix[suffix]))
    for suffix in PRETRAINING_CANDIDATES:
        if suffix in by_suffix:
            entries["MODEL_FOR_PRETRAINING_MAPPING_NAMES"] = by_suffix[suffix]
            break
    if "ForMaskedLM" in by_suffix and "ForConditionalGeneration" not in by_suffix:  # the whole model is an encoder
        entries["MODEL_FOR_TEXT_ENCODING_MAPPING_NAMES"] = by_suffix["Model"]
    return entries


def read_registration(
    model_dir: Path,
    reused_tokenizer: str | None = None,
    base_model: str | None = None,
    prefix: str | None = None,
) -> Registration:
    """Read what one `src/transformers/models/<model_type>/` is entered by, from its source.

    `reused_tokenizer` names an existing Transformers class, "" means the parent's; it counts only where the directory
    has no tokenizer of its own. `base_model` and `prefix` are answers. Raises FileNotFoundError without a
    configuration file.
    """
    model_type = model_dir.name
    if not (model_dir / f"configuration_{model_type}.py").is_file():
        raise FileNotFoundError(model_dir / f"configuration_{model_type}.py")
    sources = read_sources(model_dir)
    public = dict(_public(model_dir))
    configs = dict(_configs(sources, model_type))
    registration = Registration(
        model_type, configs=configs, tokenizer=reused_tokenizer, public=public, sources=sources
    )
    registration.tokenizer = next(iter(public.get("tokenization", ())), reused_tokenizer)
    main = configs.get(model_type) or next(iter(configs.values()), "")
    registration.prefix = prefix or main.removesuffix("Config")
    if base_model and base_model != "none":
        registration.base_model = base_model
    else:
        registration.models = model_mappings(public.get("modeling", []), main.removesuffix("Config"))
    return registration


def _public(model_dir: Path) -> Iterator[tuple[str, list[str]]]:
    """Kind of file -> its public names: `image_processing_pil` of image_processing_pil_<model_type>.py."""
    for path in sorted(model_dir.glob(f"*_{model_dir.name}.py")):
        kind = path.stem.removesuffix(f"_{model_dir.name}")
        if kind != "modular":
            yield kind, public_names(path)


def _configs(sources: Sources, model_type: str) -> Iterator[tuple[str, str]]:
    """`model_type` -> configuration class, for each class that sets one: the model's own first."""
    found = {
        each.text("model_type"): name
        for name, each in sources.classes.items()
        if each.file.startswith("configuration_") and each.text("model_type")
    }
    if model_type in found:
        yield model_type, found.pop(model_type)
    yield from found.items()
