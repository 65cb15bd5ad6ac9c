"""What `make start` writes of the stand-in: `original/standin.py` and `conversion/rules.py`."""

import json
from dataclasses import dataclass
from pathlib import Path

from porting.base import table
from porting.base.modular_file import Names
from porting.base.parent import Parent
from porting.mount.naming import renamed
from porting.standin.texts import formatted, rules_text, standin_text
from porting.test_files.known import known_of
from porting.test_files.sizes import sizes_of
from porting.test_files.subject import BASE, Subject


BY_HAND = Path(__file__).with_name("by_hand")
_OPERATION = "from porting.conversion.heads import SplitHeads\n"
_HEADS_FILE = Path(__file__).parents[1] / "conversion" / "heads.py"
STANDIN, RULES = "original/standin.py", "conversion/rules.py"

# The mappings whose class an original is likely to have weights of; the first that the parent is in counts.
_MASKED = "MODEL_FOR_MASKED_LM_MAPPING_NAMES"
_HEADS = (
    "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES",
    "MODEL_FOR_CAUSAL_LM_MAPPING_NAMES",
    _MASKED,
    "MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES",
    "MODEL_FOR_SPEECH_SEQ_2_SEQ_MAPPING_NAMES",
    "MODEL_FOR_MULTIMODAL_LM_MAPPING_NAMES",
    BASE,
)
_TEXT = ("encoder", "decoder", "encoder-decoder")
# What a configuration calls a size -> what the original does.
_CALLED = {
    "vocab_size": "vocab",
    "hidden_size": "width",
    "d_model": "width",
    "n_embd": "width",
    "dim": "width",
    "num_hidden_layers": "depth",
    "n_layer": "depth",
    "num_layers": "depth",
    "num_attention_heads": "heads",
    "n_head": "heads",
    "num_heads": "heads",
    "num_key_value_heads": "groups",
    "intermediate_size": "inner",
    "d_ff": "inner",
    "max_position_embeddings": "context",
    "n_positions": "context",
    "num_experts": "experts",
    "num_local_experts": "experts",
    "sliding_window": "window",
    "rms_norm_eps": "norm_eps",
    "layer_norm_eps": "norm_eps",
}


@dataclass(frozen=True)
class Files:
    """Path, from the workspace's root -> text. `without` says why there is no stand-in, and is empty where there is."""

    texts: dict[str, str]
    without: str = ""


def files_for(parent: Parent, names: Names, kind: str) -> Files:
    """The stand-in of a port of `parent`, with its rules; rules that are to be filled in where there can be none."""
    found = table.find(parent.model_type)
    kind = found.kind if found else kind
    subject = Subject(parent, names, kind)
    if (BY_HAND / parent.model_type).is_dir():
        texts = {place: _by_hand(parent, names, Path(place).name) for place in (STANDIN, RULES)}
        return Files({place: formatted(text) for place, text in texts.items()})
    try:
        texts = _generated(subject, kind)
    except _NoStandin as reason:
        return Files({RULES: formatted(rules_text(_likely_class(subject), [], {}, {}))}, str(reason))
    return Files({place: formatted(text) for place, text in texts.items()})


class _NoStandin(Exception):
    """The parent does not run here, for the reason in the message."""


def _by_hand(parent: Parent, names: Names, file: str) -> str:
    text = (BY_HAND / parent.model_type / file).read_text(encoding="utf-8")
    if _OPERATION in text:  # in the file itself, for rules are loaded also where there are no tools
        code = _HEADS_FILE.read_text(encoding="utf-8")
        text = text.replace(_OPERATION, "import torch\n\n").replace(
            "import Transpose", "import ConversionOps, Transpose"
        )
        text = text.replace("# FILL: the class", f"{code[code.index('class '):]}\n\n# FILL: the class")
    return renamed(text, parent.module, parent.cased, names.model_type, names.prefix)


def _heads(kind: str) -> tuple[str, ...]:
    return (_MASKED, *_HEADS) if kind == "encoder" else _HEADS


def _likely_class(subject: Subject) -> str:
    found = (subject.in_mapping(mapping) for mapping in _heads(subject.kind))
    return next((name for name in found if name), f"{subject.names.prefix}Model")


def _generated(subject: Subject, kind: str) -> dict[str, str]:
    """Both files for a parent in disguise. Raises _NoStandin."""
    from porting.standin.rules import rules_of

    reasons = []
    for mapping in _heads(kind):
        name = next(iter(subject.parent.auto.models_of(subject.parent.model_type).get(mapping, ())), None)
        if name is None or name not in subject.own:
            continue
        try:
            original = designed(subject, name, kind)
            rules = rules_of(original.disguise, original.plain().make(), port_names(subject))
        except Exception as error:  # whatever the parent's code raises at this size and on these inputs
            reasons.append(f"{name}: {' '.join(f'{type(error).__name__}: {error}'.split())[:200]}")
            continue
        return {
            STANDIN: standin_text(original),
            RULES: rules_text(subject.own[name], rules, original.config, original.called),
        }
    raise _NoStandin((reasons or [f"no mapping of models has {subject.parent.model_type}"])[0])


def designed(subject: Subject, model_class: str, kind: str):
    """The Original that a class of the parent makes, in disguise. Raises what the parent's code raises."""
    import transformers
    from porting.standin.design import design
    from porting.standin.disguise import Disguise
    from porting.standin.original import Original

    parent = subject.parent
    config = _json_of(sizes_of(parent, known_of(parent.model_type).sizes).values)
    called = {name: _CALLED[name] for name in config if name in _CALLED}
    called = {
        name: other for name, other in called.items() if [*called.values()].count(other) == 1 and other not in config
    }
    plain = Original(model_class, config, called, Disguise())
    base = next(iter(parent.auto.models_of(parent.model_type).get(BASE, ())), model_class)
    return design(plain, getattr(transformers, base), port_names(subject), _inputs(plain, kind))


def port_names(subject: Subject):
    """What gives a name of the parent's module or weight as the port has it."""
    parent, names = subject.parent, subject.names
    return lambda name: renamed(name, parent.module, parent.cased, names.model_type, names.prefix)


def _json_of(values: dict) -> dict:
    """The same, as it comes back from a file. Raises TypeError for what no file of JSON holds."""
    return json.loads(json.dumps(values))


def _inputs(plain, kind: str) -> dict:
    """A batch as the adapter has it: long for text, what the parent takes for other kinds."""
    import torch

    from porting.tiny.inputs import example_inputs

    if kind not in _TEXT:
        return example_inputs(plain.make())
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(3, 120, (2, 60), generator=generator)
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    if kind == "encoder-decoder":
        inputs |= {"decoder_input_ids": ids[:, :50], "decoder_attention_mask": inputs["attention_mask"][:, :50]}
    return inputs
