# Two parents that are models.
from ..llama.modeling_llama import LlamaMLP
from ..qwen2.modeling_qwen2 import Qwen2Attention


class BadTwoMLP(LlamaMLP, Qwen2Attention):
    pass
