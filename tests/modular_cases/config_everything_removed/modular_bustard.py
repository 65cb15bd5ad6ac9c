# Most of the parent's configuration is taken away.
from ..olmo.configuration_olmo import OlmoConfig


class BustardConfig(OlmoConfig):
    """Nothing but what a Bustard needs."""

    model_type = "bustard"
    clip_qkv = AttributeError()
    attention_bias = AttributeError()
    rope_parameters = AttributeError()
    tie_word_embeddings = True
    weight: float = 16.0

    def validate_architecture(self):
        raise AttributeError("Not needed here")

    def __post_init__(self, **kwargs):
        self.weight = min(self.weight, 20.0)
        super().__post_init__(**kwargs)


__all__ = ["BustardConfig"]
