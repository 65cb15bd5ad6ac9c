# Our name and the parent's end alike.
from ..granitemoe.modeling_granitemoe import GraniteMoeRMSNorm
from ..qwen3_moe.configuration_qwen3_moe import Qwen3MoeConfig
from ..qwen3_moe.modeling_qwen3_moe import (
    Qwen3MoeAttention,
    Qwen3MoeForCausalLM,
    Qwen3MoeModel,
    Qwen3MoePreTrainedModel,
)


class TinyMoeConfig(Qwen3MoeConfig):
    model_type = "tiny_moe"


class TinyMoeRMSNorm(GraniteMoeRMSNorm):
    pass


class TinyMoeAttention(Qwen3MoeAttention):
    pass


class TinyMoePreTrainedModel(Qwen3MoePreTrainedModel):
    pass


class TinyMoeModel(Qwen3MoeModel):
    pass


class TinyMoeForCausalLM(Qwen3MoeForCausalLM):
    pass
