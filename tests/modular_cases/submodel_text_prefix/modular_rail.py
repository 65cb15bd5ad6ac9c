# A text model with a prefix of its own, from a parent that has one too.
from ..gemma3.configuration_gemma3 import Gemma3Config, Gemma3TextConfig
from ..gemma3.modeling_gemma3 import (
    Gemma3Attention,
    Gemma3DecoderLayer,
    Gemma3ForCausalLM,
    Gemma3MLP,
    Gemma3PreTrainedModel,
    Gemma3RMSNorm,
    Gemma3TextModel,
)


class RailTextConfig(Gemma3TextConfig):
    model_type = "rail_text"
    reeds: int = 6


class RailConfig(Gemma3Config):
    model_type = "rail"


class RailTextRMSNorm(Gemma3RMSNorm):
    pass


class RailTextMLP(Gemma3MLP):
    pass


class RailTextAttention(Gemma3Attention):
    pass


class RailTextDecoderLayer(Gemma3DecoderLayer):
    pass


class RailTextPreTrainedModel(Gemma3PreTrainedModel):
    config: RailTextConfig


class RailTextModel(Gemma3TextModel):
    pass


class RailForCausalLM(Gemma3ForCausalLM):
    pass


__all__ = ["RailConfig", "RailTextConfig", "RailTextModel", "RailForCausalLM"]
