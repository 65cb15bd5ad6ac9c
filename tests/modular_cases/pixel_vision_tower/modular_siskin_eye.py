# A vision tower whose helper of the mask is called by a function of ours.
from ..pixtral.configuration_pixtral import PixtralVisionConfig
from ..pixtral.modeling_pixtral import PixtralAttention, PixtralVisionModel, generate_block_attention_mask


def masked(lengths, states):
    return generate_block_attention_mask(lengths, states)


class SiskinEyeVisionConfig(PixtralVisionConfig):
    model_type = "siskin_eye_vision"


class SiskinEyeAttention(PixtralAttention):
    def mask_of(self, lengths, states):
        return masked(lengths, states)


class SiskinEyeVisionModel(PixtralVisionModel):
    pass
