# The parent's file has classes that do not carry its name.
from ..deberta_v2.modeling_deberta_v2 import (
    ContextPooler,
    DebertaV2ForMaskedLM,
    DebertaV2ForSequenceClassification,
    DisentangledSelfAttention,
)


class ReedlingContextPooler(ContextPooler):
    @property
    def output_dim(self):
        return self.dense.out_features


class ReedlingDisentangledSelfAttention(DisentangledSelfAttention):
    pass


class ReedlingForMaskedLM(DebertaV2ForMaskedLM):
    pass


class ReedlingForSequenceClassification(DebertaV2ForSequenceClassification):
    def __init__(self, config):
        super().__init__(config)
        self.pooler = ReedlingContextPooler(config)
        self.classifier.requires_grad_(False)
