# Everything is imported.
from ..llama.modeling_llama import *  # noqa: F403


class BadStarMLP(LlamaMLP):  # noqa: F405
    pass
