# A configuration is imported from the modeling file.
from ..llama.modeling_llama import LlamaConfig


class BadConfigConfig(LlamaConfig):
    model_type = "bad_config"
