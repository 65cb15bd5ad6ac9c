# A processor whose call is the parent's with other words, and whose property is taken away.
from ..qwen2_vl.processing_qwen2_vl import Qwen2VLProcessor, Qwen2VLProcessorKwargs


class TernProcessorKwargs(Qwen2VLProcessorKwargs):
    _defaults = {"text_kwargs": {"padding": "longest"}, "videos_kwargs": {"return_metadata": True}}


class TernProcessor(Qwen2VLProcessor):
    def replace_video_token(self, video_inputs, video_idx, **kwargs):
        raise AttributeError("Terns see no videos")

    def post_process_image_text_to_text(self, generated_outputs, skip_special_tokens=True, **kwargs):
        texts = super().post_process_image_text_to_text(generated_outputs, skip_special_tokens, **kwargs)
        return [text.strip() for text in texts]

    @property
    def model_input_names(self):
        return super().model_input_names + ["tern_ids"]


__all__ = ["TernProcessor"]
