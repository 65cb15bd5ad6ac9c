# Masked video, the parent's name ends in capitals.
from ..videomae.configuration_videomae import VideoMAEConfig
from ..videomae.modeling_videomae import (
    VideoMAEDecoderOutput,
    VideoMAEEmbeddings,
    VideoMAEForPreTraining,
    VideoMAEModel,
)


class GlowwormConfig(VideoMAEConfig):
    model_type = "glowworm"


class GlowwormDecoderOutput(VideoMAEDecoderOutput):
    pass


class GlowwormEmbeddings(VideoMAEEmbeddings):
    pass


class GlowwormModel(VideoMAEModel):
    pass


class GlowwormForPreTraining(VideoMAEForPreTraining):
    pass


__all__ = ["GlowwormConfig", "GlowwormModel", "GlowwormForPreTraining"]
