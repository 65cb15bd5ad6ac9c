# A parent made from a modular file that has a generated parent itself.
from ..internvl.modeling_internvl import InternVLForConditionalGeneration, InternVLModel, InternVLMultiModalProjector
from ..internvl.processing_internvl import InternVLProcessor
from ..smolvlm.modeling_smolvlm import SmolVLMConnector, SmolVLMSimpleMLP


class StorkMultiModalProjector(InternVLMultiModalProjector):
    def forward(self, image_features):
        image_features = image_features.contiguous()
        return super().forward(image_features)


class StorkSimpleMLP(SmolVLMSimpleMLP):
    pass


class StorkConnector(SmolVLMConnector):
    pass


class StorkModel(InternVLModel):
    pass


class StorkForConditionalGeneration(InternVLForConditionalGeneration):
    _tied_weights_keys = AttributeError()


class StorkProcessor(InternVLProcessor):
    @property
    def image_token_ids(self):
        return [self.image_token_id]


__all__ = ["StorkForConditionalGeneration", "StorkModel", "StorkProcessor"]
