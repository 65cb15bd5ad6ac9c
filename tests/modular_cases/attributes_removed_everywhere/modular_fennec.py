# Class attributes taken out of a configuration and of models.
from ..qwen2.configuration_qwen2 import Qwen2Config
from ..qwen2.modeling_qwen2 import Qwen2ForCausalLM, Qwen2PreTrainedModel


class FennecConfig(Qwen2Config):
    model_type = "fennec"
    base_model_pp_plan = AttributeError()
    use_sliding_window = AttributeError()
    sliding_window = AttributeError("no windows here")
    max_window_layers = AttributeError()
    burrow_size: int | None = None


class FennecPreTrainedModel(Qwen2PreTrainedModel):
    _supports_flex_attn = AttributeError()
    _no_split_modules = ["FennecDecoderLayer", "FennecBurrow"]


class FennecForCausalLM(Qwen2ForCausalLM):
    _pp_plan = AttributeError()
    _tied_weights_keys = {"lm_head.weight": "model.embed_tokens.weight", "burrow.weight": "model.burrow.weight"}
