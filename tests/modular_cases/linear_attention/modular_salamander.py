# Kernels that are loaded on first use, and a module-level variable that starts as None.
from ..rwkv.modeling_rwkv import RwkvForCausalLM, RwkvModel, RwkvSelfAttention


class SalamanderSelfAttention(RwkvSelfAttention):
    @classmethod
    def of(cls, config):
        return cls(config, layer_id=0)


class SalamanderModel(RwkvModel):
    pass


class SalamanderForCausalLM(RwkvForCausalLM):
    pass
