# The bracket stays open.
from ..llama.modeling_llama import LlamaMLP


class BadSyntaxMLP(LlamaMLP):
    pass


__all__ = ["BadSyntaxMLP"
