# The prefix cannot be told from the model type.
from ..gpt_neox.configuration_gpt_neox import GPTNeoXConfig
from ..gpt_neox.modeling_gpt_neox import (
    GPTNeoXAttention,
    GPTNeoXForCausalLM,
    GPTNeoXModel,
    GPTNeoXPreTrainedModel,
)


class GPTNeoX2Config(GPTNeoXConfig):
    model_type = "gpt_neox2"


class GPTNeoX2Attention(GPTNeoXAttention):
    def __init__(self, config: GPTNeoX2Config, layer_idx=None):
        super().__init__(config, layer_idx)
        self.second = "gpt_neox2"


class GPTNeoX2PreTrainedModel(GPTNeoXPreTrainedModel):
    base_model_prefix = "gpt_neox2"


class GPTNeoX2Model(GPTNeoXModel):
    pass


class GPTNeoX2ForCausalLM(GPTNeoXForCausalLM):
    pass


__all__ = ["GPTNeoX2Config", "GPTNeoX2ForCausalLM", "GPTNeoX2Model", "GPTNeoX2PreTrainedModel"]
