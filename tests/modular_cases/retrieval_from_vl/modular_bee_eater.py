# Retrieval over a vision-language model; constants imported by name.
from ..colpali.modeling_colpali import ColPaliForRetrieval, ColPaliForRetrievalOutput, ColPaliPreTrainedModel
from ..colpali.processing_colpali import ColPaliProcessor
from ..paligemma.processing_paligemma import EXTRA_TOKENS, IMAGE_TOKEN


SWARM = [IMAGE_TOKEN, *EXTRA_TOKENS[:2]]


class BeeEaterPreTrainedModel(ColPaliPreTrainedModel):
    _no_split_modules = []


class BeeEaterForRetrievalOutput(ColPaliForRetrievalOutput):
    pass


class BeeEaterForRetrieval(ColPaliForRetrieval):
    def __init__(self, config):
        self.bees = 3
        super().__init__(config)
        self.embedding_dim = 64


class BeeEaterProcessor(ColPaliProcessor):
    tokens = SWARM
