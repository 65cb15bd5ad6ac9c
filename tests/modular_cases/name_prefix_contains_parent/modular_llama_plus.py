# Our prefix begins with the parent's.
from ..llama.configuration_llama import LlamaConfig
from ..llama.modeling_llama import LlamaAttention, LlamaForCausalLM, LlamaModel, LlamaPreTrainedModel


class LlamaPlusConfig(LlamaConfig):
    model_type = "llama_plus"


class LlamaPlusAttention(LlamaAttention):
    """A LlamaPlus is a Llama, and llama_plus a llama."""


class LlamaPlusPreTrainedModel(LlamaPreTrainedModel):
    pass


class LlamaPlusModel(LlamaModel):
    pass


class LlamaPlusForCausalLM(LlamaForCausalLM):
    pass


__all__ = ["LlamaPlusConfig", "LlamaPlusPreTrainedModel", "LlamaPlusModel", "LlamaPlusForCausalLM"]
