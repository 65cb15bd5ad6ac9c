# The first of two: over Llama.
from ..llama.configuration_llama import LlamaConfig
from ..llama.modeling_llama import LlamaAttention, LlamaForCausalLM, LlamaModel, LlamaPreTrainedModel


class HeathConfig(LlamaConfig):
    model_type = "heath"
    turf: int = 3


class HeathAttention(LlamaAttention):
    def __init__(self, config: HeathConfig, layer_idx: int):
        super().__init__(config, layer_idx)
        self.turf = config.turf


class HeathPreTrainedModel(LlamaPreTrainedModel):
    pass


class HeathModel(LlamaModel):
    pass


class HeathForCausalLM(LlamaForCausalLM):
    pass


__all__ = ["HeathConfig", "HeathForCausalLM", "HeathModel", "HeathPreTrainedModel"]
