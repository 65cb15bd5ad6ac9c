"""Models of Flax, by the paths of their parameters and statistics in a checkpoint, with "/" between."""

import sys
from types import SimpleNamespace

import left_out
from left_out import leave_out


def flat(tree: dict, before: str = "") -> dict[str, tuple[int, ...]]:
    found = {}
    for name, value in tree.items():
        path = f"{before}{name}"
        found |= flat(value, f"{path}/") if hasattr(value, "items") else {path: value.shape}
    return found


def flaxmodels() -> dict:
    leave_out("dataclasses_json", "requests", "tqdm", "regex", "filelock")
    import jax
    import jax.numpy as jnp
    from flaxmodels.gpt2 import GPT2LMHeadModel

    sizes = SimpleNamespace(vocab_size=410, n_positions=66, n_embd=72, n_layer=4, n_head=6, n_inner=None)
    vars(sizes).update(embd_pdrop=0.0, attn_pdrop=0.0, resid_pdrop=0.0, layer_norm_epsilon=1e-5)
    vars(sizes).update(activation_function="gelu", scale_attn_weights=True)
    # Which it has only where it was downloaded.
    GPT2LMHeadModel.param_dict = None
    gpt2 = GPT2LMHeadModel(sizes)
    # JAX calls the argument by another name today.
    reshape = jnp.reshape
    jnp.reshape = lambda array, shape=None, newshape=None: reshape(array, shape or newshape)
    shapes = jax.eval_shape(lambda key: gpt2.init(key, input_ids=jnp.ones((1, 5), jnp.int32)), jax.random.key(0))
    return {"flaxmodels_gpt2": flat(shapes["params"])}


def jimmy() -> dict:
    leave_out("py7zr", "huggingface_hub", "requests", "torch", "timm", "tqdm")
    import flax.nnx.module
    from flax import nnx

    # Where the Flax that it was written for had these.
    sys.modules |= {"flax.nnx.nnx": flax.nnx, "flax.nnx.nnx.module": flax.nnx.module}
    from jimmy.models.vit import DinoV2

    sizes = {"img_size": 70, "patch_size": 14, "embed_dim": 60, "depth": 4, "num_heads": 5, "init_values": 1e-5}
    model = nnx.eval_shape(lambda: DinoV2(**sizes, reg_tokens=0, rngs=nnx.Rngs(0)))
    state = nnx.state(model, nnx.Param)
    return {
        "jimmy_dinov2": {
            "/".join(map(str, path)): tuple(value.get_value().shape) for path, value in nnx.to_flat_state(state)
        }
    }


def gemma() -> dict:
    leave_out("kauldron", "sentencepiece", "tensorflow", "grain", "dialog", "chex", "typeguard", "jaxtyping")
    import jax
    import jax.numpy as jnp
    import kauldron

    kauldron.kd = left_out.Blank()
    kauldron.kd.nn = SimpleNamespace(Identity=lambda: lambda value: value)
    from gemma.gm.utils import _jax_utils

    # Reads the annotations that the packages left out would make.
    _jax_utils.flatten_unflatten_batch_dim = lambda: lambda function: function
    from gemma.gm.nn import _config, _transformer
    from gemma.gm.nn._modules import AttentionType

    class Decoder(_transformer.Transformer):
        config: _config.TransformerConfig = _config.TransformerConfig(
            num_embed=420,
            embed_dim=64,
            hidden_dim=152,
            num_heads=4,
            head_dim=24,
            num_kv_heads=2,
            final_logit_softcap=None,
            use_post_attn_norm=True,
            use_post_ffw_norm=True,
            use_qk_norm=True,
            attention_types=(*[AttentionType.LOCAL_SLIDING] * 3, AttentionType.GLOBAL),
            sliding_window_size=16,
            transpose_gating_einsum=True,
        )

    model = Decoder()
    shapes = jax.eval_shape(lambda key: model.init(key, jnp.ones((1, 5), jnp.int32)), jax.random.key(0))
    return {"gemma_gemma3": flat(shapes["params"])}


BUILDS = (flaxmodels, jimmy, gemma)
