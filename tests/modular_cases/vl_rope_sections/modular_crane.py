# A vision-language model whose classes carry two different prefixes.
from ..qwen2_5_vl.modeling_qwen2_5_vl import (
    Qwen2_5_VLForConditionalGeneration,
    Qwen2_5_VLModel,
    Qwen2_5_VLTextModel,
    Qwen2_5_VLVisionBlock,
)


class CraneVisionBlock(Qwen2_5_VLVisionBlock):
    pass


class CraneTextModel(Qwen2_5_VLTextModel):
    pass


class CraneModel(Qwen2_5_VLModel):
    accepts_loss_kwargs = True


class CraneForConditionalGeneration(Qwen2_5_VLForConditionalGeneration):
    pass


__all__ = ["CraneForConditionalGeneration", "CraneModel", "CraneTextModel"]
