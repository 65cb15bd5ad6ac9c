# Letters and digits in turns.
from ..smollm3.configuration_smollm3 import SmolLM3Config
from ..smollm3.modeling_smollm3 import SmolLM3ForCausalLM, SmolLM3Model


class A1B2Config(SmolLM3Config):
    model_type = "a1_b2"


class A1B2Model(SmolLM3Model):
    pass


class A1B2ForCausalLM(SmolLM3ForCausalLM):
    pass
