# Six kinds of files, no list of public names.
from ..llava_next.image_processing_llava_next import LlavaNextImageProcessor, LlavaNextImageProcessorKwargs
from ..llava_next.image_processing_pil_llava_next import LlavaNextImageProcessorPil
from ..llava_next.processing_llava_next import LlavaNextProcessor, LlavaNextProcessorKwargs
from ..llava.configuration_llava import LlavaConfig
from ..llava.modeling_llava import LlavaForConditionalGeneration, LlavaModel
from ..gemma.tokenization_gemma import GemmaTokenizer


class MagpieConfig(LlavaConfig):
    model_type = "magpie"


class MagpieImageProcessorKwargs(LlavaNextImageProcessorKwargs):
    pass


class MagpieImageProcessor(LlavaNextImageProcessor):
    do_pad = False


class MagpieImageProcessorPil(LlavaNextImageProcessorPil):
    do_pad = False


class MagpieProcessorKwargs(LlavaNextProcessorKwargs):
    pass


class MagpieProcessor(LlavaNextProcessor):
    pass


class MagpieTokenizer(GemmaTokenizer):
    pass


class MagpieModel(LlavaModel):
    pass


class MagpieForConditionalGeneration(LlavaForConditionalGeneration):
    pass
