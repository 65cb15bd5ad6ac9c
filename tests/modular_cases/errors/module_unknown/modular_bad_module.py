# The model is there, but has no processor.
from ..llama.processing_llama import LlamaProcessor


class BadModuleProcessor(LlamaProcessor):
    pass
