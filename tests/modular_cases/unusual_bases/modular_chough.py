# Bases of the library with keywords, generic ones, none.
from abc import ABC, abstractmethod
from enum import Enum
from typing import Generic, TypeVar

import torch
from torch import nn

from ...modeling_utils import PreTrainedModel
from ...processing_utils import ImagesKwargs
from ...utils.generic import ExplicitEnum
from ..whisper.modeling_whisper import WhisperAttention


Q = TypeVar("Q")


class ChoughKind(ExplicitEnum):
    RED = "red"
    ALPINE = "alpine"


class ChoughColor(Enum):
    BLACK = 1


class ChoughBase(ABC):
    @abstractmethod
    def call(self): ...


class ChoughHolder(Generic[Q]):
    def __init__(self, held: Q): self.held = held


class ChoughImagesKwargs(ImagesKwargs, total=False):
    cliff: bool | None


class ChoughAttention(WhisperAttention):
    kind: ChoughKind = ChoughKind.RED
    color = ChoughColor.BLACK


class ChoughModule(nn.Module, ChoughBase):
    def __init__(self):
        super().__init__()
        self.holder = ChoughHolder[int](3)

    def call(self):
        return torch.zeros(self.holder.held)


class ChoughPreTrainedModel(PreTrainedModel):
    base_model_prefix = "chough"
