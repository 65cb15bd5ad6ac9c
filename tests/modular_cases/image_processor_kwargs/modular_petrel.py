# An image processor with keywords of its own that come before the class.
import torch

from ..siglip.image_processing_siglip import SiglipImageProcessor
from ..segformer.image_processing_segformer import SegformerImageProcessor, SegformerImageProcessorKwargs


class PetrelImageProcessorKwargs(SegformerImageProcessorKwargs):
    r"""
    do_reduce_labels (`bool`, *optional*):
        Whether the background counts.
    storm (`bool`, *optional*):
        Whether the sea is rough.
    """

    storm: bool


class PetrelImageProcessor(SegformerImageProcessor):
    valid_kwargs = PetrelImageProcessorKwargs
    storm = False
    do_center_crop = AttributeError()

    def post_process_semantic_segmentation(self, outputs, target_sizes=None):
        raise NotImplementedError("Petrel does not segment")

    def reduce_label(self, labels: list[torch.Tensor]) -> list[torch.Tensor]:
        return [label.clamp(min=1) - 1 for label in labels]


class PetrelSmallImageProcessor(SiglipImageProcessor):
    size = {"height": 32, "width": 32}


__all__ = ["PetrelImageProcessor"]
