# The parent's main class has a name of another form.
from ..marian.modeling_marian import MarianDecoder, MarianEncoder, MarianModel, MarianMTModel, MarianPreTrainedModel


class SparrowhawkPreTrainedModel(MarianPreTrainedModel):
    pass


class SparrowhawkEncoder(MarianEncoder):
    pass


class SparrowhawkDecoder(MarianDecoder):
    def __init__(self, config):
        super().__init__(config)
        self.padding_side = "left"


class SparrowhawkModel(MarianModel):
    pass


class SparrowhawkMTModel(MarianMTModel):
    pass


class SparrowhawkForConditionalGeneration(MarianMTModel):
    pass


__all__ = ["SparrowhawkForConditionalGeneration", "SparrowhawkPreTrainedModel"]
