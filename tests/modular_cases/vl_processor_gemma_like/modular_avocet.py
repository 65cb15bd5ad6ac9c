# A call of the base of all processors, by its name.
from ...processing_utils import ProcessorMixin
from ..gemma3.processing_gemma3 import Gemma3Processor, Gemma3ProcessorKwargs


class AvocetProcessorKwargs(Gemma3ProcessorKwargs):
    pass


class AvocetProcessor(Gemma3Processor):
    def __init__(self, image_processor, tokenizer, chat_template=None, image_seq_length: int = 16, **kwargs):
        ProcessorMixin.__init__(self, image_processor, tokenizer, chat_template=chat_template, **kwargs)
        self.image_seq_length = image_seq_length
        self.boi_token = "<bill>"

    def prepare_inputs_layout(self, images=None, text=None, **kwargs):
        images, text, *rest = super().prepare_inputs_layout(images=images, text=text, **kwargs)
        return images, [f"{self.boi_token}{sample}" for sample in text], *rest


__all__ = ["AvocetProcessor"]
