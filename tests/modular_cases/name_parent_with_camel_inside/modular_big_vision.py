# The parent's cased name is not its snake name in capitals.
from ..xlm_roberta_xl.configuration_xlm_roberta_xl import XLMRobertaXLConfig
from ..xlm_roberta_xl.modeling_xlm_roberta_xl import XLMRobertaXLForMaskedLM, XLMRobertaXLModel


class BigVisionConfig(XLMRobertaXLConfig):
    model_type = "big_vision"


class BigVisionModel(XLMRobertaXLModel):
    pass


class BigVisionForMaskedLM(XLMRobertaXLForMaskedLM):
    pass
