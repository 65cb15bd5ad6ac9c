# Depth estimation from a parent with functions of its own.
from ..dpt.modeling_dpt import DPTDepthEstimationHead, DPTForDepthEstimation, DPTNeck, _get_backbone_hidden_size


def song_length(config):
    size = _get_backbone_hidden_size(config)
    return size if isinstance(size, int) else sum(size)


class CicadaNeck(DPTNeck):
    def __init__(self, config):
        super().__init__(config)
        self.length = song_length(config)


class CicadaDepthEstimationHead(DPTDepthEstimationHead):
    pass


class CicadaForDepthEstimation(DPTForDepthEstimation):
    pass
