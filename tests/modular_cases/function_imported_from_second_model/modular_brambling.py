# The rotation comes from a model whose code is otherwise not used.
from ..cohere.modeling_cohere import rotate_half  # noqa: F401
from ..gemma.modeling_gemma import GemmaForCausalLM


class BramblingForCausalLM(GemmaForCausalLM):
    pass
