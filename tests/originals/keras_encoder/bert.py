"""A BERT-like model of Keras layers with random weights; `hidden` marks the padding."""

import json

import keras
import numpy as np
from keras import layers, ops


HPARAMS = {"vocab": 120, "width": 32, "depth": 2, "heads": 4, "inner": 48, "context": 64, "kinds": 2, "norm_eps": 1e-6}


class Attention(layers.Layer):
    def __init__(self, width, heads, **kwargs):
        super().__init__(**kwargs)
        self.heads = heads
        self.query, self.key, self.value, self.out = (
            layers.Dense(width, name=name) for name in ("query", "key", "value", "out")
        )

    def call(self, x, hidden):
        from tracer import tap

        shape = (*x.shape[:2], self.heads, x.shape[2] // self.heads)
        query, key, value = (ops.reshape(part(x), shape) for part in (self.query, self.key, self.value))
        scores = ops.einsum("bihd,bjhd->bhij", query, key) / shape[3] ** 0.5
        weights = ops.softmax(ops.where(hidden[:, None, None], -1e9, scores))
        mixed = ops.reshape(ops.einsum("bhij,bjhd->bihd", weights, value), x.shape)
        return self.out(tap("mixed", mixed))


class Block(layers.Layer):
    def __init__(self, hp, **kwargs):
        super().__init__(**kwargs)
        self.attention = Attention(hp["width"], hp["heads"], name="attention")
        self.attention_norm = layers.LayerNormalization(epsilon=hp["norm_eps"], name="attention_norm")
        self.wide = layers.Dense(hp["inner"], name="wide")
        self.narrow = layers.Dense(hp["width"], name="narrow")
        self.output_norm = layers.LayerNormalization(epsilon=hp["norm_eps"], name="output_norm")

    def call(self, x, hidden):
        x = self.attention_norm(x + self.attention(x, hidden))
        wide = keras.activations.gelu(self.wide(x), approximate=False)
        return self.output_norm(x + self.narrow(wide))


class Bert(keras.Model):
    def __init__(self, hp):
        super().__init__(name="bert")
        self.words = layers.Embedding(hp["vocab"], hp["width"], name="words")
        self.places = layers.Embedding(hp["context"], hp["width"], name="places")
        self.kinds = layers.Embedding(hp["kinds"], hp["width"], name="kinds")
        self.norm = layers.LayerNormalization(epsilon=hp["norm_eps"], name="norm")
        self.blocks = [Block(hp, name=f"block_{index}") for index in range(hp["depth"])]
        self.guess = layers.Dense(hp["width"], name="guess")
        self.guess_norm = layers.LayerNormalization(epsilon=hp["norm_eps"], name="guess_norm")
        self.guess_bias = self.add_weight(shape=(hp["vocab"],), initializer="zeros", name="guess_bias")

    def call(self, ids, hidden):
        x = self.words(ids) + self.kinds(ops.zeros_like(ids)) + self.places(ops.arange(ids.shape[1])[None])
        x = self.norm(x)
        for block in self.blocks:
            x = block(x, hidden)
        x = self.guess_norm(keras.activations.gelu(self.guess(x), approximate=False))
        return ops.matmul(x, ops.transpose(self.words.embeddings)) + self.guess_bias


def build(hp):
    model = Bert(hp)
    ids = np.ones((2, 5), dtype="int32")
    model(ids, ids == 0)
    return model


def name_of(weight):
    """The weight's path below the model, as the tracer has it."""
    return weight.path.partition("/")[2].replace("/", ".")


def read_checkpoint(directory):
    model = build(json.loads((directory / "hparams.json").read_text()))
    with np.load(directory / "weights.npz") as archive:
        for weight in model.weights:
            weight.assign(archive[name_of(weight)])
    return model


def write_checkpoint(directory):
    generator = np.random.default_rng(0)
    flat = {}
    for weight in build(HPARAMS).weights:
        noise = generator.standard_normal(weight.shape).astype(np.float32)
        flat[name_of(weight)] = 0.2 * noise if noise.ndim > 1 else np.asarray(weight) + 0.1 * noise
    directory.mkdir(parents=True, exist_ok=True)
    np.savez(directory / "weights.npz", **flat)
    (directory / "hparams.json").write_text(json.dumps(HPARAMS))
