# A text model from one family, a vision tower from another, a configuration of our own.
from huggingface_hub.dataclasses import strict
from torch import nn

from ...configuration_utils import PreTrainedConfig
from ...utils import auto_docstring
from ..auto import CONFIG_MAPPING, AutoConfig, AutoModel
from ..llama.configuration_llama import LlamaConfig
from ..llama.modeling_llama import LlamaModel, LlamaPreTrainedModel
from ..vit.configuration_vit import ViTConfig
from ..vit.modeling_vit import ViTModel, ViTPreTrainedModel


@auto_docstring(checkpoint="example-org/bittern")
@strict
class BitternTextConfig(LlamaConfig):
    model_type = "bittern_text"
    base_config_key = "text_config"


@auto_docstring(checkpoint="example-org/bittern")
@strict
class BitternVisionConfig(ViTConfig):
    model_type = "bittern_vision"


@auto_docstring(checkpoint="example-org/bittern")
@strict
class BitternConfig(PreTrainedConfig):
    model_type = "bittern"
    sub_configs = {"text_config": BitternTextConfig, "vision_config": AutoConfig}

    text_config: BitternTextConfig | dict | None = None
    vision_config: dict | PreTrainedConfig | None = None
    boom: float = 0.1

    def __post_init__(self, **kwargs):
        if self.text_config is None:
            self.text_config = BitternTextConfig()
        if isinstance(self.vision_config, dict):
            self.vision_config = CONFIG_MAPPING[self.vision_config.get("model_type", "bittern_vision")](
                **self.vision_config
            )
        super().__post_init__(**kwargs)


class BitternTextPreTrainedModel(LlamaPreTrainedModel):
    config: BitternTextConfig


class BitternTextModel(LlamaModel):
    config: BitternTextConfig


class BitternVisionPreTrainedModel(ViTPreTrainedModel):
    config: BitternVisionConfig


class BitternVisionModel(ViTModel):
    pass


class BitternModel(nn.Module):
    """Both, side by side."""

    def __init__(self, config: BitternConfig):
        super().__init__()
        self.text = BitternTextModel(config.text_config)
        self.vision = AutoModel.from_config(config.vision_config)


__all__ = ["BitternConfig", "BitternTextConfig", "BitternVisionConfig", "BitternTextModel", "BitternVisionModel"]
