# The configuration is of our own, the model is another's.
from huggingface_hub.dataclasses import strict

from ...configuration_utils import PreTrainedConfig, layer_type_validation
from ...utils import auto_docstring
from ..llama.modeling_llama import LlamaForCausalLM, LlamaModel


@auto_docstring(checkpoint="example-org/dove")
@strict
class DoveConfig(PreTrainedConfig):
    model_type = "dove"
    keys_to_ignore_at_inference = ["past_key_values"]

    vocab_size: int = 300
    hidden_size: int = 32
    layer_types: list[str] | None = None

    def __post_init__(self, **kwargs):
        if self.layer_types is None:
            self.layer_types = ["full_attention"] * 2
        layer_type_validation(self.layer_types)
        super().__post_init__(**kwargs)


class DoveModel(LlamaModel):
    pass


class DoveForCausalLM(LlamaForCausalLM):
    pass


__all__ = ["DoveConfig", "DoveModel", "DoveForCausalLM"]
