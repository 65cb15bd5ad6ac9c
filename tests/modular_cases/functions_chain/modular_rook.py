# A chain of functions over two files, one of them decorated, one with a default that is a constant.
from functools import lru_cache

import torch

from ..deepseek_v3.modeling_deepseek_v3 import yarn_get_mscale
from ..mixtral.modeling_mixtral import MixtralForCausalLM, MixtralModel


ROOKERY = 7


@lru_cache(maxsize=ROOKERY)
def nest(size: int = ROOKERY) -> float:
    return float(size)


def load_balancing_loss_func(gate_logits, num_experts=None, top_k=2, attention_mask=None):
    """As many rooks in each nest."""
    if gate_logits is None:
        return 0
    return nest() * torch.cat([layer.mean(0) for layer in gate_logits]).std()


class RookModel(MixtralModel):
    def scale(self) -> float:
        return yarn_get_mscale(nest(), 1.0)


class RookForCausalLM(MixtralForCausalLM):
    pass
