# The second of two: over the first, whose name its own begins with.
import torch

from ..heath.configuration_heath import HeathConfig
from ..heath.modeling_heath import HeathAttention, HeathForCausalLM, HeathModel, apply_rotary_pos_emb
from ..mistral.modeling_mistral import MistralMLP


class HeathMoorConfig(HeathConfig):
    model_type = "heath_moor"
    turf = AttributeError()
    peat: float = 0.5


class HeathMoorMLP(MistralMLP):
    pass


class HeathMoorAttention(HeathAttention):
    def __init__(self, config: HeathMoorConfig, layer_idx: int):
        super().__init__(config, layer_idx)
        del self.turf

    def turned(self, states: torch.Tensor, cos, sin):
        return apply_rotary_pos_emb(states, states, cos, sin)[0]


class HeathMoorModel(HeathModel):
    pass


class HeathMoorForCausalLM(HeathForCausalLM):
    pass


__all__ = ["HeathMoorConfig", "HeathMoorForCausalLM", "HeathMoorModel"]
