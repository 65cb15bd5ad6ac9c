# A vision encoder with register tokens.
import torch
from torch import nn

from ..vit.configuration_vit import ViTConfig
from ..vit.modeling_vit import ViTEmbeddings, ViTForImageClassification, ViTLayer, ViTModel, ViTPreTrainedModel


class MothConfig(ViTConfig):
    model_type = "moth"
    num_registers: int = 4


class MothEmbeddings(ViTEmbeddings):
    """
    Patches, a class token and registers.
    """

    def __init__(self, config: MothConfig, use_mask_token: bool = False):
        super().__init__(config, use_mask_token)
        self.registers = nn.Parameter(torch.zeros(1, config.num_registers, config.hidden_size))
        self.mask_token = None

    def forward(self, pixel_values: torch.Tensor, **kwargs) -> torch.Tensor:
        patches = self.patch_embeddings(pixel_values)
        rows = patches.shape[0]
        start = torch.cat([self.cls_token.expand(rows, -1, -1), self.registers.expand(rows, -1, -1)], dim=1)
        return self.dropout(torch.cat([start, patches], dim=1))


class MothLayer(ViTLayer):
    def __init__(self, config: MothConfig):
        super().__init__(config)
        self.layernorm_after = nn.RMSNorm(config.hidden_size)


class MothPreTrainedModel(ViTPreTrainedModel):
    @torch.no_grad()
    def _init_weights(self, module):
        super()._init_weights(module)
        if isinstance(module, MothEmbeddings):
            module.registers.zero_()


class MothModel(ViTModel):
    pass


class MothForImageClassification(ViTForImageClassification):
    pass


__all__ = ["MothConfig", "MothForImageClassification", "MothModel", "MothPreTrainedModel"]
