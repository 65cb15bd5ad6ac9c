# A mixin of our own and one of the library's beside the parent.
from ...backbone_utils import BackboneMixin
from ...generation import GenerationMixin
from ..mistral.modeling_mistral import MistralForCausalLM, MistralModel, MistralPreTrainedModel
from ..vit.modeling_vit import ViTModel, ViTPreTrainedModel


class SpoonMixin:
    """Sweeps the bill from side to side."""

    spoon_width = 5

    def sweep(self, states):
        return states.flip(-1)


class SpoonbillPreTrainedModel(MistralPreTrainedModel):
    pass


class SpoonbillModel(MistralModel, SpoonMixin):
    pass


class SpoonbillForCausalLM(MistralForCausalLM, GenerationMixin):
    pass


class SpoonbillVisionPreTrainedModel(ViTPreTrainedModel):
    pass


class SpoonbillVisionModel(BackboneMixin, ViTModel):
    pass
