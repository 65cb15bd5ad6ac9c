# The list of public names stands first, is a tuple elsewhere, names what is not there.
from ..granite.configuration_granite import GraniteConfig
from ..granite.modeling_granite import GraniteForCausalLM, GraniteModel, GranitePreTrainedModel


__all__ = [
    "JayModel",  # the body
    'JayConfig',
    "JayForCausalLM",
    "JayPreTrainedModel",
]


class JayConfig(GraniteConfig):
    model_type = "jay"


class JayPreTrainedModel(GranitePreTrainedModel):
    pass


class JayModel(GraniteModel):
    pass


class JayForCausalLM(GraniteForCausalLM):
    pass
