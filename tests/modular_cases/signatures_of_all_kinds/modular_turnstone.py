# Positional-only, keyword-only, starred, defaults that name things.
import torch

from ..clip.modeling_clip import CLIPAttention
from ..llama.modeling_llama import LlamaMLP, LlamaModel


DEFAULT_SIDE = "left"


class TurnstoneMLP(LlamaMLP):
    def forward(self, x, /, *rest: torch.Tensor, side: str = DEFAULT_SIDE, **kwargs) -> torch.Tensor:
        first, *others = (x, *rest)
        return self.down_proj(self.up_proj(first)) if side == "left" else torch.stack(others, *kwargs.values())


class TurnstoneAttention(CLIPAttention):
    def turn(self, *, stones: tuple[int, ...] = (1, 2), **kwargs: dict[str, "TurnstoneMLP"]) -> list["TurnstoneModel"]:
        return [kwargs[str(stone)] for stone in stones]


class TurnstoneModel(LlamaModel):
    def forward(self, *args, **kwargs):
        return super().forward(*args, **kwargs).last_hidden_state
