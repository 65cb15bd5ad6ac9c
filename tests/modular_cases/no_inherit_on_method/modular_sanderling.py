# A method whose parent is decorated, written without any decorator.
import torch

from ...utils.generic import no_inherit_decorator
from ..smollm3.modeling_smollm3 import SmolLM3Model, SmolLM3RotaryEmbedding


class SanderlingRotaryEmbedding(SmolLM3RotaryEmbedding):
    @no_inherit_decorator
    def forward(self, x, position_ids):
        angles = position_ids[..., None].float() * self.inv_freq
        doubled = torch.cat((angles, angles), dim=-1)
        return doubled.cos().to(x.dtype), doubled.sin().to(x.dtype)


class SanderlingModel(SmolLM3Model):
    @no_inherit_decorator
    def forward(self, input_ids):
        """Without any of the parent's wrappers."""
        return self.norm(self.embed_tokens(input_ids))
