# Our name is the beginning of the parent's.
from ..gemma.configuration_gemma import GemmaConfig
from ..gemma.modeling_gemma import GemmaForCausalLM, GemmaModel


class GemConfig(GemmaConfig):
    model_type = "gem"


class GemModel(GemmaModel):
    pass


class GemForCausalLM(GemmaForCausalLM):
    pass


__all__ = ["GemConfig", "GemForCausalLM", "GemModel"]
