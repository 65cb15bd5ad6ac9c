# Two prefixes over one parent file; the more frequent one wins.
from ..llama.modeling_llama import LlamaAttention, LlamaDecoderLayer, LlamaForCausalLM, LlamaMLP, LlamaModel


class OuzelTextMLP(LlamaMLP):
    pass


class OuzelTextAttention(LlamaAttention):
    pass


class OuzelTextDecoderLayer(LlamaDecoderLayer):
    pass


class OuzelModel(LlamaModel):
    pass


class OuzelForCausalLM(LlamaForCausalLM):
    pass
