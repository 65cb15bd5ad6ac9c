"""Text models in PyTorch."""

import argparse
import sys
import types

from left_out import leave_out


LAYERS, WIDTH, HEADS, VOCABULARY, LENGTH = 3, 48, 4, 200, 64


def x_transformers() -> dict:
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


def litgpt() -> dict:
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


def fair_esm() -> dict:
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


def torchscale() -> dict:
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


def litgpt_more() -> dict:
    from litgpt import GPT, Config

    sizes = {"padded_vocab_size": 320, "block_size": LENGTH}
    phi = {"n_layer": 4, "n_embd": 72, "n_head": 6, "intermediate_size": 288}
    experts = {"n_layer": 3, "n_embd": 64, "n_head": 8, "n_query_groups": 2, "head_size": 12}
    experts |= {"n_expert": 6, "n_expert_per_token": 2, "moe_intermediate_size": 40, "intermediate_size": 144}
    return {
        "litgpt_phi_2": GPT(Config.from_name("phi-2", **sizes, **phi)),
        "litgpt_qwen3_moe": GPT(Config.from_name("Qwen3-30B-A3B", **sizes, **experts)),
    }


def mambapy() -> dict:
    leave_out("mamba_ssm")
    from mambapy.lm import LM
    from mambapy.mamba import MambaConfig

    model = LM(MambaConfig(d_model=56, n_layers=4, d_state=12), vocab_size=260)
    return {"mambapy_mamba": model}


def gpt_oss() -> dict:
    import torch
    from gpt_oss.torch.model import ModelConfig, Transformer

    sizes = ModelConfig(
        num_hidden_layers=3,
        num_experts=5,
        experts_per_token=2,
        vocab_size=280,
        hidden_size=64,
        intermediate_size=72,
        head_dim=16,
        num_attention_heads=6,
        num_key_value_heads=2,
    )
    return {"gpt_oss": Transformer(sizes, device=torch.device("cpu"))}


def mistral_inference() -> dict:
    leave_out("xformers", "simple_parsing")
    from mistral_inference.args import TransformerArgs
    from mistral_inference.moe import MoeArgs
    from mistral_inference.transformer import Transformer

    sizes = {"dim": 64, "n_layers": 3, "head_dim": 12, "hidden_dim": 112, "n_heads": 6, "n_kv_heads": 3}
    sizes |= {"norm_eps": 1e-5, "vocab_size": 240, "moe": MoeArgs(num_experts=4, num_experts_per_tok=2)}
    return {"mistral_inference_mixtral": Transformer(TransformerArgs(**sizes))}


def curated_transformers() -> dict:
    leave_out("catalogue", "curated_tokenizers", "requests")
    from curated_transformers.models import ALBERTEncoder, BERTEncoder, FalconCausalLM
    from curated_transformers.models.albert import ALBERTConfig
    from curated_transformers.models.bert import BERTConfig
    from curated_transformers.models.falcon import FalconConfig

    falcon = FalconConfig(hidden_width=64, n_query_heads=8, n_key_value_heads=1, n_hidden_layers=4, n_pieces=300)
    encoder = {"hidden_width": 60, "intermediate_width": 160, "n_attention_heads": 5, "n_positions": 70}
    albert = ALBERTConfig(embedding_width=24, n_hidden_layers=4, n_hidden_groups=1, n_pieces=310, **encoder)
    bert = BERTConfig(embedding_width=60, n_hidden_layers=3, n_pieces=330, **encoder)
    return {
        "curated_falcon": FalconCausalLM(falcon),
        "curated_albert": ALBERTEncoder(albert),
        "curated_bert": BERTEncoder(bert),
    }


def torchtune() -> dict:
    leave_out("torchao", "torchdata", "datasets", "torchvision", "blobfile", "omegaconf", "sentencepiece", "tiktoken")
    from torchtune.models.gemma2 import gemma2
    from torchtune.models.phi3 import phi3
    from torchtune.models.qwen2 import qwen2

    sizes = {"vocab_size": 270, "num_layers": 4, "num_heads": 6, "num_kv_heads": 2, "max_seq_len": LENGTH}
    return {
        "torchtune_gemma2": gemma2(**sizes, embed_dim=72, head_dim=16, intermediate_dim=176),
        "torchtune_phi3": phi3(**sizes | {"num_kv_heads": 6}, embed_dim=72, intermediate_dim=184),
        "torchtune_qwen2": qwen2(**sizes, embed_dim=72, intermediate_dim=152, tie_word_embeddings=False),
    }


def ai2_olmo() -> dict:
    leave_out(
        "omegaconf", "olmo_data", "boto3", "botocore", "cached_path", "google", "smart_open", "datasets", "requests"
    )
    from olmo.config import ModelConfig
    from olmo.model import OLMo

    sizes = {"d_model": 64, "n_heads": 4, "n_layers": 4, "mlp_hidden_size": 352, "max_sequence_length": LENGTH}
    sizes |= {"vocab_size": 290, "embedding_size": 304, "rope": True, "weight_tying": False, "include_bias": False}
    sizes |= {"activation_type": "swiglu", "init_device": "cpu", "flash_attention": False}
    sizes |= {"layer_norm_type": "rms", "attention_layer_norm": True, "norm_after": True}
    return {"ai2_olmo2": OLMo(ModelConfig(**sizes))}


def opennmt_py() -> dict:
    leave_out("torchtext", "configargparse", "ctranslate2", "pyonmttok", "waitress", "sacrebleu", "rapidfuzz", "flask")
    leave_out(
        "tensorboard",
        "sentencepiece",
        "subword_nmt",
        "six",
        "fasttext",
        "bitsandbytes",
        "spacy",
        "apex",
        "pandas",
        "ahocorasick",
    )
    from onmt.decoders.transformer import TransformerDecoder
    from onmt.encoders.transformer import TransformerEncoder
    from onmt.models.model import NMTModel
    from onmt.modules.embeddings import Embeddings
    from torch import nn

    def embeddings() -> nn.Module:
        concatenated = {"position_encoding": True, "position_encoding_type": "SinusoidalConcat"}
        return Embeddings(72, 360, word_padding_idx=1, **concatenated)

    sizes = {"d_model": 72, "heads": 6, "d_ff": 152, "dropout": 0.0, "attention_dropout": 0.0, "add_qkvbias": True}
    sizes |= {"max_relative_positions": 0, "relative_positions_buckets": 0}
    of_decoder = {"copy_attn": False, "self_attn_type": "scaled-dot", "aan_useffn": False}
    of_decoder |= {"full_context_alignment": False, "alignment_layer": 0, "alignment_heads": 0}
    model = NMTModel(
        TransformerEncoder(num_layers=3, embeddings=embeddings(), **sizes),
        TransformerDecoder(num_layers=4, embeddings=embeddings(), **sizes, **of_decoder),
    )
    model.generator = nn.Linear(72, 360)
    return {"opennmt_py": model}


BUILDS = (x_transformers, litgpt, fair_esm, torchscale)
BUILDS += (litgpt_more, mambapy, gpt_oss, mistral_inference, curated_transformers, torchtune, ai2_olmo, opennmt_py)
