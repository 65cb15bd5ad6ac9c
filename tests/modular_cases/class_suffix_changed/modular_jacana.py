# A child whose name ends differently from its parent's.
from ..bert.modeling_bert import BertEncoder, BertLayer
from ..siglip.modeling_siglip import SiglipMLP
from ..whisper.modeling_whisper import WhisperEncoderLayer


class JacanaBlock(BertLayer):
    pass


class JacanaStack(BertEncoder):
    def __init__(self, config):
        super().__init__(config)
        self.layer.append(JacanaBlock(config))


class JacanaFeedForward(SiglipMLP):
    """What a SiglipMLP is, with long toes."""


class JacanaLily(WhisperEncoderLayer):
    pass
