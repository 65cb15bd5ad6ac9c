# Semicolons, one-line bodies, long lines, quotes, trailing commas, tabs of two.
import torch; from torch import nn

from ..qwen2.modeling_qwen2 import (Qwen2MLP, Qwen2Model, Qwen2RMSNorm,)



class RavenRMSNorm(Qwen2RMSNorm):
  def extra_repr(self): return 'raven' + str( self.variance_epsilon )
class RavenMLP(Qwen2MLP):
    def __init__(self, config):

        super().__init__(config)


        self.very_long_name_of_a_projection_of_a_raven = nn.Linear(config.hidden_size, config.intermediate_size, bias=False, dtype=torch.float32)
        self.short = (1,
                      2,)
    def forward(self, x,):
        if x is None: return None
        return {'a': x,
                "b": 'it\'s'}["a"]
class RavenModel(Qwen2Model): pass
