"""Run in a workspace with a converted/ folder, prints JSON: does the port give what the stand-in gives, to which error,
and is every weight the one that `from_pretrained` makes of the original with the same rules registered?"""

import contextlib
import importlib.util
import json
import re
import sys
from pathlib import Path


ROOT = Path.cwd()
sys.path.insert(0, str(ROOT))

from porting import mount  # noqa: E402


mount.install(ROOT)

import numpy as np  # noqa: E402
import torch  # noqa: E402

import transformers  # noqa: E402
from porting.conversion.digest import weights_digest  # noqa: E402
from transformers.conversion_mapping import register_checkpoint_conversion_mapping  # noqa: E402


def load(path: Path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> dict:
    adapter, rules = load(ROOT / "original/adapter.py"), load(ROOT / "conversion/rules.py")
    original = adapter.load_model(ROOT / adapter.CHECKPOINT)
    model_class = getattr(transformers, rules.PORT_CLASS)
    port, loading = model_class.from_pretrained(ROOT / "converted", output_loading_info=True)
    # from_pretrained aliases the state dict it is given, so both get their own
    state = {
        name: weight.clone()
        for name, weight in original.state_dict().items()
        if not any(re.search(pattern, name) for pattern in rules.DROPPED)
    }
    register_checkpoint_conversion_mapping(port.config.model_type, rules.RULES, overwrite=True)
    reference, reference_loading = model_class.from_pretrained(
        None, config=port.config, state_dict=state, dtype=torch.float32, output_loading_info=True
    )
    mine, theirs = port.state_dict(), reference.state_dict()
    return {
        "complaints": {name: len(value) for name, value in loading.items() if value},
        "reference_complaints": {name: len(value) for name, value in reference_loading.items() if value},
        "weights": len(mine),
        "digest": weights_digest(ROOT / "converted"),
        "different": [name for name in theirs if name not in mine or not torch.equal(mine[name], theirs[name])],
        "errors": {
            name: errors(adapter, original, port.eval(), batch) for name, batch in adapter.example_inputs().items()
        },
    }


def errors(adapter, original, port, batch) -> dict[str, float]:
    """The largest difference of outputs where nothing is padded, for each attention."""
    arrays = {name: np.array(value) for name, value in batch.items()}
    mask = arrays.get("decoder_attention_mask", arrays["attention_mask"]) == 1
    expected = adapter.forward(original, arrays)
    found = {}
    for attention in ("eager", "sdpa"):
        port.set_attn_implementation(attention)
        with torch.no_grad():
            outputs = port(**{name: torch.tensor(value) for name, value in arrays.items()})
        for name, value in expected.items():
            found[f"{attention} {name}"] = float(np.abs(value - outputs[name].numpy())[mask].max())
    return found


if __name__ == "__main__":
    with contextlib.redirect_stdout(sys.stderr):
        result = main()
    print(json.dumps(result))
