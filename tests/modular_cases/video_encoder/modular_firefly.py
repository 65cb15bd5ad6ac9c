# A parent whose name is an acronym with a digit.
import torch

from ..vjepa2.configuration_vjepa2 import VJEPA2Config
from ..vjepa2.modeling_vjepa2 import VJEPA2ForVideoClassification, VJEPA2Model, VJEPA2PreTrainedModel


class FireflyConfig(VJEPA2Config):
    model_type = "firefly"


def apply_masks(tensor: torch.Tensor, masks: list[torch.Tensor]) -> torch.Tensor:
    """Takes the lit patches only."""
    return torch.cat([tensor[:, mask.flatten()] for mask in masks])


class FireflyPreTrainedModel(VJEPA2PreTrainedModel):
    pass


class FireflyModel(VJEPA2Model):
    pass


class FireflyForVideoClassification(VJEPA2ForVideoClassification):
    pass
