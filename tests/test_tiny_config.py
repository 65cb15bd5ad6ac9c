"""Tiny configurations: the constraints hold, every kind of layer stays, the model is small."""

import pytest
import torch

import transformers
from porting.tiny.config import default_config, tiny_config
from porting.tiny.exceptions import EXCEPTIONS
from porting.tiny.roles import role_of
from porting.tiny.shapes import scaled_sections
from transformers.models.auto.configuration_auto import CONFIG_MAPPING


@pytest.mark.parametrize(
    "name, role",
    [
        ("hidden_size", "width"),
        ("d_model", "width"),
        ("num_key_value_heads", "heads"),
        ("qk_rope_head_dim", "head_dim"),
        ("moe_intermediate_size", "expert_inner"),
        ("n_routed_experts", "experts"),
        ("num_experts_per_tok", "top_k"),
        ("n_group", "groups"),
        ("q_lora_rank", "rank"),
        ("num_hidden_layers", "layers"),
        ("decoder_layers", "layers"),
        ("first_k_dense_replace", "first"),
        ("full_attention_interval", "period"),
        ("deepstack_visual_indexes", "layer_ids"),
        ("image_token_index", "token"),
        ("boi_token_id", "token"),
        ("max_position_embeddings", "positions"),
        ("sliding_window", "window"),
        ("patch_size", "keep"),
        ("conv_stride", "keep"),
        ("sample_rate", "keep"),
        ("vocab_size", "vocabulary"),
    ],
)
def test_a_name_says_what_a_field_counts(name, role):
    assert role_of(name) == role


# One or two of each kind, and those with the constraints that are easiest to break.
TYPES = (
    "llama",
    "deepseek_v3",
    "jamba",
    "qwen3_next",
    "bert",
    "bart",
    "t5",
    "vit",
    "swin",
    "detr",
    "wav2vec2",
    "whisper",
)
TYPES += ("clip", "llava", "qwen2_vl", "gemma3n_text")


@pytest.mark.parametrize("model_type", TYPES)
def test_a_tiny_configuration_makes_a_small_model(model_type):
    config = tiny_config(CONFIG_MAPPING[model_type])
    assert type(config) is CONFIG_MAPPING[model_type]
    with torch.device("meta"):
        model = transformers.AutoModel.from_config(config)
    assert model.num_parameters() < 2_000_000
    again = type(config).from_dict(config.to_dict())
    assert again.to_dict() == config.to_dict(), "what is saved is not what is loaded"


@pytest.mark.parametrize("model_type", ["gemma3_text", "qwen3_next", "deepseek_v3", "llama4_text", "gemma3n_text"])
def test_every_kind_of_layer_is_kept(model_type):
    config_class = CONFIG_MAPPING[model_type]
    default, tiny = default_config(config_class), tiny_config(config_class)
    for field in ("layer_types", "mlp_layer_types", "no_rope_layers"):
        if getattr(default, field, None):
            assert set(getattr(default, field)) == set(getattr(tiny, field)), field
            assert len(getattr(tiny, field)) == tiny.num_hidden_layers


def test_grouped_heads_stay_grouped_and_token_ids_distinct_and_in_the_vocabulary():
    config = tiny_config(CONFIG_MAPPING["qwen2_vl"])
    text = config.text_config
    assert 1 < text.num_key_value_heads < text.num_attention_heads
    assert text.hidden_size == config.vision_config.hidden_size, "what the vision part gives, the text part takes"
    ids = [config.image_token_id, config.video_token_id, config.vision_start_token_id, text.eos_token_id]
    assert len(set(ids)) == 4 and max(ids) < text.vocab_size


def test_a_renamed_copy_of_a_class_with_a_field_of_its_own_is_made_like_its_parent():
    class CopyConfig(CONFIG_MAPPING["qwen3_moe"]):
        model_type = "my_copy"
        gate_hidden_size: int = 2048

    tiny, parent = tiny_config(CopyConfig, "qwen3_moe"), tiny_config(CONFIG_MAPPING["qwen3_moe"])
    assert tiny.hidden_size == parent.hidden_size and tiny.num_experts == parent.num_experts
    assert tiny.gate_hidden_size == tiny.hidden_size, "equal by default, equal here"


def test_a_port_has_the_exceptions_of_its_parent():
    class CopyConfig(CONFIG_MAPPING["gpt_neo"]):
        model_type = "my_copy"

    assert tiny_config(CopyConfig, "gpt_neo").attention_types == EXCEPTIONS["gpt_neo"].sizes["attention_types"]


def test_a_part_of_a_part_has_the_exceptions_of_the_whole_and_a_part_has_not():
    class CopyTextConfig(CONFIG_MAPPING["t5gemma2_text"]):
        model_type = "my_copy_text"

    class CopyConfig(CONFIG_MAPPING["t5gemma2_encoder"]):
        model_type = "my_copy"
        sub_configs_defaults = CONFIG_MAPPING["t5gemma2_encoder"].sub_configs_defaults | {
            "text_config": CopyTextConfig
        }

    assert tiny_config(CopyConfig, "t5gemma2_encoder").text_config.dropout_rate == 0.0

    class CopyDetrPart(CONFIG_MAPPING["gpt_neo"]):
        model_type = "my_part"

    assert tiny_config(CopyDetrPart, "gpt_neo_part").attention_types != EXCEPTIONS["gpt_neo"].sizes["attention_types"]


def test_as_many_positions_as_an_image_has_patches_stay_as_many():
    config = tiny_config(CONFIG_MAPPING["molmo2_vision"])
    assert config.num_position_embeddings == (config.image_size[0] // config.patch_size) ** 2 == 16


@pytest.mark.parametrize("sections, total", [([24, 20, 20], 8), ([16, 24, 24], 8), ([2, 2, 2], 3), ([64, 0, 0], 4)])
def test_sections_keep_their_sum(sections, total):
    assert sum(scaled_sections(sections, total)) == total


def test_every_exception_says_why():
    assert all(entry.why and (entry.defaults or entry.sizes) for entry in EXCEPTIONS.values())
    assert len(EXCEPTIONS) < 80
