# Attention of one model, feed-forward of a second, norms of a third.
from ..gemma2.modeling_gemma2 import Gemma2RMSNorm
from ..llama.modeling_llama import LlamaDecoderLayer, LlamaForCausalLM, LlamaModel, LlamaPreTrainedModel
from ..phi3.modeling_phi3 import Phi3MLP
from ..qwen3.modeling_qwen3 import Qwen3Attention


class GoshawkRMSNorm(Gemma2RMSNorm):
    pass


class GoshawkMLP(Phi3MLP):
    pass


class GoshawkAttention(Qwen3Attention):
    pass


class GoshawkDecoderLayer(LlamaDecoderLayer):
    pass


class GoshawkPreTrainedModel(LlamaPreTrainedModel):
    pass


class GoshawkModel(LlamaModel):
    pass


class GoshawkForCausalLM(LlamaForCausalLM):
    pass


__all__ = ["GoshawkPreTrainedModel", "GoshawkModel", "GoshawkForCausalLM"]
