# Both towers of an acronym's model, layer by layer.
from ..clip.configuration_clip import CLIPConfig, CLIPTextConfig, CLIPVisionConfig
from ..clip.modeling_clip import (
    CLIPMLP,
    CLIPAttention,
    CLIPEncoder,
    CLIPEncoderLayer,
    CLIPPreTrainedModel,
    CLIPVisionEmbeddings,
    CLIPVisionModel,
)


class EgretTextConfig(CLIPTextConfig):
    model_type = "egret_text"


class EgretVisionConfig(CLIPVisionConfig):
    model_type = "egret_vision"


class EgretConfig(CLIPConfig):
    model_type = "egret"


class EgretVisionAttention(CLIPAttention):
    pass


class EgretVisionMLP(CLIPMLP):
    pass


class EgretVisionEmbeddings(CLIPVisionEmbeddings):
    pass


class EgretVisionEncoderLayer(CLIPEncoderLayer):
    def __init__(self, config: EgretVisionConfig):
        super().__init__(config)
        self.self_attn = EgretVisionAttention(config)
        self.mlp = EgretVisionMLP(config)


class EgretVisionEncoder(CLIPEncoder):
    pass


class EgretVisionPreTrainedModel(CLIPPreTrainedModel):
    base_model_prefix = "egret_vision"
    _can_record_outputs = {"hidden_states": EgretVisionEncoderLayer, "attentions": EgretVisionAttention}

    def _init_weights(self, module):
        if isinstance(module, EgretVisionEmbeddings):
            module.class_embedding.data.normal_()


class EgretVisionModel(CLIPVisionModel, EgretVisionPreTrainedModel):
    _no_split_modules = ["EgretVisionEncoderLayer"]

    def __init__(self, config: EgretVisionConfig):
        super().__init__(config)
        self.encoder = EgretVisionEncoder(config)


__all__ = ["EgretConfig", "EgretTextConfig", "EgretVisionConfig", "EgretVisionModel"]
