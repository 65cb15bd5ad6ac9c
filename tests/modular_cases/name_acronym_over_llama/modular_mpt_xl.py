# An acronym for a name, a parent with a common one.
from ..llama.configuration_llama import LlamaConfig
from ..llama.modeling_llama import LlamaForCausalLM, LlamaForSequenceClassification, LlamaModel


class MPTXLConfig(LlamaConfig):
    r"""
    ```python
    >>> from transformers import LlamaConfig, LlamaModel

    >>> LlamaModel(LlamaConfig())  # a llama, a Llama and a LLAMA
    ```"""

    model_type = "mpt_xl"


class MPTXLModel(LlamaModel):
    pass


class MPTXLForCausalLM(LlamaForCausalLM):
    pass


class MPTXLForSequenceClassification(LlamaForSequenceClassification):
    pass
