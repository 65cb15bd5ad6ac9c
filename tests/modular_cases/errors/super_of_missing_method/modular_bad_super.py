# The parent has no such method.
from ..llama.modeling_llama import LlamaMLP


class BadSuperMLP(LlamaMLP):
    def carry(self, load):
        return super().carry(load)
