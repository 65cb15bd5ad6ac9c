# The signature of a method that the parent does not have.
from ..llama.modeling_llama import LlamaForCausalLM


class BadSuperKwargsForCausalLM(LlamaForCausalLM):
    def backward(self, **super_kwargs):
        return super().backward(**super_kwargs)
