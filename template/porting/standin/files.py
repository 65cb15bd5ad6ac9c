"""What `make start` writes of the stand-in: `original/standin.py` and `conversion/rules.py`."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from porting.base import table
from porting.base.modular_file import Names
from porting.base.parent import Parent
from porting.mount.naming import renamed
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
        return Files({place: _formatted(text) for place, text in texts.items()})
    try:
        texts = _generated(subject, kind)
    except _NoStandin as reason:
        return Files({RULES: _formatted(_rules_text(_likely_class(subject), [], {}, {}))}, str(reason))
    return Files({place: _formatted(text) for place, text in texts.items()})


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
            STANDIN: _standin_text(original),
            RULES: _rules_text(subject.own[name], rules, original.config, original.called),
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


# --- the texts -------------------------------------------------------------------------------------------------------


def _standin_text(original) -> str:
    disguise = original.disguise
    return f"""\
\"\"\"Stand-in for the original: {original.model_class} of Transformers, tiny, with random weights, under other names.

It gives conversion and parity something true to run on until the real original is here: names and layouts. It computes
with the code that the port inherits, so it says nothing of that. It needs torch and Transformers.
`python original/standin.py` writes its checkpoint to `original/checkpoint/`.
\"\"\"

import sys
from pathlib import Path


HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from porting.standin.original import Disguise, Original, run  # noqa: E402, F401


ORIGINAL = Original(
    model_class={original.model_class!r},
    config={original.config!r},
    # A field of the configuration, and what the hyper-parameter is called.
    called={original.called!r},
    disguise=Disguise(
        # A module of Transformers, and what it is called here.
        names={disguise.names!r},
        # One projection in the place of several.
        fused={disguise.fused!r},
        # Projections that keep their weight turned.
        turned={disguise.turned!r},
    ),
)
write_checkpoint = ORIGINAL.write_checkpoint
read_checkpoint = ORIGINAL.read_checkpoint
example_inputs = ORIGINAL.example_inputs


if __name__ == "__main__":
    write_checkpoint(HERE / "checkpoint")
"""


def _rules_text(port_class: str, rules: list, config: dict, called: dict[str, str]) -> str:
    """The text of `conversion/rules.py`; without rules, those that the parent has hold, and nothing is mapped."""
    listed = "".join(f"    {rule},\n" for rule in rules)
    imported = [name for name in ("Chunk", "WeightConverter") if f"{name}(" in listed]
    core = [name for name in ("Transpose", "WeightRenaming") if f"{name}(" in listed]
    imports = f"from transformers import {', '.join(imported)}\n" if imported else ""
    imports += f"from transformers.core_model_loading import {', '.join(core or ['WeightTransform'])}\n"
    dropped, ignored, annotated = "{}", "{}", ": list[WeightTransform]"
    if rules:
        from porting.standin.disguise import BUFFER
        from porting.standin.original import UNUSED

        dropped = f'{{r"^{BUFFER}$": "the port counts positions as it needs them"}}'
        ignored = repr(dict.fromkeys(UNUSED, "only training used it"))
        annotated = ""
    return f"""\
\"\"\"From the original's weights and hyper-parameters to the port's: the only place that says which is which.

`make convert` follows it, `make parity` aligns the modules by it, and `RULES` is what lands upstream.
\"\"\"

import json
from pathlib import Path

{imports}

# FILL: the class of the port that the original's checkpoint belongs to
PORT_CLASS = {json.dumps(port_class)}

# FILL: the original's names, on the left; `make rules` proposes them. Every renaming that matches is applied, in this
# order, then at most one converter, which sees the renamed name. While it is empty, the rules of the model that the
# port starts from hold.
RULES{annotated} = [
{listed}]

# Weights of the original that the port does not need: a pattern of their names -> why.
DROPPED: dict[str, str] = {dropped}

# Hyper-parameters of the original that the port does not need: name -> why.
IGNORED: dict[str, str] = {ignored}

# Hyper-parameters that the port has built in: name -> the only value that is right. `make rules` lists candidates.
BUILT_IN: dict = {{}}


def read_hyperparameters(checkpoint: Path) -> dict:
    \"\"\"The hyper-parameters of the original, from its own files; `checkpoint` is what `make convert` was given.\"\"\"
    # FILL: where the original keeps them
    directory = checkpoint if checkpoint.is_dir() else checkpoint.parent
    return json.loads((directory / "hparams.json").read_text(encoding="utf-8"))


def convert_config(hyperparameters: dict) -> dict:
    \"\"\"The arguments of the configuration; a hyper-parameter that is neither read here nor ignored is an error.\"\"\"
    # FILL: every hyper-parameter of the original
    return {{{"".join(_arguments(config, called))}}}
"""


def _arguments(config: dict, called: dict[str, str], where: str = "hyperparameters") -> Iterator[str]:
    """The entries of a dictionary that reads every value, at any depth."""
    for name, value in config.items():
        read = f"{where}[{json.dumps(called.get(name, name))}]"
        if isinstance(value, dict) and value:
            read = f"{{{''.join(_arguments(value, {}, read))}}}"
        yield f"{json.dumps(name)}: {read},\n"


def _formatted(text: str) -> str:
    """As `make style` leaves it."""
    import black

    mode = black.Mode(line_length=119, target_versions={black.TargetVersion.PY310})
    return black.format_str(text, mode=mode)
