# A backbone, with bases in the parent that are not models.
from ..dinov2.modeling_dinov2 import Dinov2Backbone, Dinov2Embeddings, Dinov2Layer, Dinov2Model


class BeetleEmbeddings(Dinov2Embeddings):
    pass


class BeetleLayer(Dinov2Layer):
    def __init__(self, config):
        super().__init__(config)
        if config.use_elytra:
            self.elytra = self.mlp


class BeetleModel(Dinov2Model):
    pass


class BeetleBackbone(Dinov2Backbone):
    has_attentions = False


__all__ = ["BeetleModel", "BeetleBackbone"]
