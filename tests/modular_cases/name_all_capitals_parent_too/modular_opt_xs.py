# Capitals over capitals.
from ..opt.configuration_opt import OPTConfig
from ..opt.modeling_opt import OPTDecoder, OPTForCausalLM, OPTModel


class OPTXSConfig(OPTConfig):
    model_type = "opt_xs"


class OPTXSDecoder(OPTDecoder):
    """OPTXS is smaller than OPT, and opt_xs than opt."""


class OPTXSModel(OPTModel):
    pass


class OPTXSForCausalLM(OPTForCausalLM):
    pass
