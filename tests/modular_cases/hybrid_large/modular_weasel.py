# A hybrid with experts and state-space layers.
from ..granitemoehybrid.configuration_granitemoehybrid import GraniteMoeHybridConfig
from ..granitemoehybrid.modeling_granitemoehybrid import (
    GraniteMoeHybridForCausalLM,
    GraniteMoeHybridMambaLayer,
    GraniteMoeHybridModel,
    GraniteMoeHybridPreTrainedModel,
)


class WeaselConfig(GraniteMoeHybridConfig):
    model_type = "weasel"


class WeaselMambaLayer(GraniteMoeHybridMambaLayer):
    def __init__(self, config: WeaselConfig, layer_idx: int, initialize_mixer_weights: bool = True):
        super().__init__(config, layer_idx, initialize_mixer_weights)
        del self.layer_norm_epsilon
        self.narrow = True


class WeaselPreTrainedModel(GraniteMoeHybridPreTrainedModel):
    pass


class WeaselModel(GraniteMoeHybridModel):
    pass


class WeaselForCausalLM(GraniteMoeHybridForCausalLM):
    pass
