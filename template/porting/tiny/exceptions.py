"""What no rule of `config` reaches, by the model a port started from. One readable table; each entry says why."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class TinyException:
    """`defaults` go into the default configuration; `sizes` (nested fields by dots) replace what the rules chose."""

    why: str = ""
    defaults: dict = field(default_factory=dict)
    sizes: dict = field(default_factory=dict)


# Convolutions of one by one, for a block that has no sizes by default.
_PLAIN_BLOCK = {
    f"{which}_{ratio}ratio": [1, 1, 0]
    for which in ("vertical_long_to_small_conv", "horizontal_small_to_long_conv", "symmetric_conv_long")
    for ratio in ("long", "mid", "short")
} | {"reduce_channel": [1, 1, 0], "return_channel": [1, 1, 0]}

EXCEPTIONS: dict[str, TinyException] = {
    "bamba": TinyException("by default no layer attends, and its cache needs one", sizes={"attn_layer_indices": [1]}),
    "granitemoehybrid": TinyException(
        "by default no layer attends, and its cache needs one",
        sizes={"layer_types": ["linear_attention", "full_attention"]},
    ),
    "gpt_neo": TinyException(
        "kinds of layers are nested with how often", sizes={"attention_types": [[["global", "local"], 1]]}
    ),
    "dbrx": TinyException(
        "the base of the rotary has no default", sizes={"attn_config.rope_theta": 10000.0, "attn_config.clip_qkv": 8.0}
    ),
    "chameleon": TinyException(
        "the ids of image tokens stand in a map that is empty by default",
        sizes={
            "vq_config.num_embeddings": 8,
            "vocabulary_map": {"<image>": 70, **{f"IMGIMG{letter}Z": 71 + n for n, letter in enumerate("ABCDEFGH")}},
        },
    ),
    "detr": TinyException(
        "its segmentation head normalises width plus heads in 8 groups, and reads four stages of the backbone",
        sizes={
            "encoder_attention_heads": 8,
            "decoder_attention_heads": 8,
            "backbone_config": {
                "model_type": "resnet",
                "out_indices": [1, 2, 3, 4],
                "embedding_size": 8,
                "hidden_sizes": [8, 8, 16, 32],
                "depths": [1, 1, 1, 1],
            },
        },
    ),
    "align": TinyException(
        "widths of the vision part stand in its code, times a coefficient",
        sizes={"projection_dim": 80},
    ),
    "beit": TinyException(
        "segmentation wants four stages, the default names one",
        sizes={"num_hidden_layers": 4, "out_indices": [1, 2, 3, 4]},
    ),
    "cohere_compass_text": TinyException(
        "each kind of layer wants rotary parameters, the default has none",
        sizes={
            "rope_parameters": {
                "full_attention": {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [4, 2, 2]}
            }
        },
    ),
    "depth_pro": TinyException(
        "cuts the image into pieces of a fixed overlap",
        sizes={
            "image_size": 128,
            "patch_size": 32,
            "image_model_config.image_size": 32,
            "patch_model_config.image_size": 32,
            "fov_model_config.image_size": 32,
            "image_model_config.patch_size": 8,
            "patch_model_config.patch_size": 8,
            "fov_model_config.patch_size": 8,
            "intermediate_hook_ids": [1, 0],
            "image_model_config.num_hidden_layers": 2,
            "patch_model_config.num_hidden_layers": 2,
        },
    ),
    "qwen4_exp_text": TinyException(
        "the sizes of the indexer have no default",
        sizes={
            "indexer_n_heads": 4,
            "indexer_kv_heads": 1,
            "indexer_head_dim": 32,
            "indexer_budget": 16,
            "indexer_compress_ratio": 4,
        },
    ),
    "seggpt": TinyException("merges before the first layer it gives out", sizes={"merge_index": 0}),
    "shieldgemma2": TinyException(
        "the ids of its two answers stand in its code", sizes={"yes_token_index": 5, "no_token_index": 6}
    ),
    "chmv2": TinyException("the head reads the class token", sizes={"backbone_config.return_class_token": True}),
    "sapiens2": TinyException(
        "its heads have no sizes by default",
        sizes={
            "head_config.upsample_out_channels": [16],
            "head_config.conv_out_channels": [16],
            "head_config.scale_conv_out_channels": [8],
            "head_config.scale_final_hidden_sizes": [16, 8],
        },
    ),
    "efficientloftr": TinyException(
        "the rotary spans the width of four heads", sizes={"num_attention_heads": 8, "fine_matching_slice_dim": 2}
    ),
    "lw_detr": TinyException("its projector has no scales by default", sizes={"projector_scale_factors": [1.0]}),
    "deepseek_ocr2_text": TinyException(
        "no kinds of layers by default", sizes={"mlp_layer_types": ["dense", "sparse"]}
    ),
    "llama4_vision_model": TinyException("four pixels are shuffled into one", sizes={"intermediate_size": 256}),
    "emu3": TinyException(
        "the ids of image tokens stand in a map that is empty by default; a width is four times the channels",
        sizes={"vocabulary_map": {"<image>": 70}, "vq_config.hidden_size": 128},
    ),
    "qwen2_5_omni_thinker": TinyException(
        "two ids have no default", sizes={"vision_start_token_id": 100, "vision_end_token_id": 101}
    ),
    "qwen3_omni_moe_thinker": TinyException(
        "two ids have no default", sizes={"vision_start_token_id": 100, "vision_end_token_id": 101}
    ),
    "markuplm": TinyException(
        "what fills up paths are the last of the tags", sizes={"tag_pad_id": 3, "subs_pad_id": 3}
    ),
    "qwen3_omni_moe_talker_text": TinyException(
        "the width of what all experts share is an argument, not a field",
        sizes={"shared_expert_intermediate_size": 32},
    ),
    **dict.fromkeys(
        ("t5gemma2_text", "t5gemma2_decoder"),
        TinyException("the dropout is a field of the whole, which hands it to its parts", sizes={"dropout_rate": 0.0}),
    ),
    "apertus1p5": TinyException(
        "images and sounds have ranges of the vocabulary, one after the other",
        sizes={"image_token_offset": 256, "audio_token_offset": 512, "text_config.vocab_size": 800},
    ),
    "vitmatte": TinyException("its width is not that of its default backbone", sizes={"hidden_size": 64}),
    "pp_doclayout_v2": TinyException(
        "no thresholds and order of classes by default",
        sizes={"class_thresholds": [0.5] * 64, "class_order": list(range(64))},
    ),
    "nemotron3_5_asr": TinyException("the id of the default prompt is 101", sizes={"num_prompts": 128}),
    "pp_ocrv5_server_det": TinyException(
        "its neck has no sizes by default",
        sizes={"intraclass_block_config": _PLAIN_BLOCK, "scale_factor_list": [1, 2, 4, 8], "kernel_list": [3, 2, 2]},
    ),
    **dict.fromkeys(
        ("step3p5", "step3p7_text"),  # of Transformers, of a port
        TinyException("always has a window, by default of no width", sizes={"sliding_window": 16}),
    ),
    "lfm2_moe": TinyException("no kinds of layers by default", sizes={"layer_types": ["conv", "full_attention"]}),
    "diffusion_gemma_text": TinyException(
        "always has experts, by default of no number",
        sizes={"num_experts": 4, "top_k_experts": 2, "moe_intermediate_size": 32},
    ),
    "granite4_vision": TinyException(
        "no map of layers by default", sizes={"deepstack_layer_map": [[-1, 0]], "downsample_rate": "1/2"}
    ),
    "superglue": TinyException(
        "matches every pair of key points, a hundred times",
        sizes={
            "keypoint_detector_config.max_keypoints": 16,
            "gnn_layers_types": ["self", "cross"],
            "sinkhorn_iterations": 5,
        },
    ),
    "xmod": TinyException("no language is the default one", sizes={"default_language": "en_XX"}),
    "reformer": TinyException(
        "the parts of its positions add up to the width, their sides to the length",
        sizes={"axial_pos_embds_dim": [32, 32], "axial_pos_shape": [8, 8]},
    ),
    "zamba": TinyException(
        "its hybrid layers share weights, which takes two of them",
        sizes={"num_hidden_layers": 4, "layers_block_type": ["linear_attention", "hybrid"] * 2},
    ),
    "xlstm": TinyException("widths are rounded up to 64", sizes={"hidden_size": 128, "embedding_dim": 128}),
    "blt": TinyException("its cache asks for a number that only its parts have", sizes={"num_hidden_layers": 2}),
    "layoutlmv3": TinyException(
        "four coordinates and two sides add up to the width", sizes={"coordinate_size": 10, "shape_size": 12}
    ),
    "lilt": TinyException("six coordinates share the width", sizes={"hidden_size": 96}),
    "hiera": TinyException(
        "the decoder of its pretraining has no sizes by default",
        sizes={"decoder_hidden_size": 64, "decoder_depth": 2, "decoder_num_heads": 4},
    ),
    "gemma4_audio": TinyException(
        "a channel count stands for the mel bins", sizes={"subsampling_conv_channels": [128, 32]}
    ),
    "deepseek_ocr2_vision": TinyException(
        "by default its encoder is not as wide as what it is given",
        sizes={"sam_config.downsample_channels": [32, 64]},
    ),
    "clvp": TinyException(
        "by default speech has fewer codes than it is made of; heads are at least as wide as their rotary, 32",
        sizes={
            "speech_config.vocab_size": 512,
            "speech_config.num_attention_heads": 2,
            "text_config.num_attention_heads": 2,
        },
    ),
    "pp_ocrv6_small_det": TinyException(
        "its neck reads four stages, the default backbone gives one, and is made for lines of text",
        sizes={
            "layer_list_out_channels": [16, 32, 64, 128],
            "neck_out_channels": 32,
            "backbone_config.stem_channels": [3, 8, 16],
            "backbone_config.block_configs": [
                [[3, 16, 16, 1, True]],
                [[3, 16, 32, 2, False]],
                [[3, 32, 64, 2, False]],
                [[3, 64, 128, 2, False]],
            ],
            "backbone_config.out_features": ["stage1", "stage2", "stage3", "stage4"],
        },
    ),
    "univnet": TinyException("a width stands in its code", sizes={"model_in_channels": 64}),
    "uvdoc": TinyException(
        "it reads all stages, the default names one",
        sizes={"backbone_config.out_features": [f"stage{number}" for number in range(1, 7)]},
    ),
    "vibevoice_asr": TinyException(
        "a chunk is so many hops of 3200 samples", sizes={"acoustic_tokenizer_chunk_size": 32000}
    ),
    "xcodec": TinyException("a code is as wide as both its encoders together", sizes={"codebook_dim": 576}),
    "kosmos_2": TinyException("an image has more states than a short text places", sizes={"latent_query_num": 4}),
    "kosmos_2_5": TinyException("an image has more states than a short text places", sizes={"latent_query_num": 4}),
    "moonshine_streaming": TinyException(
        "heads of keys are an argument, not a field", sizes={"num_key_value_heads": 4}
    ),
    "perceiver": TinyException(
        "positions have a width that only one head divides",
        sizes={"num_cross_attention_heads": 1, "num_self_attention_heads": 4},
    ),
    "pi0": TinyException("both parts share keys, by default of other widths", sizes={"dit_config.head_dim": 16}),
    "pix2struct_text_model": TinyException(
        "what it is initialised with is a field of the whole", sizes={"initializer_range": 0.02}
    ),
    "dots3_note_text": TinyException(
        "sizes of sliding layers are arguments, not fields",
        sizes={
            "swa_num_attention_heads": 4,
            "swa_num_key_value_heads": 4,
            "swa_head_dim": 16,
            "swa_qk_nope_head_dim": 8,
            "swa_v_head_dim": 8,
            "swa_q_lora_rank": 16,
            "swa_kv_lora_rank": 16,
        },
    ),
}


def exception_for(model_type: str) -> TinyException:
    """The entry of a model, or an empty one; dashes and underscores are the same."""
    return EXCEPTIONS.get(model_type.replace("-", "_"), TinyException())
