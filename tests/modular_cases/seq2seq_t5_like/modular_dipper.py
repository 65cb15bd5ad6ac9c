# A T5-like model with a simple feed-forward, its configuration checked before the parent's own checks.
from torch import nn

from ..t5.configuration_t5 import T5Config
from ..t5.modeling_t5 import (
    T5EncoderModel,
    T5ForConditionalGeneration,
    T5ForQuestionAnswering,
    T5ForTokenClassification,
    T5LayerFF,
    T5Model,
)


class DipperConfig(T5Config):
    model_type = "dipper"
    depth_of_dive: int = 2

    def __post_init__(self, **kwargs):
        self.depth_of_dive = max(self.depth_of_dive, 1)
        # then what the parent does
        super().__post_init__(**kwargs)


class DipperLayerFF(T5LayerFF):
    def __init__(self, config: DipperConfig):
        super().__init__(config)
        self.dives = nn.ModuleList([nn.Linear(config.d_model, config.d_model) for _ in range(config.depth_of_dive)])

    def forward(self, hidden_states):
        for dive in self.dives:
            hidden_states = dive(hidden_states)
        return hidden_states


class DipperModel(T5Model):
    pass


class DipperForConditionalGeneration(T5ForConditionalGeneration):
    pass


class DipperEncoderModel(T5EncoderModel):
    pass


class DipperForTokenClassification(T5ForTokenClassification):
    pass


class DipperForQuestionAnswering(T5ForQuestionAnswering):
    pass


__all__ = ["DipperConfig", "DipperModel", "DipperForConditionalGeneration", "DipperEncoderModel"]
