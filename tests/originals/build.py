"""Write the names and shapes of small originals, built from their packages: run where these are installed, not Transformers.

python build.py <folder>
"""

import argparse
import json
import sys
import types
from pathlib import Path

from torch import nn


LAYERS, WIDTH, HEADS, VOCABULARY, LENGTH = 3, 48, 4, 200, 64


def x_transformers() -> dict[str, nn.Module]:
    from x_transformers import Decoder, Encoder, TransformerWrapper, XTransformer

    sizes = {"dim": WIDTH, "depth": LAYERS, "heads": HEADS, "attn_dim_head": WIDTH // HEADS}
    around = {"num_tokens": VOCABULARY, "max_seq_len": LENGTH}
    alibi = Decoder(**sizes, alibi_pos_bias=True, ff_no_bias=True)
    side = {name: value for name, value in (sizes | around).items() if name != "dim"}
    side |= {"ff_no_bias": True, "rel_pos_bias": True, "use_abs_pos_emb": False}
    sides = {f"{prefix}_{name}": value for prefix in ("enc", "dec") for name, value in side.items()}
    return {
        "x_transformers_encoder": TransformerWrapper(**around, attn_layers=Encoder(**sizes)),
        "x_transformers_alibi_decoder": TransformerWrapper(**around, use_abs_pos_emb=False, attn_layers=alibi),
        "x_transformers_t5": XTransformer(dim=WIDTH, tie_token_emb=True, **sides),
    }


def litgpt() -> dict[str, nn.Module]:
    from litgpt import GPT, Config

    sizes = {
        "n_layer": LAYERS,
        "n_embd": WIDTH,
        "n_head": HEADS,
        "padded_vocab_size": VOCABULARY,
        "block_size": LENGTH,
    }
    grouped = {"n_query_groups": 2, "head_size": WIDTH // HEADS, "intermediate_size": 80}
    return {
        "litgpt_pythia": GPT(Config.from_name("pythia-14m", **sizes, intermediate_size=96)),
        "litgpt_llama": GPT(Config.from_name("Llama-3.2-1B", **sizes, **grouped)),
    }


def fair_esm() -> dict[str, nn.Module]:
    from esm.data import Alphabet
    from esm.model.esm1 import ProteinBertModel
    from esm.model.esm2 import ESM2

    sizes = argparse.Namespace(
        arch="roberta_large",
        layers=LAYERS,
        embed_dim=WIDTH,
        ffn_embed_dim=96,
        attention_heads=HEADS,
        max_positions=LENGTH,
        max_tokens=LENGTH,
        emb_layer_norm_before=True,
        token_dropout=True,
        final_bias=True,
        logit_bias=True,
    )
    return {
        "fair_esm_1b": ProteinBertModel(sizes, Alphabet.from_architecture("roberta_large")),
        "fair_esm_2": ESM2(num_layers=LAYERS, embed_dim=WIDTH, attention_heads=HEADS),
    }


def torchscale() -> dict[str, nn.Module]:
    # torchscale imports one function and one decorator from timm, which needs torchvision; neither makes a weight.
    for name in ("timm", "timm.models", "timm.models.layers"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules["timm.models.layers"].drop_path = lambda hidden, *_: hidden
    sys.modules["timm.models"].register_model = lambda function: function

    from torchscale.architecture.config import EncoderConfig
    from torchscale.architecture.encoder import Encoder
    from torchscale.component.embedding import PositionalEmbedding, TextEmbedding

    sizes = EncoderConfig(
        vocab_size=VOCABULARY,
        encoder_embed_dim=WIDTH,
        encoder_attention_heads=HEADS,
        encoder_ffn_embed_dim=96,
        encoder_layers=LAYERS,
        max_source_positions=LENGTH,
    )
    tokens, positions = TextEmbedding(VOCABULARY, WIDTH), PositionalEmbedding(LENGTH, WIDTH)
    return {"torchscale_encoder": Encoder(sizes, embed_tokens=tokens, embed_positions=positions)}


def main() -> None:
    folder = Path(sys.argv[1])
    for build in (x_transformers, litgpt, fair_esm, torchscale):
        for name, model in build().items():
            lines = [f"  {json.dumps(key)}: {list(value.shape)}" for key, value in model.state_dict().items()]
            (folder / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
