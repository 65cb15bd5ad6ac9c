# An encoder with one head and a pre-trained model; nothing else is named.
from ..bert.configuration_bert import BertConfig
from ..bert.modeling_bert import BertForMaskedLM, BertModel, BertPreTrainedModel


class PipitConfig(BertConfig):
    model_type = "pipit"


class PipitPreTrainedModel(BertPreTrainedModel):
    pass


class PipitModel(BertModel):
    pass


class PipitForMaskedLM(BertForMaskedLM):
    pass


__all__ = ["PipitConfig", "PipitForMaskedLM", "PipitModel", "PipitPreTrainedModel"]
