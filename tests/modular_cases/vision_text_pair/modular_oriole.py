# Two towers and everything that belongs to them.
from ..siglip.configuration_siglip import SiglipConfig, SiglipTextConfig, SiglipVisionConfig
from ..siglip.modeling_siglip import (
    SiglipForImageClassification,
    SiglipModel,
    SiglipOutput,
    SiglipPreTrainedModel,
    SiglipTextModel,
    SiglipVisionModel,
)
from ..siglip.processing_siglip import SiglipProcessor


class OrioleTextConfig(SiglipTextConfig):
    model_type = "oriole_text"


class OrioleVisionConfig(SiglipVisionConfig):
    model_type = "oriole_vision"


class OrioleConfig(SiglipConfig):
    model_type = "oriole"


class OrioleOutput(SiglipOutput):
    pass


class OriolePreTrainedModel(SiglipPreTrainedModel):
    pass


class OrioleTextModel(SiglipTextModel):
    pass


class OrioleVisionModel(SiglipVisionModel):
    pass


class OrioleModel(SiglipModel):
    def get_image_features(self, **super_kwargs):
        r"""
        Example:

        ```python
        >>> from transformers import OrioleModel  # siglip's words are kept elsewhere
        ```"""
        return super().get_image_features(**super_kwargs)


class OrioleForImageClassification(SiglipForImageClassification):
    pass


class OrioleProcessor(SiglipProcessor):
    pass
