# Waveforms; the model's directory has an underscore.
from ..vits.configuration_vits import VitsConfig
from ..vits.modeling_vits import HifiGanResidualBlock, VitsHifiGan, VitsModel


class SwiftBirdConfig(VitsConfig):
    model_type = "swift_bird"


class SwiftBirdResidualBlock(HifiGanResidualBlock):
    pass


class SwiftBirdHifiGan(VitsHifiGan):
    def __init__(self, config: SwiftBirdConfig):
        super().__init__(config)
        self.upsampler.append(SwiftBirdResidualBlock(config.upsample_initial_channel))


class SwiftBirdModel(VitsModel):
    pass


__all__ = ["SwiftBirdConfig", "SwiftBirdModel"]
