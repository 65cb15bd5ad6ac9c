# The parent's body stands where the call stood.
import torch

from ..granite.modeling_granite import GraniteForCausalLM, GraniteMLP, GraniteModel


class ThistleMLP(GraniteMLP):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.clamp(-8, 8)
        return super().forward(x)


class ThistleModel(GraniteModel):
    pass


class ThistleForCausalLM(GraniteForCausalLM):
    def forward(self, **super_kwargs):
        r"""
        Example:

        ```python
        >>> from transformers import ThistleForCausalLM

        >>> model = ThistleForCausalLM.from_pretrained("example-org/thistle-2b")
        ```
        """
        return super().forward(**super_kwargs)
