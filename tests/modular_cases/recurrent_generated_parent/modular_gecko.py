# The parent is itself made from a modular file, and has gated delta layers.
from ..qwen3_next.configuration_qwen3_next import Qwen3NextConfig
from ..qwen3_next.modeling_qwen3_next import (
    Qwen3NextForCausalLM,
    Qwen3NextGatedDeltaNet,
    Qwen3NextModel,
    Qwen3NextPreTrainedModel,
)


class GeckoConfig(Qwen3NextConfig):
    model_type = "gecko"


class GeckoGatedDeltaNet(Qwen3NextGatedDeltaNet):
    def __init__(self, config: GeckoConfig, layer_idx: int):
        super().__init__(config, layer_idx)
        self.sticky = True


class GeckoPreTrainedModel(Qwen3NextPreTrainedModel):
    _is_stateful = False


class GeckoModel(Qwen3NextModel):
    pass


class GeckoForCausalLM(Qwen3NextForCausalLM):
    pass
