# A type alias at module level, pulled from a generated parent.
from ..wav2vec2_bert.modeling_wav2vec2_bert import (
    Wav2Vec2BertEncoderLayer,
    Wav2Vec2BertForAudioFrameClassification,
    Wav2Vec2BertForCTC,
    Wav2Vec2BertForSequenceClassification,
    Wav2Vec2BertForXVector,
    Wav2Vec2BertModel,
)


class NightjarEncoderLayer(Wav2Vec2BertEncoderLayer):
    def __init__(self, config):
        super().__init__(config)
        self.dusk = config.hidden_size


class NightjarModel(Wav2Vec2BertModel):
    pass


class NightjarForCTC(Wav2Vec2BertForCTC):
    pass


class NightjarForSequenceClassification(Wav2Vec2BertForSequenceClassification):
    pass


class NightjarForAudioFrameClassification(Wav2Vec2BertForAudioFrameClassification):
    pass


class NightjarForXVector(Wav2Vec2BertForXVector):
    pass


__all__ = ["NightjarForCTC", "NightjarModel"]
