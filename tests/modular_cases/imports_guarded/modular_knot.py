# Imports in conditions, in a block for type checkers, in a method, in a try.
from typing import TYPE_CHECKING, Any

from ...utils import is_scipy_available, is_torch_available
from ..detr.image_processing_detr import DetrImageProcessor
from ..maskformer.configuration_maskformer import MaskFormerConfig


if TYPE_CHECKING:
    from ...modeling_outputs import BaseModelOutput

if is_torch_available():
    import torch
    from torch import nn

if is_scipy_available():
    from scipy.optimize import linear_sum_assignment


class KnotConfig(MaskFormerConfig):
    model_type = "knot"


class KnotImageProcessor(DetrImageProcessor):
    def post_process_object_detection(self, outputs: "BaseModelOutput", threshold: float = 0.5, **kwargs) -> Any:
        from itertools import chain

        scores = nn.functional.softmax(outputs.logits, -1)
        rows, columns = linear_sum_assignment(scores[0].detach())
        return list(chain(torch.as_tensor(rows), torch.as_tensor(columns)))


__all__ = ["KnotConfig", "KnotImageProcessor"]
