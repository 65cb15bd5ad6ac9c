# A function of our own that calls functions of the parent's file, and one that nobody calls.
import torch

from ..llama.modeling_llama import LlamaAttention, LlamaModel, apply_rotary_pos_emb, repeat_kv


def never_called(x):
    return crossed(x, x, 1, 0)


def crossed(q, k, cos, sin):
    q, k = apply_rotary_pos_emb(q, k, cos, sin)
    return k, q


def spread(states: torch.Tensor, times: int = 2) -> torch.Tensor:
    return repeat_kv(states, times)


class CrossbillAttention(LlamaAttention):
    def forward(self, hidden_states, position_embeddings, **kwargs):
        query = self.q_proj(hidden_states)[:, None]
        key, query = crossed(query, query, *position_embeddings)
        return self.o_proj(spread(key) @ spread(query).transpose(-1, -2)), None


class CrossbillModel(LlamaModel):
    pass
