# A modern encoder; its configuration has properties.
from torch import nn

from ..modernbert.configuration_modernbert import ModernBertConfig
from ..modernbert.modeling_modernbert import (
    ModernBertEmbeddings,
    ModernBertForMaskedLM,
    ModernBertForMultipleChoice,
    ModernBertForQuestionAnswering,
    ModernBertForSequenceClassification,
    ModernBertForTokenClassification,
    ModernBertModel,
)


class FirecrestConfig(ModernBertConfig):
    model_type = "firecrest"
    crest: str = "orange"

    @property
    def bright(self) -> bool:
        return self.crest != "grey"

    @bright.setter
    def bright(self, value: bool):
        self.crest = "orange" if value else "grey"


class FirecrestEmbeddings(ModernBertEmbeddings):
    def __init__(self, config: FirecrestConfig):
        super().__init__(config)
        self.norm = nn.LayerNorm(config.hidden_size, eps=config.norm_eps, bias=config.bright)


class FirecrestModel(ModernBertModel):
    pass


class FirecrestForMaskedLM(ModernBertForMaskedLM):
    pass


class FirecrestForSequenceClassification(ModernBertForSequenceClassification):
    pass


class FirecrestForTokenClassification(ModernBertForTokenClassification):
    pass


class FirecrestForQuestionAnswering(ModernBertForQuestionAnswering):
    pass


class FirecrestForMultipleChoice(ModernBertForMultipleChoice):
    pass


__all__ = ["FirecrestConfig", "FirecrestModel", "FirecrestForMaskedLM"]
