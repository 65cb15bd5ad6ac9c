# The base is an expression.
from ..llama.modeling_llama import LlamaMLP


def chosen():
    return LlamaMLP


class BadBaseMLP(chosen()):
    pass
