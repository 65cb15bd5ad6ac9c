# Absolute imports, imports with other names, imports of modules.
import math as mathematics
import torch.nn.functional as F
from collections import OrderedDict as Ordered

import torch.nn as nn

from transformers.activations import ACT2FN
from transformers.models.llama.modeling_llama import LlamaForCausalLM, LlamaMLP

from ... import initialization as init
from ...models.qwen2.modeling_qwen2 import Qwen2Attention
from ...utils import logging as log


logger = log.get_logger(__name__)


class LapwingMLP(LlamaMLP):
    def __init__(self, config):
        super().__init__(config)
        self.act_fn = ACT2FN["gelu"]
        self.parts = nn.ModuleDict(Ordered(first=nn.Identity()))
        init.zeros_(self.up_proj.weight)

    def forward(self, x):
        return F.relu(self.parts["first"](x)) * mathematics.pi


class LapwingAttention(Qwen2Attention):
    pass


class LapwingForCausalLM(LlamaForCausalLM):
    pass
