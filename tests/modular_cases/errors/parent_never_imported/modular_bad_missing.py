# Nobody says where the parent is.
from ..llama.modeling_llama import LlamaMLP  # noqa: F401


class BadMissingAttention(LlamaAttention):  # noqa: F821
    pass
