# The second of two: takes the encoder under a prefix of its own, and a decoder of the library.
from ..marsh.configuration_marsh import MarshConfig
from ..marsh.modeling_marsh import MarshModel, MarshPreTrainedModel
from ..llama.configuration_llama import LlamaConfig
from ..llama.modeling_llama import LlamaForCausalLM


class CarrVisionConfig(MarshConfig):
    model_type = "carr_vision"


class CarrConfig(LlamaConfig):
    model_type = "carr"


class CarrVisionPreTrainedModel(MarshPreTrainedModel):
    pass


class CarrVisionModel(MarshModel):
    pass


class CarrForCausalLM(LlamaForCausalLM):
    pass


__all__ = ["CarrConfig", "CarrForCausalLM", "CarrVisionConfig", "CarrVisionModel"]
