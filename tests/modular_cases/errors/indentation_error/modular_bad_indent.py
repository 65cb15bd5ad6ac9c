# The body is missing.
from ..llama.modeling_llama import LlamaMLP


class BadIndentMLP(LlamaMLP):
    def forward(self, x):
    return x
