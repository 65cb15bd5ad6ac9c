# Modeling, processing and image processing of one parent.
from ..idefics3.configuration_idefics3 import Idefics3Config, Idefics3VisionConfig
from ..idefics3.image_processing_idefics3 import Idefics3ImageProcessor, Idefics3ImageProcessorKwargs
from ..idefics3.modeling_idefics3 import Idefics3ForConditionalGeneration, Idefics3Model, Idefics3VisionTransformer
from ..idefics3.processing_idefics3 import Idefics3Processor, Idefics3ProcessorKwargs


class MerganserVisionConfig(Idefics3VisionConfig):
    model_type = "merganser_vision"


class MerganserConfig(Idefics3Config):
    model_type = "merganser"


class MerganserImageProcessorKwargs(Idefics3ImageProcessorKwargs):
    pass


class MerganserImageProcessor(Idefics3ImageProcessor):
    pass


class MerganserProcessorKwargs(Idefics3ProcessorKwargs):
    pass


class MerganserProcessor(Idefics3Processor):
    pass


class MerganserVisionTransformer(Idefics3VisionTransformer):
    pass


class MerganserModel(Idefics3Model):
    pass


class MerganserForConditionalGeneration(Idefics3ForConditionalGeneration):
    pass
