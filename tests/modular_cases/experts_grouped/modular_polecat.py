# Granite's experts, a class of our own in between.
from torch import nn

from ..granitemoe.modeling_granitemoe import (
    GraniteMoeDecoderLayer,
    GraniteMoeForCausalLM,
    GraniteMoeModel,
    GraniteMoeMoE,
    GraniteMoePreTrainedModel,
)


class Mask(nn.Module):
    """The dark fur around the eyes."""

    def forward(self, x):
        return x


class PolecatMoE(GraniteMoeMoE):
    def __init__(self, config):
        super().__init__(config)
        self.mask = Mask()


class PolecatDecoderLayer(GraniteMoeDecoderLayer):
    def __init__(self, config, layer_idx):
        super().__init__(config, layer_idx)
        self.block_sparse_moe = PolecatMoE(config)


class PolecatPreTrainedModel(GraniteMoePreTrainedModel):
    _no_split_modules = ["PolecatDecoderLayer", "Mask"]


class PolecatModel(GraniteMoeModel):
    pass


class PolecatForCausalLM(GraniteMoeForCausalLM):
    pass
