# The special decorator is not alone.
import torch

from ...utils.generic import no_inherit_decorator
from ..llama.modeling_llama import LlamaMLP


@no_inherit_decorator
@torch.no_grad()
class BadDecoratorsMLP(LlamaMLP):
    pass
