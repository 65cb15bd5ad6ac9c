# The shortest name there is.
from ..mistral.configuration_mistral import MistralConfig
from ..mistral.modeling_mistral import MistralForCausalLM, MistralModel, MistralPreTrainedModel


class XConfig(MistralConfig):
    model_type = "x"


class XPreTrainedModel(MistralPreTrainedModel):
    pass


class XModel(MistralModel):
    pass


class XForCausalLM(MistralForCausalLM):
    pass


__all__ = ["XConfig", "XForCausalLM", "XModel", "XPreTrainedModel"]
