# Digits between underscores, over a parent with which it shares most.
from ..qwen3_next.configuration_qwen3_next import Qwen3NextConfig
from ..qwen3_next.modeling_qwen3_next import (
    Qwen3NextForCausalLM,
    Qwen3NextModel,
    Qwen3NextPreTrainedModel,
    Qwen3NextRMSNorm,
)


class Qwen3_6NextConfig(Qwen3NextConfig):
    model_type = "qwen3_6_next"


class Qwen3_6NextRMSNorm(Qwen3NextRMSNorm):
    pass


class Qwen3_6NextPreTrainedModel(Qwen3NextPreTrainedModel):
    pass


class Qwen3_6NextModel(Qwen3NextModel):
    pass


class Qwen3_6NextForCausalLM(Qwen3NextForCausalLM):
    pass


__all__ = ["Qwen3_6NextConfig", "Qwen3_6NextModel", "Qwen3_6NextForCausalLM", "Qwen3_6NextPreTrainedModel"]
