# The same helper name with another body: the parent's classes have to use ours.
import torch

from ..llama.modeling_llama import LlamaForCausalLM


def rotate_half(x):
    """Swaps neighbours instead of halves."""
    left, right = x[..., ::2], x[..., 1::2]
    return torch.stack((-right, left), dim=-1).flatten(-2)


class SiskinForCausalLM(LlamaForCausalLM):
    pass


__all__ = ["SiskinForCausalLM"]
