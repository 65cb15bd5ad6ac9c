# The constructor is written anew and calls the base of all modules.
import torch
from torch import nn

from ..gemma.modeling_gemma import GemmaModel, GemmaPreTrainedModel, GemmaRMSNorm
from ..phi3.modeling_phi3 import Phi3MLP


class HeronRMSNorm(GemmaRMSNorm):
    def __init__(self, dim: int, eps: float = 1e-6):
        nn.Module.__init__(self)
        self.eps = eps
        self.gain = nn.Parameter(torch.zeros(dim))

    def forward(self, x):
        return self._norm(x.float()).type_as(x) * (1.0 + self.gain)


class HeronMLP(Phi3MLP):
    pass


class HeronPreTrainedModel(GemmaPreTrainedModel):
    pass


class HeronModel(GemmaModel):
    def __init__(self, config):
        HeronPreTrainedModel.__init__(self, config)
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList()
        self.norm = HeronRMSNorm(config.hidden_size)
        self.post_init()
