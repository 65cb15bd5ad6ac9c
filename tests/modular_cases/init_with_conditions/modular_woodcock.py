# The parent's constructor is called under a condition, or by another way of writing.
import torch
from torch import nn

from ..beit.modeling_beit import BeitEmbeddings, BeitPreTrainedModel
from ..llama.modeling_llama import LlamaMLP, LlamaRMSNorm


class WoodcockRMSNorm(LlamaRMSNorm):
    def __init__(self, hidden_size, eps: float | None = None):
        if eps is None:
            super().__init__()
        else:
            super().__init__()
        self.variance_epsilon = eps or 1e-6
        self.weight = nn.Parameter(torch.ones(hidden_size))


class WoodcockMLP(LlamaMLP):
    def __init__(self, config):
        super(nn.Module, self).__init__()
        self.gate_proj = nn.Identity()


class WoodcockEmbeddings(BeitEmbeddings):
    def __init__(self, config):
        super().__init__(config)
        if config.use_mask_token:
            self.mask_token = nn.Parameter(torch.ones(1, 1, 1))
        for name in ("cls_token",):
            setattr(self, name, None)


class WoodcockPreTrainedModel(BeitPreTrainedModel):
    @torch.no_grad()
    def _init_weights(self, module):
        super()._init_weights(module)
        if isinstance(module, WoodcockEmbeddings):
            module.dropout.p = 0.0
