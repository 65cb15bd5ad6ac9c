# Four kinds of files from one modular file.
from ...utils import is_torch_available
from ..whisper.configuration_whisper import WhisperConfig
from ..whisper.feature_extraction_whisper import WhisperFeatureExtractor
from ..whisper.modeling_whisper import (
    WhisperEncoder,
    WhisperForAudioClassification,
    WhisperForConditionalGeneration,
    WhisperModel,
    WhisperPreTrainedModel,
)
from ..whisper.processing_whisper import WhisperProcessor


if is_torch_available():
    import torch


class CurlewConfig(WhisperConfig):
    model_type = "curlew"


class CurlewFeatureExtractor(WhisperFeatureExtractor):
    def _np_extract_fbank_features(self, waveform_batch, device):
        return torch.as_tensor(waveform_batch).numpy()


class CurlewProcessor(WhisperProcessor):
    def get_prompt_ids(self, text: str, return_tensors="pt"):
        return super().get_prompt_ids(text, return_tensors)


class CurlewPreTrainedModel(WhisperPreTrainedModel):
    pass


class CurlewEncoder(WhisperEncoder):
    pass


class CurlewModel(WhisperModel):
    pass


class CurlewForAudioClassification(WhisperForAudioClassification):
    pass


class CurlewForConditionalGeneration(WhisperForConditionalGeneration):
    pass


__all__ = [
    "CurlewConfig",
    "CurlewFeatureExtractor",
    "CurlewForConditionalGeneration",
    "CurlewModel",
    "CurlewProcessor",
]
