# Statements that are rare in models.
import asyncio

import torch
from torch import nn

from ..gemma2.modeling_gemma2 import Gemma2Attention, Gemma2DecoderLayer, Gemma2Model


class PhalaropeAttention(Gemma2Attention):
    def __init__(self, config, layer_idx: int):
        super().__init__(config, layer_idx)
        self.spin = self.turn = config.num_attention_heads
        self.left, self.right = 1, 2
        self.sliding_window = None if self.is_sliding else config.sliding_window
        self.shift = lambda states: states.roll(self.spin, -1)
        self.spin += 1
        self.kinds: list[str] = [kind for kind in config.layer_types if kind]


class PhalaropeDecoderLayer(Gemma2DecoderLayer):
    class Whirl(nn.Module):
        """A class in a class."""

        def forward(self, x):
            return x

    def forward(self, hidden_states, position_embeddings=None, **kwargs):
        def whirl(states):
            """A function in a method."""
            nonlocal hidden_states
            hidden_states = states
            return states

        if (length := hidden_states.shape[1]) > 1:
            whirl(hidden_states[:, :length])
        try:
            mixed, _ = self.self_attn(hidden_states=hidden_states, position_embeddings=position_embeddings, **kwargs)
        except (ValueError, TypeError) as error:
            raise RuntimeError("no whirl") from error
        finally:
            del kwargs
        match length:
            case 0:
                return hidden_states
            case _:
                return hidden_states + mixed

    async def wait(self):
        await asyncio.sleep(0)
        async with asyncio.Lock():
            return [index async for index in self.counted()]

    async def counted(self):
        for index in range(2):
            yield index


class PhalaropeModel(Gemma2Model):
    @torch.no_grad()
    def spins(self):
        yield from (layer.self_attn.spin for layer in self.layers)
