# Vision and language: a configuration with sub-configurations, a projector with a third layer.
from torch import nn

from ..llava.configuration_llava import LlavaConfig
from ..llava.modeling_llava import (
    LlavaForConditionalGeneration,
    LlavaModel,
    LlavaMultiModalProjector,
    LlavaPreTrainedModel,
)


class PuffinConfig(LlavaConfig):
    model_type = "puffin"
    fish_per_dive: int = 10


class PuffinMultiModalProjector(LlavaMultiModalProjector):
    def __init__(self, config: PuffinConfig):
        super().__init__(config)
        self.linear_3 = nn.Linear(config.text_config.hidden_size, config.text_config.hidden_size)

    def forward(self, image_features):
        return self.linear_3(super().forward(image_features))


class PuffinPreTrainedModel(LlavaPreTrainedModel):
    pass


class PuffinModel(LlavaModel):
    pass


class PuffinForConditionalGeneration(LlavaForConditionalGeneration):
    pass


__all__ = ["PuffinConfig", "PuffinForConditionalGeneration", "PuffinModel", "PuffinPreTrainedModel"]
