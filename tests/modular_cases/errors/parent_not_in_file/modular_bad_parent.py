# The parent's file has no such class.
from ..llama.modeling_llama import LlamaHump, LlamaMLP  # noqa: F401


class BadParentHump(LlamaHump):
    pass
