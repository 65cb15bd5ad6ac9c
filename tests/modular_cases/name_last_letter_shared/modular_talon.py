# The letter before the common ending is the same in both names.
from ..swin.modeling_swin import SwinLayer, SwinMLP, SwinPatchMerging


class TalonVisionMLP(SwinMLP):
    pass


class TalonVisionLayer(SwinLayer):
    pass


class TalonVisionPatchMerging(SwinPatchMerging):
    pass
