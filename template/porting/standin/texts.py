"""The texts of `original/standin.py` and `conversion/rules.py` for a parent in disguise."""

import json
from collections.abc import Iterator


def standin_text(original) -> str:
    """The text of `original/standin.py` for an Original in disguise."""
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


def rules_text(port_class: str, rules: list, config: dict, called: dict[str, str]) -> str:
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


def formatted(text: str) -> str:
    """As `make style` leaves it."""
    import black

    mode = black.Mode(line_length=119, target_versions={black.TargetVersion.PY310})
    return black.format_str(text, mode=mode)
