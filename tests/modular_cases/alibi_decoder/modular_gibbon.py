# Old decoders: functions with the model's name in theirs.
from ..bloom.modeling_bloom import BloomForCausalLM, BloomMLP, BloomModel
from ..mpt.modeling_mpt import MptBlock


class GibbonMLP(BloomMLP):
    pass


class GibbonBlock(MptBlock):
    def swing(self, heads: int) -> int:
        return heads


class GibbonModel(BloomModel):
    pass


class GibbonForCausalLM(BloomForCausalLM):
    pass
