# The first of two: a vision encoder.
from ..vit.configuration_vit import ViTConfig
from ..vit.modeling_vit import ViTLayer, ViTModel, ViTPreTrainedModel


class MarshConfig(ViTConfig):
    model_type = "marsh"


class MarshLayer(ViTLayer):
    def __init__(self, config: MarshConfig):
        super().__init__(config)
        self.sedge = config.hidden_size


class MarshPreTrainedModel(ViTPreTrainedModel):
    pass


class MarshModel(ViTModel):
    pass


__all__ = ["MarshConfig", "MarshModel", "MarshPreTrainedModel"]
