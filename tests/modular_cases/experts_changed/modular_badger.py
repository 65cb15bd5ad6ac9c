# A mixture of experts whose router is ours.
import torch
from torch import nn

from ..mixtral.modeling_mixtral import MixtralExperts, MixtralForCausalLM, MixtralSparseMoeBlock
from ..qwen3_moe.modeling_qwen3_moe import Qwen3MoeTopKRouter


class BadgerExperts(MixtralExperts):
    pass


class BadgerTopKRouter(Qwen3MoeTopKRouter):
    def __init__(self, config):
        super().__init__(config)
        self.bias = nn.Parameter(torch.zeros(config.num_experts))


class BadgerSparseMoeBlock(MixtralSparseMoeBlock):
    def __init__(self, config):
        super().__init__(config)
        self.shared = nn.Linear(config.hidden_size, config.hidden_size)

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        return self.shared(hidden_states) + super().forward(hidden_states)


class BadgerForCausalLM(MixtralForCausalLM):
    pass


__all__ = ["BadgerForCausalLM"]
