"""Which auto class each class of a port belongs to.

The mount (`porting.mount`) enters a port into the auto mappings of the installed
Transformers; landing writes the same entries into a clone. Both read this file.
"""

import ast
from dataclasses import dataclass, field
from pathlib import Path


# Suffix of a public model class -> names in transformers/models/auto/modeling_auto.py.
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
    """The auto-mapping entries of one model directory.

    `configs` maps each `model_type` to its configuration class, `models` maps the name of a
    mapping in `modeling_auto.py` to the class that stands in it, `tokenizer` is a class name or None.
    """

    model_type: str
    configs: dict[str, str] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)
    tokenizer: str | None = None


def public_names(source: Path) -> list[str]:
    """The strings in the `__all__` of a Python file, in order; empty without one."""
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets
        ):
            return [item.value for item in node.value.elts if isinstance(item, ast.Constant)]
    return []


def config_classes(source: Path) -> dict[str, str]:
    """`model_type` -> class name, for each class of a configuration file that sets `model_type`."""
    found = {}
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.ClassDef):
            continue
        for line in node.body:
            if (
                isinstance(line, ast.Assign)
                and isinstance(line.targets[0], ast.Name)
                and line.targets[0].id == "model_type"
                and isinstance(line.value, ast.Constant)
            ):
                found[line.value.value] = node.name
    return found


def model_mappings(class_names: list[str], prefix: str) -> dict[str, str]:
    """The mapping of `modeling_auto.py` each public class belongs in, as mapping name -> class."""
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


def read_registration(model_dir: Path, reused_tokenizer: str | None = None) -> Registration:
    """Read the entries of one `src/transformers/models/<model_type>/` from its source.

    `reused_tokenizer` names an existing Transformers class and counts only where the directory
    has no tokenizer of its own. Raises FileNotFoundError without a configuration file.
    """
    model_type = model_dir.name
    configs = config_classes(model_dir / f"configuration_{model_type}.py")
    registration = Registration(model_type, configs=configs, tokenizer=reused_tokenizer)
    modeling = model_dir / f"modeling_{model_type}.py"
    if modeling.is_file():
        prefix = configs.get(model_type, "").removesuffix("Config")
        registration.models = model_mappings(public_names(modeling), prefix)
    tokenization = model_dir / f"tokenization_{model_type}.py"
    if tokenization.is_file():
        registration.tokenizer = next(iter(public_names(tokenization)), reused_tokenizer)
    return registration
