# The base's method, called by its name, so that the parent's is left out.
import torch
from torch import nn

from ... import initialization as init
from ...modeling_utils import PreTrainedModel
from ..gemma.modeling_gemma import GemmaForCausalLM, GemmaModel, GemmaPreTrainedModel, GemmaRMSNorm


class PartridgeRMSNorm(GemmaRMSNorm):
    pass


class PartridgePreTrainedModel(GemmaPreTrainedModel):
    def _init_weights(self, module):
        PreTrainedModel._init_weights(self, module)
        if isinstance(module, PartridgeRMSNorm):
            init.ones_(module.weight)


class PartridgeModel(GemmaModel):
    def __init__(self, config):
        super().__init__(config)
        self.feathers = nn.ParameterList([nn.Parameter(torch.zeros(2))])
        self.post_init()


class PartridgeForCausalLM(GemmaForCausalLM):
    pass
