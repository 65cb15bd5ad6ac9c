# A codec: static methods, and a quantizer with one more codebook.
import torch

from ..encodec.modeling_encodec import (
    EncodecConv1d,
    EncodecModel,
    EncodecOutput,
    EncodecResidualVectorQuantizer,
)


class CuckooOutput(EncodecOutput):
    pass


class CuckooConv1d(EncodecConv1d):
    @staticmethod
    def _pad1d(hidden_states: torch.Tensor, paddings: tuple[int, int], mode: str = "zero", value: float = 0.0):
        return torch.nn.functional.pad(hidden_states, paddings, "constant", value)


class CuckooResidualVectorQuantizer(EncodecResidualVectorQuantizer):
    def __init__(self, config):
        super().__init__(config)
        self.num_quantizers = config.num_quantizers + 1


class CuckooModel(EncodecModel):
    pass
