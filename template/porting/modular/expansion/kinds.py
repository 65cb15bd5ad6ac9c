"""The kinds of files that a model consists of, and which kind a class belongs to."""

import re

from porting.modular.expansion.converter_rules import Rules
from porting.modular.expansion.names import ModelNames


# By the ending of a class's name; every other class is modeling.
_KIND_BY_ENDING = {
    "Config": "configuration",
    "Tokenizer": "tokenization",
    "FeatureExtractor": "feature_extraction",
    "ImageProcessor": "image_processing",
    "ImageProcessorKwargs": "image_processing",
    "ImageProcessorPil": "image_processing_pil",
    "VideoProcessor": "video_processing",
    "VideoProcessorInitKwargs": "video_processing",
    "VideoProcessorKwargs": "video_processing",
    "Processor": "processing",
    "ProcessorKwargs": "processing",
    "ImagesKwargs": "processing",
    "VideosKwargs": "processing",
    "TextKwargs": "processing",
}
_ENDING = re.compile(f"({'|'.join(_KIND_BY_ENDING)})$")


def kind_of_class(name: str, model: str, names: ModelNames, rules: Rules) -> str:
    """`configuration` for `NanoLamaConfig`, and so on; the model's own name does not count (`Sam2VideoProcessor`)."""
    ending = _ENDING.search(name.replace(names.prefix(model), ""))
    if ending is None:
        return "modeling"
    if ending[1] == "VideoProcessorKwargs" and not rules.video_keywords_with_video:
        return "processing"
    return _KIND_BY_ENDING[ending[1]]
