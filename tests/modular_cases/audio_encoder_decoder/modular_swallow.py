# A small recognizer whose shift function is written anew.
import torch

from ..moonshine.configuration_moonshine import MoonshineConfig
from ..moonshine.modeling_moonshine import MoonshineForConditionalGeneration, MoonshineModel


def shift_tokens_right(input_ids: torch.Tensor, pad_token_id: int, decoder_start_token_id: int):
    """Moves everything by one."""
    moved = torch.roll(input_ids, 1, -1)
    moved[:, 0] = decoder_start_token_id
    return moved.masked_fill(moved == -100, pad_token_id)


class SwallowConfig(MoonshineConfig):
    model_type = "swallow"


class SwallowModel(MoonshineModel):
    pass


class SwallowForConditionalGeneration(MoonshineForConditionalGeneration):
    pass
