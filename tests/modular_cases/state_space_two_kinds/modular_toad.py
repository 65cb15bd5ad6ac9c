# Blocks of one state-space model, outputs of a second.
from dataclasses import dataclass

import torch

from ..mamba.modeling_mamba import MambaCausalLMOutput, MambaOutput
from ..mamba2.modeling_mamba2 import Mamba2Block, Mamba2ForCausalLM, Mamba2Model


class ToadOutput(MambaOutput):
    pass


@dataclass
class ToadCausalLMOutput(MambaCausalLMOutput):
    r"""
    croak (`torch.FloatTensor`, *optional*):
        How loud it was.
    """

    croak: torch.FloatTensor | None = None
    hidden_states: tuple[torch.FloatTensor, ...] | None = None


class ToadBlock(Mamba2Block):
    def __init__(self, config, layer_idx):
        super().__init__(config, layer_idx)
        self.residual_in_fp32 = False


class ToadModel(Mamba2Model):
    pass


class ToadForCausalLM(Mamba2ForCausalLM):
    pass
