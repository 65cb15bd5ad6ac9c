# A forecaster whose outputs get one value more.
from dataclasses import dataclass

import torch

from ..timesfm.modeling_timesfm import TimesFmModel, TimesFmModelForPrediction, TimesFmOutput


@dataclass
class EstuaryOutput(TimesFmOutput):
    r"""
    brackish (`torch.Tensor`, *optional*):
        How much of it is the sea.
    """

    brackish: torch.Tensor | None = None


class EstuaryModel(TimesFmModel):
    pass


class EstuaryModelForPrediction(TimesFmModelForPrediction):
    def _quantile_loss(self, predictions: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return super()._quantile_loss(predictions, targets)

    def _tide(self, predictions):
        return predictions.mean()
