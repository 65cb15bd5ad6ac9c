# The parent has no such attribute.
from ..llama.configuration_llama import LlamaConfig


class BadRemovalConfig(LlamaConfig):
    model_type = "bad_removal"
    hump_size = AttributeError()
