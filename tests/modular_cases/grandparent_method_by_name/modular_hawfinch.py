# The method of the base that the parent does not write itself.
from ...configuration_utils import PreTrainedConfig
from ...modeling_layers import GradientCheckpointingLayer
from ..helium.configuration_helium import HeliumConfig
from ..helium.modeling_helium import HeliumDecoderLayer, HeliumForCausalLM


class HawfinchConfig(HeliumConfig):
    model_type = "hawfinch"
    cherry_stones: int = 2

    def __post_init__(self, **kwargs):
        self.cherry_stones = abs(self.cherry_stones)
        PreTrainedConfig.__post_init__(self, **kwargs)


class HawfinchDecoderLayer(HeliumDecoderLayer):
    def __call__(self, *args, **kwargs):
        return GradientCheckpointingLayer.__call__(self, *args, **kwargs)


class HawfinchForCausalLM(HeliumForCausalLM):
    pass


__all__ = ["HawfinchConfig", "HawfinchForCausalLM"]
