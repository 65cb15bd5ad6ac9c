# All heads, with class attributes changed in some.
from ..electra.modeling_electra import (
    ElectraForMaskedLM,
    ElectraForPreTraining,
    ElectraForPreTrainingOutput,
    ElectraForQuestionAnswering,
    ElectraModel,
    ElectraPreTrainedModel,
)


class BuntingPreTrainedModel(ElectraPreTrainedModel):
    base_model_prefix = "bunting_body"
    _can_record_outputs = AttributeError()


class BuntingModel(ElectraModel):
    pass


class BuntingForPreTrainingOutput(ElectraForPreTrainingOutput):
    pass


class BuntingForPreTraining(ElectraForPreTraining):
    pass


class BuntingForMaskedLM(ElectraForMaskedLM):
    _tied_weights_keys = AttributeError()


class BuntingForQuestionAnswering(ElectraForQuestionAnswering):
    base_model_prefix = AttributeError()


__all__ = [
    "BuntingForMaskedLM",
    "BuntingForPreTraining",
    "BuntingForQuestionAnswering",
    "BuntingModel",
    "BuntingPreTrainedModel",
]
