# Each is the parent of the other.
from ..llama.modeling_llama import LlamaMLP  # noqa: F401


class BadCircleFirst(BadCircleSecond):  # noqa: F821
    pass


class BadCircleSecond(BadCircleFirst):
    pass
