# An encoder-decoder whose configuration has another attribute map.
from ..bart.configuration_bart import BartConfig
from ..bart.modeling_bart import BartForConditionalGeneration, BartModel, BartPreTrainedModel


class StarlingConfig(BartConfig):
    model_type = "starling"
    attribute_map = {"hidden_size": "d_model", "murmur": "d_murmur"}
    d_murmur: int = 9


class StarlingPreTrainedModel(BartPreTrainedModel):
    pass


class StarlingModel(BartModel):
    pass


class StarlingForConditionalGeneration(BartForConditionalGeneration):
    pass


__all__ = ["StarlingConfig", "StarlingForConditionalGeneration", "StarlingModel", "StarlingPreTrainedModel"]
