"""An original that is a parent of Transformers in disguise, as the adapter of a workspace runs it.

It needs torch and Transformers. Its checkpoint is that of a training script: weights with a step count beside them, and
the hyper-parameters in a file of their own, under names of their own.
"""

import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

import transformers
from porting.standin.disguise import BUFFER, Disguise


# A hyper-parameter of the original that only its training needed.
UNUSED = {"warmup_steps": 100}


@dataclass(frozen=True)
class Original:
    """`model_class` of Transformers, made from `config`, in disguise. `called`: field of the configuration -> name of
    the hyper-parameter, where that is another.
    """

    model_class: str
    config: dict
    called: dict[str, str]
    disguise: Disguise

    def plain(self) -> "Original":
        """The same without its disguise."""
        return replace(self, disguise=Disguise())

    def make(self) -> torch.nn.Module:
        """The model with the weights that it is made with, which are the same every time; ready to be run."""
        made = getattr(transformers, self.model_class)
        transformers.logging.set_verbosity_error()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            config = made.config_class(**self.config)
            config.use_cache = False
            config._attn_implementation = config._experts_implementation = "eager"
            model = made(config)
        model = self.disguise.put_on(model).eval()
        model.register_buffer(BUFFER, torch.arange(64)[None])
        return model

    @cached_property
    def hyperparameters(self) -> dict:
        return {self.called.get(name, name): value for name, value in self.config.items()} | UNUSED

    def write_checkpoint(self, directory: Path) -> None:
        """Write weights, random and far from those that a model starts with, and the hyper-parameters."""
        model = self.make()
        generator = torch.Generator().manual_seed(0)
        with torch.no_grad():
            for weight in model.parameters():
                noise = 0.1 * torch.randn(weight.shape, generator=generator)
                weight.copy_(noise if weight.ndim > 1 else weight + noise)
        directory.mkdir(parents=True, exist_ok=True)
        torch.save({"model": model.state_dict(), "step": 1000}, directory / "weights.pt")
        (directory / "hparams.json").write_text(json.dumps(self.hyperparameters, indent=2) + "\n", encoding="utf-8")

    def read_checkpoint(self, directory: Path) -> torch.nn.Module:
        """The model of a checkpoint, ready to be run."""
        model = self.make()
        model.load_state_dict(torch.load(directory / "weights.pt", weights_only=True)["model"])
        return model

    def example_inputs(self) -> dict[str, list]:
        """One batch that it takes."""
        from porting.tiny.inputs import example_inputs

        return {name: value.tolist() for name, value in example_inputs(self.make()).items()}


def run(model: torch.nn.Module, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What the model gives for one batch, under Transformers' names."""
    with torch.no_grad():
        outputs = model(**{name: torch.tensor(value) for name, value in inputs.items()})
    wanted = next(
        (name for name in ("logits", "last_hidden_state") if outputs.get(name) is not None), next(iter(outputs))
    )
    return {wanted: outputs[wanted].numpy()}
