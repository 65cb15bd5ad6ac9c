# Time series with a positional encoding of ours.
import torch
from torch import nn

from ..patchtst.modeling_patchtst import (
    PatchTSTEncoder,
    PatchTSTForPrediction,
    PatchTSTModel,
    PatchTSTPositionalEncoding,
    PatchTSTPreTrainedModel,
)


class TidepoolPositionalEncoding(PatchTSTPositionalEncoding):
    @staticmethod
    def _init_pe(config, num_patches: int) -> nn.Parameter:
        waves = torch.linspace(0, 1, num_patches)[:, None].repeat(1, config.d_model)
        return nn.Parameter(waves, requires_grad=False)


class TidepoolPreTrainedModel(PatchTSTPreTrainedModel):
    pass


class TidepoolEncoder(PatchTSTEncoder):
    pass


class TidepoolModel(PatchTSTModel):
    pass


class TidepoolForPrediction(PatchTSTForPrediction):
    pass
