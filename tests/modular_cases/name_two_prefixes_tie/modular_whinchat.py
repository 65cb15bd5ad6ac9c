# Two prefixes over one parent file, as often the one as the other.
from ..mistral.modeling_mistral import MistralMLP, MistralModel, MistralRMSNorm, MistralRotaryEmbedding


class WhinchatTextMLP(MistralMLP):
    pass


class WhinchatTextRMSNorm(MistralRMSNorm):
    pass


class WhinchatRotaryEmbedding(MistralRotaryEmbedding):
    pass


class WhinchatModel(MistralModel):
    pass
