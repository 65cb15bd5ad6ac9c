# Routing of one family, experts of a second, attention of a third.
import torch

from ..deepseek_v3.modeling_deepseek_v3 import DeepseekV3MoE, DeepseekV3TopkRouter
from ..glm4_moe.configuration_glm4_moe import Glm4MoeConfig
from ..glm4_moe.modeling_glm4_moe import Glm4MoeAttention, Glm4MoeForCausalLM, Glm4MoePreTrainedModel


class OtterConfig(Glm4MoeConfig):
    model_type = "otter"
    first_k_dense_replace = AttributeError()
    attribute_map = {"num_local_experts": "n_routed_experts"}


class OtterTopkRouter(DeepseekV3TopkRouter):
    pass


class OtterMoE(DeepseekV3MoE):
    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        kept = hidden_states
        hidden_states = self.shared_experts(hidden_states)
        return kept + hidden_states


class OtterAttention(Glm4MoeAttention):
    pass


class OtterPreTrainedModel(Glm4MoePreTrainedModel):
    @torch.no_grad()
    def _init_weights(self, module):
        super()._init_weights(module)
        if isinstance(module, OtterTopkRouter):
            module.weight.normal_(0.0, self.config.initializer_range)


class OtterForCausalLM(Glm4MoeForCausalLM):
    pass
