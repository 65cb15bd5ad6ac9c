# Latent attention without the first of its projections.
from ..deepseek_v3.configuration_deepseek_v3 import DeepseekV3Config
from ..deepseek_v3.modeling_deepseek_v3 import (
    DeepseekV3Attention,
    DeepseekV3DecoderLayer,
    DeepseekV3ForCausalLM,
    DeepseekV3Model,
    DeepseekV3PreTrainedModel,
)


class StoatConfig(DeepseekV3Config):
    model_type = "stoat"
    n_group = AttributeError()
    topk_group = AttributeError()


class StoatAttention(DeepseekV3Attention):
    def __init__(self, config: StoatConfig, layer_idx: int):
        super().__init__(config, layer_idx)
        del self.attention_dropout


class StoatDecoderLayer(DeepseekV3DecoderLayer):
    pass


class StoatPreTrainedModel(DeepseekV3PreTrainedModel):
    _keep_in_fp32_modules_strict = ["e_score_correction_bias"]


class StoatModel(DeepseekV3Model):
    _keys_to_ignore_on_load_unexpected = [r"model\.layers\.61.*"]


class StoatForCausalLM(DeepseekV3ForCausalLM):
    pass
