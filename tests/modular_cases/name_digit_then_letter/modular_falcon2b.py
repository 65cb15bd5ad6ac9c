# A letter behind a digit: the derived prefix would have it capital.
from ..falcon.configuration_falcon import FalconConfig
from ..falcon.modeling_falcon import FalconForCausalLM, FalconModel


class Falcon2bConfig(FalconConfig):
    model_type = "falcon2b"


class Falcon2bModel(FalconModel):
    pass


class Falcon2bForCausalLM(FalconForCausalLM):
    pass
