# Deleting what the parent never sets changes nothing.
from ..qwen3.modeling_qwen3 import Qwen3DecoderLayer, Qwen3ForCausalLM


class BullfinchDecoderLayer(Qwen3DecoderLayer):
    def __init__(self, config, layer_idx: int):
        """Without a beak."""
        super().__init__(config, layer_idx)
        del self.beak
        self.seed = layer_idx


class BullfinchForCausalLM(Qwen3ForCausalLM):
    pass
