# Only the heads are named; all the rest has to follow.
from ..mistral.modeling_mistral import (
    MistralForQuestionAnswering,
    MistralForSequenceClassification,
    MistralForTokenClassification,
)


class CorvidForSequenceClassification(MistralForSequenceClassification):
    pass


class CorvidForTokenClassification(MistralForTokenClassification): ...


class CorvidForQuestionAnswering(MistralForQuestionAnswering):
    ...


__all__ = ["CorvidForSequenceClassification", "CorvidForTokenClassification", "CorvidForQuestionAnswering"]
