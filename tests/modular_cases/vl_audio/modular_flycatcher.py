# Audio and language: a property with a setter, only one of the two replaced.
from ..qwen2_audio.configuration_qwen2_audio import Qwen2AudioConfig, Qwen2AudioEncoderConfig
from ..qwen2_audio.modeling_qwen2_audio import Qwen2AudioEncoder, Qwen2AudioForConditionalGeneration, Qwen2AudioModel
from ..qwen2_audio.processing_qwen2_audio import Qwen2AudioProcessor, Qwen2AudioProcessorKwargs


class FlycatcherEncoderConfig(Qwen2AudioEncoderConfig):
    model_type = "flycatcher_encoder"


class FlycatcherConfig(Qwen2AudioConfig):
    model_type = "flycatcher"


class FlycatcherEncoder(Qwen2AudioEncoder):
    main_input_name = "flies"


class FlycatcherModel(Qwen2AudioModel):
    @property
    def padding_side(self) -> str:
        return "left"

    @padding_side.setter
    def padding_side(self, side: str):
        if side != "left":
            raise ValueError(f"{side} is not left")


class FlycatcherForConditionalGeneration(Qwen2AudioForConditionalGeneration):
    @property
    def padding_side(self):
        return self.model.padding_side or "left"


class FlycatcherProcessorKwargs(Qwen2AudioProcessorKwargs):
    pass


class FlycatcherProcessor(Qwen2AudioProcessor):
    pass
