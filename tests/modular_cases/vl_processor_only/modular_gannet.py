# A processor with keyword classes of its own.
from ...processing_utils import ProcessingKwargs
from ..llava.processing_llava import LlavaProcessor


class GannetProcessorKwargs(ProcessingKwargs, total=False):
    _defaults = {
        "text_kwargs": {"padding": True, "return_mm_token_type_ids": True},
        "images_kwargs": {"do_rescale": False},
    }


class GannetProcessor(LlavaProcessor):
    def __init__(self, image_processor=None, tokenizer=None, chat_template=None, *, tokens_per_image=64, **kwargs):
        r"""
        tokens_per_image (`int`, *optional*, defaults to 64):
            How many tokens stand for one image.
        """
        self.tokens_per_image = tokens_per_image
        patch_size = kwargs.pop("patch_size", 14)
        image_token, num_additional_image_tokens, vision_feature_select_strategy = "<fish>", 0, "full"
        super().__init__(image_processor, tokenizer, chat_template=chat_template)

    def replace_image_token(self, image_inputs: dict, image_idx: int, **kwargs) -> str:
        return self.image_token * self.tokens_per_image


__all__ = ["GannetProcessor"]
