# The first of two: its prefix cannot be told from its model type.
from ..qwen3.configuration_qwen3 import Qwen3Config
from ..qwen3.modeling_qwen3 import Qwen3ForCausalLM, Qwen3Model


class BROOK2xConfig(Qwen3Config):
    model_type = "brook2x"


class BROOK2xModel(Qwen3Model):
    """BROOK2x is a Brook."""


class BROOK2xForCausalLM(Qwen3ForCausalLM):
    pass


__all__ = ["BROOK2xConfig", "BROOK2xForCausalLM", "BROOK2xModel"]
