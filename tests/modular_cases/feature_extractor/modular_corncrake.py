# A feature extractor without an attention mask.
import numpy as np

from ..wav2vec2.feature_extraction_wav2vec2 import Wav2Vec2FeatureExtractor


class CorncrakeFeatureExtractor(Wav2Vec2FeatureExtractor):
    model_input_names = ["input_values"]

    def __init__(
        self,
        feature_size=1,
        sampling_rate=8000,
        padding_value=0.0,
        do_normalize=False,
        rasp: float = 0.5,
        **kwargs,
    ):
        return_attention_mask = False
        super().__init__(feature_size=feature_size, sampling_rate=sampling_rate, padding_value=padding_value, **kwargs)
        self.rasp = rasp

    @staticmethod
    def zero_mean_unit_var_norm(input_values, attention_mask, padding_value=0.0):
        """Only the mean goes."""
        return [np.asarray(values) - np.mean(values) for values in input_values]


__all__ = ["CorncrakeFeatureExtractor"]
