# Constants at the top, one indexed, one read only by a function, one read by nothing.
import torch

from ...modeling_utils import AttentionInterface
from ..llama.modeling_llama import LlamaAttention, LlamaModel


NUTS_PER_TREE = 3
TREES: dict[str, int] = {"oak": 1}
UNUSED_NUTS = [NUTS_PER_TREE]
LIMITS = {"low": -1.0, "high": 1.0}
LIMITS["middle"] = NUTS_PER_TREE / 6


def hide(states: torch.Tensor) -> torch.Tensor:
    return states.clamp(LIMITS["low"], LIMITS["high"])


ALL_ATTENTION_FUNCTIONS = AttentionInterface()
ALL_ATTENTION_FUNCTIONS["nuthatch"] = hide


class NuthatchAttention(LlamaAttention):
    pass


class NuthatchModel(LlamaModel):
    def forward(self, input_ids=None, **kwargs):
        return hide(self.embed_tokens(input_ids))
