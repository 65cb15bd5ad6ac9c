# The result of the parent's method is used, so the call stays a call.
import torch

from ..glm4.modeling_glm4 import Glm4DecoderLayer, Glm4ForCausalLM, Glm4Model


class JuniperDecoderLayer(Glm4DecoderLayer):
    def forward(self, hidden_states: torch.Tensor, **kwargs) -> torch.Tensor:
        before = hidden_states
        hidden_states = super().forward(hidden_states, **kwargs)
        return before + 0.5 * hidden_states


class JuniperModel(Glm4Model):
    pass


class JuniperForCausalLM(Glm4ForCausalLM):
    def forward(self, input_ids=None, labels=None, **kwargs):
        outputs = super().forward(input_ids=input_ids, labels=labels, **kwargs)
        outputs.logits = outputs.logits.float()
        return outputs
