"""A Transformers with two small models of our own, Oak and Elm, for tests to take parents from."""

from pathlib import Path


CONFIGURATION = '''
from ...configuration_utils import PreTrainedConfig


class OakConfig(PreTrainedConfig):
    r"""Configuration of an Oak model, `oak` for short, OAK in capitals."""

    model_type = "oak"
    hidden_size: int = 8
    leaf_size: int = 4

    def __post_init__(self, **kwargs):
        self.twig = self.hidden_size
        super().__post_init__(**kwargs)


__all__ = ["OakConfig"]
'''
MODELING = '''
import oak_kernels
import torch
from torch import nn

from ...modeling_layers import GradientCheckpointingLayer
from ...modeling_utils import PreTrainedModel
from ...utils import auto_docstring, is_acorn_available, logging
from .configuration_oak import OakConfig


if is_acorn_available():
    from acorn import crack

logger = logging.get_logger(__name__)

OAK_SCALE = 2
RINGS = {}
RINGS["first"] = OAK_SCALE


def grow(x):
    return x * OAK_SCALE


# Copied from elsewhere
def crack_all(x):
    return crack(x)


class OakNorm(nn.Module):
    def forward(self, x):
        # An Oak norm, as oak has it
        logger.info(f"OakNorm of {x} in Oak")
        return grow(x)


class OakLayer(nn.Module):
    """A layer of Oak."""

    def __init__(self, config: OakConfig):
        super().__init__()
        self.size = config.hidden_size
        self.norm = OakNorm()
        self.gate = nn.Linear(self.size, self.size)

    @property
    def width(self):
        return self.size

    def forward(self, x: torch.Tensor, mask=None, **kwargs) -> torch.Tensor:
        """Forward of a layer."""
        x = self.norm(x)
        return self.gate(x)

    def extra(self):
        return RINGS


@auto_docstring
class OakPreTrainedModel(PreTrainedModel):
    config: OakConfig
    base_model_prefix = "oak"
    _no_split_modules = ["OakLayer"]

    @torch.no_grad()
    def _init_weights(self, module):
        super()._init_weights(module)
        module.oak = 1


@auto_docstring
class OakModel(OakPreTrainedModel):
    def __init__(self, config: OakConfig):
        super().__init__(config)
        self.layer = OakLayer(config)
        self.post_init()

    def forward(self, x):
        return self.layer(x)


class OakCracker(nn.Module):
    def forward(self, x):
        return crack_all(x)


__all__ = ["OakModel"]
'''
ELM = """
from torch import nn


ELM_SCALE = 3


def grow(x):
    return shrink(x) + ELM_SCALE


def shrink(x):
    return x


class ElmMLP(nn.Module):
    def forward(self, x):
        return grow(x)
"""
IMAGES = """
import torch
from torchvision import transforms

from ...image_processing_base import ImagesKwargs


class OakImageProcessorKwargs(ImagesKwargs, total=False):
    leaf: int


class OakImageProcessor:
    kind = OakImageProcessorKwargs

    def resize(self, image):
        return transforms.resize(image)
"""
PIL_IMAGES = """
import numpy as np
import torch

from ...utils import logging
from .image_processing_oak import OakImageProcessorKwargs


class OakImageProcessorPil:
    kind = OakImageProcessorKwargs

    def resize(self, image):
        return np.asarray(image), torch.ones(1)
"""


def write_package(root: Path) -> None:
    """Write it into the directory `root`."""
    files = {
        "__init__.py": '__version__ = "5.24.0"\n',
        "models/auto/auto_mappings.py": 'CONFIG_MAPPING_NAMES = dict([("oak", "OakConfig"), ("elm", "ElmConfig")])\n',
        "models/auto/configuration_auto.py": 'CONFIG_MAPPING_NAMES.update({"gpt-fir": "GPTFirConfig"})\n',
        "models/oak/configuration_oak.py": CONFIGURATION,
        "models/oak/modeling_oak.py": MODELING,
        "models/oak/image_processing_oak.py": IMAGES,
        "models/oak/image_processing_pil_oak.py": PIL_IMAGES,
        "models/elm/modeling_elm.py": ELM,
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
