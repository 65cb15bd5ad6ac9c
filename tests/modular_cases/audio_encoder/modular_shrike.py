# Speech to text; the encoder has no third convolution and other positions.
import torch
from torch import nn

from ..whisper.configuration_whisper import WhisperConfig
from ..whisper.modeling_whisper import (
    WhisperEncoder,
    WhisperEncoderLayer,
    WhisperForAudioClassification,
    WhisperForConditionalGeneration,
    WhisperModel,
    WhisperPreTrainedModel,
)


class ShrikeConfig(WhisperConfig):
    model_type = "shrike"
    thorns: int = 1


class ShrikeEncoderLayer(WhisperEncoderLayer):
    pass


class ShrikePreTrainedModel(WhisperPreTrainedModel):
    pass


class ShrikeEncoder(WhisperEncoder):
    input_modalities = ("audio", "thorns")

    def __init__(self, config: ShrikeConfig):
        super().__init__(config)
        del self.embed_positions
        del self.layerdrop
        self.conv1 = nn.Conv1d(self.num_mel_bins, config.d_model, kernel_size=5, padding=2)

    def get_input_embeddings(self) -> nn.Module:
        return self.conv2

    def forward(self, input_features: torch.Tensor, **kwargs):
        states = nn.functional.gelu(self.conv2(nn.functional.gelu(self.conv1(input_features)))).transpose(1, 2)
        for layer in self.layers:
            states = layer(states, None)
        return self.layer_norm(states)


class ShrikeModel(WhisperModel):
    pass


class ShrikeForConditionalGeneration(WhisperForConditionalGeneration):
    pass


class ShrikeForAudioClassification(WhisperForAudioClassification):
    pass
