# A name that occurs in every file.
from ..olmo2.configuration_olmo2 import Olmo2Config
from ..olmo2.modeling_olmo2 import Olmo2ForCausalLM, Olmo2Model


class ModelConfig(Olmo2Config):
    model_type = "model"


class ModelModel(Olmo2Model):
    pass


class ModelForCausalLM(Olmo2ForCausalLM):
    pass
