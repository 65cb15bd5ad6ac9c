# Decorators: the parent's stay, ours win, or none at all.
import torch

from ...utils import auto_docstring, can_return_tuple
from ...utils.generic import no_inherit_decorator
from ..mistral.modeling_mistral import MistralForCausalLM, MistralModel, MistralPreTrainedModel, MistralRMSNorm


@no_inherit_decorator
class DunlinRMSNorm(MistralRMSNorm):
    pass


@auto_docstring(custom_intro="The bare flock of Dunlin, without a head.")
class DunlinPreTrainedModel(MistralPreTrainedModel):
    pass


class DunlinModel(MistralModel):
    def forward(self, input_ids: torch.LongTensor, **kwargs):
        return self.norm(self.embed_tokens(input_ids))


class DunlinForCausalLM(MistralForCausalLM):
    @auto_docstring(checkpoint="example-org/dunlin")
    def forward(self, **super_kwargs):
        return super().forward(**super_kwargs)

    @can_return_tuple
    def score(self, input_ids):
        return self.lm_head(self.model(input_ids))
