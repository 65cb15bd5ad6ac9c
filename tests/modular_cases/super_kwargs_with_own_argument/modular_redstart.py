# The parent's signature with one argument more.
from ...utils import auto_docstring
from ..nemotron.modeling_nemotron import NemotronForCausalLM, NemotronModel


class RedstartModel(NemotronModel):
    @auto_docstring
    def forward(self, tail_length: int = 2, **super_kwargs):
        r"""
        tail_length (`int`, *optional*, defaults to 2):
            How long the tail is.
        """
        return super().forward(**super_kwargs)


class RedstartForCausalLM(NemotronForCausalLM):
    def forward(**super_kwargs):
        r"""Just other words above the same lines."""
        return super().forward(**super_kwargs)
