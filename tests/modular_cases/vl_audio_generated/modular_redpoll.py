# An audio-language model that comes from a modular file.
from ..voxtral.configuration_voxtral import VoxtralConfig, VoxtralEncoderConfig
from ..voxtral.modeling_voxtral import VoxtralEncoder, VoxtralForConditionalGeneration, VoxtralMultiModalProjector


class RedpollEncoderConfig(VoxtralEncoderConfig):
    model_type = "redpoll_encoder"


class RedpollConfig(VoxtralConfig):
    model_type = "redpoll"


class RedpollEncoder(VoxtralEncoder):
    pass


class RedpollMultiModalProjector(VoxtralMultiModalProjector):
    pass


class RedpollForConditionalGeneration(VoxtralForConditionalGeneration):
    _keep_in_fp32_modules_strict = AttributeError()


__all__ = ["RedpollConfig", "RedpollEncoderConfig", "RedpollForConditionalGeneration"]
