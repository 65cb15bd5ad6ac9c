# Detection without a frozen backbone; the classifier is another model's.
from ..detr.modeling_detr import DetrForObjectDetection, DetrModel, DetrObjectDetectionOutput
from ..rt_detr.modeling_rt_detr import RTDetrMLPPredictionHead


class MantisObjectDetectionOutput(DetrObjectDetectionOutput):
    pass


class MantisMLPPredictionHead(RTDetrMLPPredictionHead):
    pass


class MantisModel(DetrModel):
    def freeze_backbone(self):
        raise NotImplementedError("Mantis does not freeze")

    def unfreeze_backbone(self):
        raise NotImplementedError("Mantis does not freeze")


class MantisForObjectDetection(DetrForObjectDetection):
    def __init__(self, config):
        super().__init__(config)
        self.bbox_predictor = MantisMLPPredictionHead(config.d_model, config.d_model, 4, 3)


__all__ = ["MantisModel", "MantisForObjectDetection"]
