"""A BERT-like model of flax modules with random weights; attention keeps its heads apart, as Flax models do."""

import json

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np


HPARAMS = {"vocab": 120, "width": 32, "depth": 2, "heads": 4, "inner": 48, "context": 64, "kinds": 2, "norm_eps": 1e-6}


class Attention(nn.Module):
    heads: int

    @nn.compact
    def __call__(self, x, hidden):
        shape = (self.heads, x.shape[-1] // self.heads)
        query, key, value = (nn.DenseGeneral(shape, name=name)(x) for name in ("query", "key", "value"))
        scores = jnp.einsum("bihd,bjhd->bhij", query, key) / shape[1] ** 0.5
        weights = nn.softmax(jnp.where(hidden[:, None, None], -jnp.inf, scores))
        mixed = jnp.einsum("bhij,bjhd->bihd", weights, value)
        return nn.DenseGeneral(x.shape[-1], axis=(-2, -1), name="out")(mixed)


class Block(nn.Module):
    heads: int
    inner: int
    eps: float

    @nn.compact
    def __call__(self, x, hidden):
        x = nn.LayerNorm(self.eps, name="attention_norm")(x + Attention(self.heads, name="attention")(x, hidden))
        wide = nn.gelu(nn.Dense(self.inner, name="wide")(x), approximate=False)
        return nn.LayerNorm(self.eps, name="output_norm")(x + nn.Dense(x.shape[-1], name="narrow")(wide))


class Bert(nn.Module):
    hp: dict

    @nn.compact
    def __call__(self, ids, hidden):
        hp = self.hp
        words = nn.Embed(hp["vocab"], hp["width"], name="words")
        places = nn.Embed(hp["context"], hp["width"], name="places")
        kinds = nn.Embed(hp["kinds"], hp["width"], name="kinds")
        x = words(ids) + kinds(jnp.zeros_like(ids)) + places(jnp.arange(ids.shape[1])[None])
        x = nn.LayerNorm(hp["norm_eps"], name="norm")(x)
        for index in range(hp["depth"]):
            x = Block(hp["heads"], hp["inner"], hp["norm_eps"], name=f"block_{index}")(x, hidden)
        x = nn.gelu(nn.Dense(hp["width"], name="guess")(x), approximate=False)
        x = nn.LayerNorm(hp["norm_eps"], name="guess_norm")(x)
        return words.attend(x) + self.param("guess_bias", nn.initializers.zeros, (hp["vocab"],))


class Model:
    """The module and its parameters together, as `adapter.load_model` returns them."""

    def __init__(self, directory):
        hp = json.loads((directory / "hparams.json").read_text())
        self.module = Bert(hp)
        self.params = {}
        with np.load(directory / "weights.npz") as archive:
            for name in archive.files:
                *path, last = name.split(".")
                node = self.params
                for part in path:
                    node = node.setdefault(part, {})
                node[last] = archive[name]

    def __call__(self, ids, hidden):
        return self.module.apply({"params": self.params}, ids, hidden)


def write_checkpoint(directory):
    ids = jnp.ones((2, 5), dtype=jnp.int32)
    params = Bert(HPARAMS).init(jax.random.PRNGKey(0), ids, ids == 0)["params"]
    generator = np.random.default_rng(0)
    flat = {}

    def visit(node, path):
        for key, value in node.items():
            if isinstance(value, dict):
                visit(value, [*path, key])
            else:
                noise = generator.standard_normal(value.shape).astype(np.float32)
                flat[".".join([*path, key])] = 0.2 * noise if value.ndim > 1 else np.asarray(value) + 0.1 * noise

    visit(params, [])
    directory.mkdir(parents=True, exist_ok=True)
    np.savez(directory / "weights.npz", **flat)
    (directory / "hparams.json").write_text(json.dumps(HPARAMS))
