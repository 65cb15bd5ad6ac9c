# Deleting attributes that other lines still read.
from ..cohere.modeling_cohere import CohereAttention, CohereForCausalLM, CohereModel


class ObsidianAttention(CohereAttention):
    def __init__(self, config, layer_idx=None):
        super().__init__(config, layer_idx)
        del self.use_qk_norm
        del self.scaling
        self.scaling = 0.125


class ObsidianModel(CohereModel):
    def __init__(self, config):
        super().__init__(config)
        del self.gradient_checkpointing


class ObsidianForCausalLM(CohereForCausalLM):
    def __init__(self, config):
        super().__init__(config)
        del self.logit_scale


__all__ = ["ObsidianModel", "ObsidianForCausalLM"]
