# One digit more than the parent.
from ..qwen3.configuration_qwen3 import Qwen3Config
from ..qwen3.modeling_qwen3 import Qwen3ForCausalLM, Qwen3Model, Qwen3PreTrainedModel
from ..qwen2.modeling_qwen2 import Qwen2MLP


class Qwen4Config(Qwen3Config):
    model_type = "qwen4"


class Qwen4MLP(Qwen2MLP):
    pass


class Qwen4PreTrainedModel(Qwen3PreTrainedModel):
    pass


class Qwen4Model(Qwen3Model):
    pass


class Qwen4ForCausalLM(Qwen3ForCausalLM):
    pass
