# Docstrings of classes and methods, ours and the parent's.
from ..llama.modeling_llama import LlamaAttention, LlamaModel, LlamaRMSNorm


class LinnetRMSNorm(LlamaRMSNorm):
    """
    Root mean square, as in LLaMA and llama and LLAMA; LlamaRMSNorm is what it was.
    """

    def __init__(self, hidden_size, eps=1e-5):
        """LinnetRMSNorm without an offset."""
        super().__init__(hidden_size, eps)


class LinnetAttention(LlamaAttention):
    """One voice for each head."""

    def __init__(self, config, layer_idx):
        r"""Builds the voices of one layer."""
        super().__init__(config, layer_idx)


class LinnetModel(LlamaModel):
    def forward(self, **super_kwargs):
        '''Single quotes, and our own words.'''
        return super().forward(**super_kwargs)
