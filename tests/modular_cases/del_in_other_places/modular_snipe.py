# Deletions outside the constructor, of several at once, of local names.
from ..opt.modeling_opt import OPTAttention, OPTDecoderLayer
from ..vit.modeling_vit import ViTEmbeddings


class SnipeAttention(OPTAttention):
    def __init__(self, config, layer_idx=None, **kwargs):
        super().__init__(config, layer_idx, **kwargs)
        del self.dropout
        unused = self.num_heads
        del unused


class SnipeDecoderLayer(OPTDecoderLayer):
    def __init__(self, config, layer_idx=None):
        super().__init__(config, layer_idx)
        del self.activation_fn
        del self.fc2

    def forget(self):
        del self.fc1
        self.cache = {}
        del self.cache


class SnipeEmbeddings(ViTEmbeddings):
    def __init__(self, config, use_mask_token: bool = False):
        super().__init__(config, use_mask_token)
        del num_patches  # noqa: F821
        del self.image_size
        self.position_embeddings = None
