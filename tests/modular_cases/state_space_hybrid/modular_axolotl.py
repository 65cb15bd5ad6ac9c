# Attention and state-space layers in one stack.
from ..jamba.modeling_jamba import JambaAttentionDecoderLayer, JambaForCausalLM, JambaMambaDecoderLayer
from ..llama.modeling_llama import LlamaAttention


class AxolotlAttention(LlamaAttention):
    pass


class AxolotlAttentionDecoderLayer(JambaAttentionDecoderLayer):
    def __init__(self, config, layer_idx):
        super().__init__(config, layer_idx)
        self.self_attn = AxolotlAttention(config, layer_idx)


class AxolotlGillsDecoderLayer(JambaMambaDecoderLayer):
    pass


ALL_DECODER_LAYER_TYPES = {"attention": AxolotlAttentionDecoderLayer, "mamba": AxolotlGillsDecoderLayer}


class AxolotlForCausalLM(JambaForCausalLM):
    pass
