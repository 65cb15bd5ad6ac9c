# Sound and text with a feature extractor.
from ..clap.configuration_clap import ClapAudioConfig
from ..clap.feature_extraction_clap import ClapFeatureExtractor
from ..clap.modeling_clap import ClapAudioModelOutput, ClapAudioSelfAttention, ClapDropPath


class LemurAudioConfig(ClapAudioConfig):
    model_type = "lemur_audio"


class LemurFeatureExtractor(ClapFeatureExtractor):
    def to_dict(self):
        output = super().to_dict()
        output.pop("tail", None)
        return output


class LemurAudioModelOutput(ClapAudioModelOutput):
    pass


class LemurAudioSelfAttention(ClapAudioSelfAttention):
    pass


class LemurDropPath(ClapDropPath):
    pass
