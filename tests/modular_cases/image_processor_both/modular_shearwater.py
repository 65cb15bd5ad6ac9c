# The image processor for tensors and the one for images.
from ...image_utils import PILImageResampling
from ..vit.image_processing_pil_vit import ViTImageProcessorPil
from ..vit.image_processing_vit import ViTImageProcessor


class ShearwaterImageProcessor(ViTImageProcessor):
    resample = PILImageResampling.BICUBIC
    size = {"height": 96, "width": 96}
    do_convert_rgb = True


class ShearwaterImageProcessorPil(ViTImageProcessorPil):
    resample = PILImageResampling.BICUBIC
    size = {"height": 96, "width": 96}
    do_convert_rgb = True


__all__ = ["ShearwaterImageProcessor", "ShearwaterImageProcessorPil"]
