"""One projection that holds queries, keys and values head by head, as GPT-NeoX, Falcon and Megatron keep them."""

import torch

from transformers.core_model_loading import ConversionOps


class SplitHeads(ConversionOps):
    """Split rows that hold, for one key-value head after the other, its query heads, its key and its value.

    Weight `(kv_heads * (heads / kv_heads + 2) * head_dim, ...)` -> queries `(heads * head_dim, ...)`, keys and values
    `(kv_heads * head_dim, ...)`. Raises RuntimeError if the rows do not divide so.
    """

    @torch.no_grad
    def convert(self, input_dict, source_patterns, target_patterns, config, **kwargs):
        (fused,) = input_dict.values()
        fused = fused[0] if isinstance(fused, list) else fused
        heads = config.num_attention_heads
        kv_heads = getattr(config, "num_key_value_heads", heads)
        by_head = fused.unflatten(0, (kv_heads, heads // kv_heads + 2, -1))
        parts = by_head.split([heads // kv_heads, 1, 1], dim=1)
        return {name: part.flatten(0, 2).contiguous() for name, part in zip(target_patterns, parts)}

    @property
    def reverse_op(self):
        return JoinHeads()


class JoinHeads(ConversionOps):
    """Put queries, keys and values back together head by head: the reverse of `SplitHeads`."""

    @torch.no_grad
    def convert(self, input_dict, source_patterns, target_patterns, config, **kwargs):
        parts = [input_dict[pattern] for pattern in source_patterns]
        parts = [part[0] if isinstance(part, list) else part for part in parts]
        heads = config.num_attention_heads
        kv_heads = getattr(config, "num_key_value_heads", heads)
        head_dim = parts[0].shape[0] // heads
        by_head = torch.cat([part.unflatten(0, (kv_heads, -1, head_dim)) for part in parts], dim=1)
        return {target_patterns[0]: by_head.flatten(0, 2)}

    @property
    def reverse_op(self):
        return SplitHeads()
