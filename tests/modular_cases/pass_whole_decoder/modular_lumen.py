from huggingface_hub.dataclasses import strict

from ...utils import auto_docstring
from ..llama.configuration_llama import LlamaConfig
from ..llama.modeling_llama import LlamaForCausalLM, LlamaModel, LlamaPreTrainedModel


@auto_docstring(checkpoint="example-org/lumen-1b")
@strict
class LumenConfig(LlamaConfig):
    model_type = "lumen"
    lantern_width: int = 17


class LumenPreTrainedModel(LlamaPreTrainedModel):
    pass


class LumenModel(LlamaModel):
    pass


class LumenForCausalLM(LlamaForCausalLM):
    pass


__all__ = ["LumenConfig", "LumenPreTrainedModel", "LumenModel", "LumenForCausalLM"]
