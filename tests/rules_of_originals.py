"""What the weights of real originals become, written by hand, and how many of them `make rules` finds without an edit.

python rules_of_originals.py [folder of names and shapes]
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path


sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "template"))

import torch  # noqa: E402

import transformers  # noqa: E402
from porting.conversion.port import Port  # noqa: E402
from porting.conversion.propose.proposal import make_proposal  # noqa: E402
from porting.conversion.sources import Checkpoint, Weight  # noqa: E402


ORIGINALS = Path(__file__).parent / "originals"
LAYERS = range(3)
SIZES = {"hidden_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4, "vocab_size": 200}


def open_original(name: str, folder: Path = ORIGINALS) -> Checkpoint:
    shapes = json.loads((folder / f"{name}.json").read_text())
    weights = {key: Weight(key, tuple(shape), torch.float32, lambda: None) for key, shape in shapes.items()}
    return Checkpoint(folder / name, "names", weights)


def upstream_port(model: str, config: str, **sizes) -> Port:
    """A model of Transformers as the port."""
    with torch.device("meta"):
        built = getattr(transformers, model)(getattr(transformers, config)(**sizes))
    return Port(built, built.state_dict())


class PlainConfig(transformers.PreTrainedConfig):
    model_type = "plain"


class PlainModel(transformers.PreTrainedModel):
    config_class = PlainConfig
    base_model_prefix = "model"


def plain_port(shapes: dict[str, tuple[int, ...]]) -> Port:
    """A port that has these weights, named as upstream names them."""
    config = PlainConfig()
    config.hidden_size, config.vocab_size = 48, 200
    model = PlainModel(config)
    model.all_tied_weights_keys = {}
    for name, shape in shapes.items():
        *path, leaf = name.split(".")
        module = model
        for part in path:
            if part not in module._modules:
                module.add_module(part, torch.nn.Module())
            module = module._modules[part]
        module.register_parameter(leaf, torch.nn.Parameter(torch.empty(shape, device="meta")))
    return Port(model, model.state_dict())


def encoder_port(inner: int, bias: bool, norm_bias: bool, sub_norms: bool) -> Port:
    shapes = {"model.embed_tokens.weight": (200, 48), "model.embed_positions.weight": (64, 48)}
    for layer in LAYERS:
        at = f"model.layers.{layer}"
        for name in ("q_proj", "k_proj", "v_proj", "o_proj"):
            shapes[f"{at}.self_attn.{name}.weight"] = (48, 48)
            if bias:
                shapes[f"{at}.self_attn.{name}.bias"] = (48,)
        shapes |= {f"{at}.mlp.up_proj.weight": (inner, 48), f"{at}.mlp.up_proj.bias": (inner,)}
        shapes |= {f"{at}.mlp.down_proj.weight": (48, inner), f"{at}.mlp.down_proj.bias": (48,)}
        norms = {"input_layernorm": 48, "post_attention_layernorm": 48}
        if sub_norms:
            norms |= {"self_attn.inner_norm": 48, "mlp.inner_norm": inner}
        for name, width in norms.items():
            shapes[f"{at}.{name}.weight"] = (width,)
            if norm_bias:
                shapes[f"{at}.{name}.bias"] = (width,)
    shapes["model.norm.weight"] = (48,)
    if norm_bias:
        shapes["model.norm.bias"] = (48,)
    return plain_port(shapes | {"lm_head.weight": (200, 48)})


def both(old: str, new: str) -> dict[str, list[str]]:
    return {f"{old}.{leaf}": [f"{new}.{leaf}"] for leaf in ("weight", "bias")}


def pythia() -> dict:
    truth = {"lm_head.weight": ["lm_head.weight"], "transformer.wte.weight": ["gpt_neox.embed_in.weight"]}
    truth |= both("transformer.ln_f", "gpt_neox.final_layer_norm")
    for layer in LAYERS:
        old, new = f"transformer.h.{layer}", f"gpt_neox.layers.{layer}"
        truth |= both(f"{old}.norm_1", f"{new}.input_layernorm") | both(
            f"{old}.norm_2", f"{new}.post_attention_layernorm"
        )
        truth |= both(f"{old}.attn.qkv", f"{new}.attention.query_key_value")
        truth |= both(f"{old}.attn.proj", f"{new}.attention.dense")
        truth |= both(f"{old}.mlp.fc", f"{new}.mlp.dense_h_to_4h") | both(
            f"{old}.mlp.proj", f"{new}.mlp.dense_4h_to_h"
        )
    return truth


def llama() -> dict:
    truth = {"lm_head.weight": ["lm_head.weight"], "transformer.wte.weight": ["model.embed_tokens.weight"]}
    truth["transformer.ln_f.weight"] = ["model.norm.weight"]
    for layer in LAYERS:
        old, new = f"transformer.h.{layer}", f"model.layers.{layer}"
        truth |= {
            f"{old}.norm_1.weight": [f"{new}.input_layernorm.weight"],
            f"{old}.norm_2.weight": [f"{new}.post_attention_layernorm.weight"],
            f"{old}.attn.qkv.weight": [f"{new}.self_attn.{part}_proj.weight" for part in "qkv"],
            f"{old}.attn.proj.weight": [f"{new}.self_attn.o_proj.weight"],
            f"{old}.mlp.fc_1.weight": [f"{new}.mlp.gate_proj.weight"],
            f"{old}.mlp.fc_2.weight": [f"{new}.mlp.up_proj.weight"],
            f"{old}.mlp.proj.weight": [f"{new}.mlp.down_proj.weight"],
        }
    return truth


def esm(first: bool) -> dict:
    tokens = ["esm.embeddings.word_embeddings.weight"]
    truth = {"embed_tokens.weight": tokens, "lm_head.weight": tokens, "lm_head.bias": ["lm_head.bias"]}
    truth |= both("lm_head.dense", "lm_head.dense") | both("lm_head.layer_norm", "lm_head.layer_norm")
    truth |= both("contact_head.regression", "esm.contact_head.regression")
    truth |= both("emb_layer_norm_after", "esm.encoder.emb_layer_norm_after")
    if first:
        truth["embed_positions.weight"] = ["esm.embeddings.position_embeddings.weight"]
        truth |= both("emb_layer_norm_before", "esm.embeddings.layer_norm")
    for layer in LAYERS:
        old, new = f"layers.{layer}", f"esm.encoder.layer.{layer}"
        for short, long in (("q", "query"), ("k", "key"), ("v", "value")):
            truth |= both(f"{old}.self_attn.{short}_proj", f"{new}.attention.self.{long}")
        truth |= both(f"{old}.self_attn.out_proj", f"{new}.attention.output.dense")
        truth |= both(f"{old}.self_attn_layer_norm", f"{new}.attention.LayerNorm")
        truth |= both(f"{old}.fc1", f"{new}.intermediate.dense") | both(f"{old}.fc2", f"{new}.output.dense")
        truth |= both(f"{old}.final_layer_norm", f"{new}.LayerNorm")
    return truth


def torchscale() -> dict:
    truth = {"embed_tokens.weight": ["model.embed_tokens.weight"], "output_projection.weight": ["lm_head.weight"]}
    truth |= {"embed_positions.weight": ["model.embed_positions.weight"]} | both("layer_norm", "model.norm")
    for layer in LAYERS:
        old, new = f"layers.{layer}", f"model.layers.{layer}"
        for part in "qkv":
            truth |= both(f"{old}.self_attn.{part}_proj", f"{new}.self_attn.{part}_proj")
        truth |= both(f"{old}.self_attn.out_proj", f"{new}.self_attn.o_proj")
        truth |= both(f"{old}.self_attn.inner_attn_ln", f"{new}.self_attn.inner_norm")
        truth |= both(f"{old}.ffn.fc1", f"{new}.mlp.up_proj") | both(f"{old}.ffn.fc2", f"{new}.mlp.down_proj")
        truth |= both(f"{old}.ffn.ffn_layernorm", f"{new}.mlp.inner_norm")
        truth |= both(f"{old}.self_attn_layer_norm", f"{new}.input_layernorm")
        truth |= both(f"{old}.final_layer_norm", f"{new}.post_attention_layernorm")
    return truth


def x_encoder() -> dict:
    truth = {"token_emb.emb.weight": ["model.embed_tokens.weight"], "to_logits.weight": ["lm_head.weight"]}
    truth |= {
        "pos_emb.emb.weight": ["model.embed_positions.weight"],
        "attn_layers.final_norm.gamma": ["model.norm.weight"],
    }
    for layer in LAYERS:
        attention, feed_forward = (f"attn_layers.layers.{2 * layer + part}" for part in (0, 1))
        new = f"model.layers.{layer}"
        for part in "qkv":
            truth[f"{attention}.1.to_{part}.weight"] = [f"{new}.self_attn.{part}_proj.weight"]
        truth[f"{attention}.1.to_out.weight"] = [f"{new}.self_attn.o_proj.weight"]
        truth[f"{attention}.0.0.gamma"] = [f"{new}.input_layernorm.weight"]
        truth[f"{feed_forward}.0.0.gamma"] = [f"{new}.post_attention_layernorm.weight"]
        truth |= both(f"{feed_forward}.1.ff.0.0", f"{new}.mlp.up_proj") | both(
            f"{feed_forward}.1.ff.2", f"{new}.mlp.down_proj"
        )
    return truth


def x_alibi() -> dict:
    tokens = ["transformer.wte.weight"]
    truth = {"token_emb.emb.weight": tokens, "to_logits.weight": tokens}
    truth["attn_layers.final_norm.gamma"] = ["transformer.norm_f.weight"]
    for layer in LAYERS:
        attention, feed_forward = (f"attn_layers.layers.{2 * layer + part}" for part in (0, 1))
        new = f"transformer.blocks.{layer}"
        for part in "qkv":
            truth[f"{attention}.1.to_{part}.weight"] = [f"{new}.attn.Wqkv.weight"]
        truth[f"{attention}.1.to_out.weight"] = [f"{new}.attn.out_proj.weight"]
        truth[f"{attention}.0.0.gamma"] = [f"{new}.norm_1.weight"]
        truth[f"{feed_forward}.0.0.gamma"] = [f"{new}.norm_2.weight"]
        truth[f"{feed_forward}.1.ff.0.0.weight"] = [f"{new}.ffn.up_proj.weight"]
        truth[f"{feed_forward}.1.ff.2.weight"] = [f"{new}.ffn.down_proj.weight"]
    return truth


def x_t5() -> dict:
    shared = ["shared.weight"]
    truth = {"encoder.token_emb.emb.weight": shared, "decoder.net.token_emb.emb.weight": shared}
    truth["decoder.net.to_logits.weight"] = shared
    for old, new, parts in (("encoder", "encoder", "sf"), ("decoder.net", "decoder", "scf")):
        truth[f"{old}.attn_layers.final_norm.gamma"] = [f"{new}.final_layer_norm.weight"]
        table = f"{new}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"
        truth[f"{old}.attn_layers.rel_pos.relative_attention_bias.weight"] = [table]
        for layer in LAYERS:
            for place, part in enumerate(parts):
                was, now = (
                    f"{old}.attn_layers.layers.{layer * len(parts) + place}",
                    f"{new}.block.{layer}.layer.{place}",
                )
                truth[f"{was}.0.0.gamma"] = [f"{now}.layer_norm.weight"]
                if part == "f":
                    truth[f"{was}.1.ff.0.0.weight"] = [f"{now}.DenseReluDense.wi.weight"]
                    truth[f"{was}.1.ff.2.weight"] = [f"{now}.DenseReluDense.wo.weight"]
                    continue
                attention = f"{now}.{'SelfAttention' if part == 's' else 'EncDecAttention'}"
                for short, long in (("q", "q"), ("k", "k"), ("v", "v"), ("out", "o")):
                    truth[f"{was}.1.to_{short}.weight"] = [f"{attention}.{long}.weight"]
    return truth


def esm_port(**sizes) -> Port:
    sizes = SIZES | {"vocab_size": 33, "max_position_embeddings": 66, "pad_token_id": 1} | sizes
    return upstream_port("EsmForMaskedLM", "EsmConfig", **sizes)


CASES = {
    "x_transformers_encoder": (x_encoder, lambda: encoder_port(192, bias=False, norm_bias=False, sub_norms=False)),
    "x_transformers_alibi_decoder": (
        x_alibi,
        lambda: upstream_port("MptForCausalLM", "MptConfig", d_model=48, n_heads=4, n_layers=3, vocab_size=200),
    ),
    "x_transformers_t5": (
        x_t5,
        lambda: upstream_port(
            "T5ForConditionalGeneration",
            "T5Config",
            d_model=48,
            d_kv=12,
            d_ff=192,
            num_layers=3,
            num_heads=4,
            vocab_size=200,
        ),
    ),
    "litgpt_pythia": (
        pythia,
        lambda: upstream_port("GPTNeoXForCausalLM", "GPTNeoXConfig", intermediate_size=96, **SIZES),
    ),
    "litgpt_llama": (
        llama,
        lambda: upstream_port(
            "LlamaForCausalLM", "LlamaConfig", intermediate_size=80, num_key_value_heads=2, head_dim=12, **SIZES
        ),
    ),
    "fair_esm_1b": (lambda: esm(True), lambda: esm_port(intermediate_size=96, emb_layer_norm_before=True)),
    "fair_esm_2": (
        lambda: esm(False),
        lambda: esm_port(intermediate_size=192, position_embedding_type="rotary", emb_layer_norm_before=False),
    ),
    "torchscale_encoder": (torchscale, lambda: encoder_port(96, bias=True, norm_bias=True, sub_norms=True)),
}


@dataclass(frozen=True)
class Score:
    """The weights of an original that have a place in the port; rightly mapped; of these sure; wrong and not said."""

    weights: list[str]
    right: list[str]
    sure: list[str]
    silently_wrong: list[str]


def score(name: str, folder: Path = ORIGINALS) -> Score:
    """Propose rules for an original and compare them with the truth."""
    truth_of, port_of = CASES[name]
    original, truth = open_original(name, folder), truth_of()
    proposal = make_proposal(original, port_of())
    learned = {weight for weight in original.weights if not any(part in weight for part in proposal.dropped)}
    assert set(truth) == learned
    right = [weight for weight in truth if proposal.made.get(weight) == truth[weight]]
    wrong = [weight for weight in proposal.sure if proposal.made[weight] != truth.get(weight)]
    return Score(list(truth), right, [weight for weight in right if weight in proposal.sure], wrong)


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ORIGINALS
    scores = {name: score(name, folder) for name in CASES}
    rows = [(name, *(len(part) for part in vars(scores[name]).values())) for name in CASES]
    rows.append(("all", *(sum(row[column] for row in rows) for column in range(1, 5))))
    print(f"{'original':30} {'weights':>8} {'right':>6} {'of them sure':>13} {'silently wrong':>15}")
    for name, weights, right, sure, wrong in rows:
        print(f"{name:30} {weights:8} {right:6} {sure:13} {wrong:15}")
    return 0 if all(10 * right >= 9 * weights and not wrong for _, weights, right, _, wrong in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
