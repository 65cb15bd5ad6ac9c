# Speech with adapters taken out; a constant of the parent's under its own pattern.
from ...modeling_outputs import Wav2Vec2BaseModelOutput
from ..wav2vec2.modeling_wav2vec2 import (
    Wav2Vec2ForCTC,
    Wav2Vec2ForPreTraining,
    Wav2Vec2ForSequenceClassification,
    Wav2Vec2Model,
    Wav2Vec2PreTrainedModel,
)


_HIDDEN_STATES_START_POSITION = 3

WarblerBaseModelOutput = Wav2Vec2BaseModelOutput


class WarblerPreTrainedModel(Wav2Vec2PreTrainedModel):
    def load_adapter(self, target_lang: str, force_load=True, **kwargs):
        raise AttributeError("No adapters")

    def init_adapter_layers(self):
        raise AttributeError("No adapters")


class WarblerModel(Wav2Vec2Model):
    pass


class WarblerForCTC(Wav2Vec2ForCTC):
    def tie_weights(self, **kwargs):
        raise AttributeError("No adapters")


class WarblerForPreTraining(Wav2Vec2ForPreTraining):
    pass


class WarblerForSequenceClassification(Wav2Vec2ForSequenceClassification):
    pass
