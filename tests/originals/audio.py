"""Models of sound in PyTorch."""

from left_out import leave_out


def openai_whisper() -> dict:
    leave_out("numba", "tiktoken")
    from whisper.model import ModelDimensions, Whisper

    sizes = {"n_mels": 80, "n_audio_ctx": 150, "n_audio_state": 72, "n_audio_head": 6, "n_audio_layer": 3}
    sizes |= {"n_vocab": 340, "n_text_ctx": 44, "n_text_state": 72, "n_text_head": 6, "n_text_layer": 4}
    return {"openai_whisper": Whisper(ModelDimensions(**sizes))}


def s3prl() -> dict:
    leave_out("torchaudio")
    from s3prl.upstream.hubert.hubert_model import HubertConfig, HubertModel, HubertPretrainingConfig
    from s3prl.upstream.wav2vec2.wav2vec2_model import Wav2Vec2Config, Wav2Vec2Model
    from s3prl.upstream.wavlm.WavLM import WavLM, WavLMConfig

    sizes = {"encoder_layers": 4, "encoder_embed_dim": 48, "encoder_ffn_embed_dim": 160, "encoder_attention_heads": 6}
    sizes |= {"conv_feature_layers": "[(32,10,5)] + [(32,3,2)] * 4 + [(32,2,2)] * 2"}
    sizes |= {"conv_pos": 20, "conv_pos_groups": 4}
    relative = {"relative_position_embedding": True, "num_buckets": 40, "max_distance": 80, "gru_rel_pos": True}
    return {
        "s3prl_wavlm": WavLM(WavLMConfig(sizes | relative)),
        "s3prl_hubert": HubertModel(
            HubertConfig(**sizes, label_rate=50, final_dim=28),
            HubertPretrainingConfig(),
            [[str(unit) for unit in range(50)]],
        ),
        "s3prl_wav2vec2": Wav2Vec2Model(
            Wav2Vec2Config(**sizes, quantize_targets=True, final_dim=28, latent_vars=36, latent_dim=24)
        ),
    }


def encodec() -> dict:
    leave_out("torchaudio")
    from encodec.model import EncodecModel

    return {"encodec": EncodecModel._get_model([1.5, 3.0], sample_rate=24000, channels=1)}


def descript_audio_codec() -> dict:
    leave_out("audiotools", "argbind")
    # The base of its models, which has no weight.
    import audiotools.ml
    from torch import nn

    audiotools.ml.BaseModel = type("BaseModel", (nn.Module,), {"INTERN": [], "EXTERN": []})
    from dac.model.dac import DAC

    sizes = {"encoder_dim": 16, "encoder_rates": [2, 4, 5], "decoder_dim": 96, "decoder_rates": [5, 4, 2]}
    return {"descript_audio_codec": DAC(**sizes, n_codebooks=5, codebook_size=128, codebook_dim=6)}


def moshi() -> dict:
    leave_out("sphn", "sounddevice", "aiohttp", "sentencepiece", "bitsandbytes")
    from moshi.models.compression import MimiModel
    from moshi.models.loaders import _quantizer_kwargs, _seanet_kwargs, _transformer_kwargs
    from moshi.modules import SEANetDecoder, SEANetEncoder, transformer
    from moshi.quantization import SplitResidualVectorQuantizer

    width = 64
    sizes = _seanet_kwargs | {"dimension": width, "n_filters": 8}
    layers = {"d_model": width, "num_heads": 4, "num_layers": 3, "dim_feedforward": 144}
    layers = _transformer_kwargs | layers | {"input_dimension": width, "output_dimensions": [width]}
    codes = {"dimension": 28, "n_q": 6, "bins": 128, "input_dimension": width, "output_dimension": width}
    model = MimiModel(
        SEANetEncoder(**sizes),
        SEANetDecoder(**sizes),
        SplitResidualVectorQuantizer(**_quantizer_kwargs | codes),
        channels=1,
        sample_rate=24000,
        frame_rate=12.5,
        encoder_frame_rate=25,
        causal=True,
        resample_method="conv",
        encoder_transformer=transformer.ProjectedTransformer(**layers),
        decoder_transformer=transformer.ProjectedTransformer(**layers),
    )
    return {"moshi_mimi": model}


def snac() -> dict:
    from snac import SNAC

    sizes = {"encoder_dim": 12, "encoder_rates": [2, 4, 5], "decoder_dim": 96, "decoder_rates": [5, 4, 2]}
    return {"snac": SNAC(**sizes, attn_window_size=8, codebook_size=64, codebook_dim=6, vq_strides=[4, 2, 1])}


BUILDS = (openai_whisper, s3prl, encodec, descript_audio_codec, moshi, snac)
