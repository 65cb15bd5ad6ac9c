# The parent's name contains ours at its end: roberta has no roc, roc_bert does.
from ..roc_bert.configuration_roc_bert import RoCBertConfig
from ..roc_bert.modeling_roc_bert import RoCBertForMaskedLM, RoCBertModel, RoCBertPreTrainedModel


class RocConfig(RoCBertConfig):
    model_type = "roc"


class RocPreTrainedModel(RoCBertPreTrainedModel):
    pass


class RocModel(RoCBertModel):
    pass


class RocForMaskedLM(RoCBertForMaskedLM):
    pass
