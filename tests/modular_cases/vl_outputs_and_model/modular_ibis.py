# Outputs of a vision-language model with fields added, and arguments of the docstring decorator.
from dataclasses import dataclass

import torch

from ...utils import auto_docstring, can_return_tuple
from ..paligemma.modeling_paligemma import (
    PaliGemmaCausalLMOutputWithPast,
    PaliGemmaForConditionalGeneration,
    PaliGemmaModel,
    PaligemmaModelOutputWithPast,
)


IBIS_ARGS = r"""
    ibis_mask (`torch.Tensor`, *optional*):
        Which patches are sacred.
"""


class IbisModelOutputWithPast(PaligemmaModelOutputWithPast):
    pass


@auto_docstring(custom_intro="What Ibis returns.")
@dataclass
class IbisCausalLMOutputWithPast(PaliGemmaCausalLMOutputWithPast):
    r"""
    sacred (`torch.Tensor`, *optional*):
        The patches that counted.
    """

    sacred: torch.Tensor | None = None


class IbisModel(PaliGemmaModel):
    pass


class IbisForConditionalGeneration(PaliGemmaForConditionalGeneration):
    @can_return_tuple
    @auto_docstring(custom_args=IBIS_ARGS)
    def forward(self, input_ids=None, pixel_values=None, ibis_mask=None, **kwargs):
        return self.model(input_ids=input_ids, pixel_values=pixel_values, **kwargs)
