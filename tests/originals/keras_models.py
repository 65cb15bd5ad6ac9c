"""Models of Keras, by the names that the file of their saved weights has."""

import os
import tempfile
from pathlib import Path

from left_out import leave_out


os.environ["KERAS_BACKEND"] = "jax"


def saved(model) -> dict[str, tuple[int, ...]]:
    """Names and shapes in the file that `save_weights` writes, in its order."""
    import h5py

    found = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.weights.h5")
        model.save_weights(path)
        with h5py.File(path) as file:
            file.visititems(lambda name, item: found.update({name: item.shape} if hasattr(item, "shape") else {}))
    return found


def keras_hub() -> dict:
    leave_out("tensorflow", "tensorflow_text", "tokenizers", "sentencepiece", "kagglehub")
    from keras_hub.models import BartBackbone, DebertaV3Backbone, MiTBackbone, MoonshineBackbone

    deberta = {"vocabulary_size": 350, "num_layers": 4, "num_heads": 6, "hidden_dim": 72, "intermediate_dim": 168}
    bart = {"vocabulary_size": 370, "num_layers": 3, "num_heads": 4, "hidden_dim": 64, "intermediate_dim": 144}
    moonshine = {"vocabulary_size": 380, "encoder_num_layers": 3, "decoder_num_layers": 4, "hidden_dim": 72}
    moonshine |= {"filter_dim": 72, "intermediate_dim": 200, "encoder_num_heads": 6, "decoder_num_heads": 6}
    moonshine |= {"feedforward_expansion_factor": 4, "encoder_use_swiglu_activation": False}
    moonshine |= {"decoder_use_swiglu_activation": True}
    mit = {"layerwise_num_heads": [1, 2, 4, 4], "layerwise_sr_ratios": [8, 4, 2, 1], "num_layers": 4}
    mit |= {"layerwise_depths": [2, 2, 3, 2]}
    mit |= {"hidden_dims": [16, 32, 56, 72], "layerwise_patch_sizes": [7, 3, 3, 3], "layerwise_strides": [4, 2, 2, 2]}
    return {
        "keras_hub_deberta_v3": saved(DebertaV3Backbone(**deberta, max_sequence_length=60, bucket_size=20)),
        "keras_hub_bart": saved(BartBackbone(**bart, max_sequence_length=60)),
        "keras_hub_moonshine": saved(MoonshineBackbone(**moonshine)),
        "keras_hub_mit": saved(MiTBackbone(**mit, max_drop_path_rate=0.1, image_shape=(64, 64, 3))),
    }


def keras_applications() -> dict:
    from keras.applications import MobileNetV2, ResNet50

    models = {
        "keras_mobilenet_v2": MobileNetV2(weights=None, alpha=0.35, classes=23),
        "keras_resnet": ResNet50(weights=None, classes=25),
    }
    return {name: {weight.path: weight.shape for weight in model.weights} for name, model in models.items()}


BUILDS = (keras_hub, keras_applications)
