"""Inputs for a forward, told from its parameters: the model runs on them, and they are what a careful tester gives."""

import pytest
import torch

import transformers
from porting.tiny.check_class import NotTheSame, check_class, config_for, give_values, made
from porting.tiny.config import tiny_config
from porting.tiny.inputs import contexts, example_inputs, forward_parameters
from transformers.models.auto.configuration_auto import CONFIG_MAPPING
from transformers.models.dia.modeling_dia import DiaDecoder
from transformers.models.qwen3_omni_moe.modeling_qwen3_omni_moe import Qwen3OmniMoeAudioEncoder
from transformers.models.sam.modeling_sam import SamMaskDecoder


def tiny(class_name: str):
    model_class = getattr(transformers, class_name)
    torch.manual_seed(0)
    return model_class(tiny_config(model_class.config_class)).eval()


# class -> inputs that have to be there.
CASES = {
    "LlamaForCausalLM": {"input_ids", "attention_mask"},
    "BartForConditionalGeneration": {"input_ids", "attention_mask", "decoder_input_ids"},
    "T5Model": {"input_ids", "decoder_input_ids"},
    "ViTModel": {"pixel_values"},
    "CLIPModel": {"input_ids", "pixel_values"},
    "LlavaForConditionalGeneration": {"input_ids", "pixel_values"},
    "LlavaNextForConditionalGeneration": {"input_ids", "pixel_values", "image_sizes"},
    "Qwen2VLForConditionalGeneration": {"input_ids", "pixel_values", "image_grid_thw"},
    "WhisperForConditionalGeneration": {"input_features", "decoder_input_ids"},
    "Wav2Vec2Model": {"input_values"},
    "VoxtralForConditionalGeneration": {"input_ids", "input_features"},
    "LayoutLMModel": {"input_ids", "bbox"},
    "PatchTSTModel": {"past_values"},
    "VivitModel": {"pixel_values"},
    "Kosmos2Model": {"input_ids", "pixel_values", "image_embeds_position_mask"},
    "OneFormerModel": {"pixel_values", "task_inputs"},
    "KyutaiSpeechToTextModel": {"input_ids"},
    "XCLIPVisionModel": {"pixel_values"},
    "Qwen2_5OmniToken2WavBigVGANModel": {"mel_spectrogram"},
}


@pytest.mark.parametrize("class_name", CASES)
def test_a_forward_runs_on_what_its_parameters_ask_for(class_name):
    model = tiny(class_name)
    inputs = example_inputs(model)
    assert CASES[class_name] <= set(inputs) <= set(forward_parameters(model))
    with torch.no_grad():
        model(**inputs)


def test_text_is_a_batch_of_two_with_padding_and_no_special_ids_within():
    model = tiny("LlamaForCausalLM")
    inputs = example_inputs(model)
    assert inputs["input_ids"].shape[0] == 2
    assert inputs["attention_mask"][:, -2:].sum() == 0 and inputs["attention_mask"][:, :-2].all()
    assert (inputs["input_ids"] == model.config.eos_token_id).sum(-1).tolist() == [1, 1]


def test_a_text_has_as_many_placeholders_as_the_image_has_features():
    model = tiny("LlavaForConditionalGeneration")
    inputs = example_inputs(model)
    features = model.get_image_features(pixel_values=inputs["pixel_values"]).pooler_output
    rows = sum(feature.shape[0] for feature in features)
    assert (inputs["input_ids"] == model.config.image_token_id).sum() == rows


def test_choices_stand_between_batch_and_length():
    model = tiny("BertForMultipleChoice")
    assert example_inputs(model, choices=3)["input_ids"].shape[:2] == (2, 3)


def test_the_same_model_gets_the_same_inputs():
    model = tiny("Qwen2VLForConditionalGeneration")
    first, second = example_inputs(model), example_inputs(model)
    assert all(torch.equal(value, second[name]) for name, value in first.items())


def test_where_nothing_runs_the_inputs_that_got_furthest_come_back():
    model = tiny("LlamaForCausalLM")
    model.lm_head.forward = lambda *_: 1 / 0
    assert {"input_ids", "attention_mask"} <= set(example_inputs(model))
    with pytest.raises(ZeroDivisionError):
        check_class_of(model)


def check_class_of(model):
    with torch.no_grad():
        model(**example_inputs(model))


def test_a_class_of_a_part_is_made_from_the_part_of_the_configuration():
    whole = tiny_config(CONFIG_MAPPING["clip"])
    assert config_for(transformers.CLIPTextModel, whole) is whole.text_config


@pytest.mark.parametrize("class_name", ["LlamaForCausalLM", "BertForMaskedLM", "CLIPModel"])
def test_a_class_is_run_saved_and_loaded(class_name):
    model_class = getattr(transformers, class_name)
    assert check_class(model_class, tiny_config(model_class.config_class)).parameters > 0


def test_a_weight_that_is_lost_in_saving_is_found():
    class Forgetful(transformers.LlamaForCausalLM):
        def save_pretrained(self, *arguments, **keywords):
            with torch.no_grad():
                self.model.norm.weight += 1
            super().save_pretrained(*arguments, **keywords)
            with torch.no_grad():
                self.model.norm.weight -= 1

    with pytest.raises(ValueError, match="model.norm.weight differs after saving and loading"):
        check_class(Forgetful, tiny_config(transformers.LlamaConfig))


def test_weights_that_a_class_leaves_as_memory_had_them_get_values():
    model = torch.nn.Linear(3, 2)
    with torch.no_grad():
        model.weight.fill_(float("nan"))
        model.bias.fill_(-1e37)
    kept = torch.nn.Linear(3, 2)
    before = kept.weight.clone()
    for each in (model, kept):
        give_values(each)
    assert model.weight.abs().max() < 1 and model.bias.abs().max() < 1
    assert torch.equal(kept.weight, before)


class Toy(transformers.PreTrainedModel):
    """A model whose forward is that of a subclass, and whose first layer is 24 wide."""

    config_class = transformers.LlamaConfig

    def __init__(self, config):
        super().__init__(config)
        self.first = torch.nn.Linear(24, 8)
        self.post_init()


def toy(model_class):
    return model_class(tiny_config(transformers.LlamaConfig)).eval()


def test_a_part_gets_states_as_wide_as_its_first_layer_and_no_text():
    class Part(Toy):
        def forward(self, input_ids=None, inputs_embeds=None, attention_mask=None):
            if input_ids is not None or attention_mask is not None:
                raise ValueError("the model around this part reads the text")
            return self.first(inputs_embeds)

    assert set(example_inputs(toy(Part))) == {"inputs_embeds"}


def test_a_mask_that_does_not_fit_is_left_out():
    class Unmasked(Toy):
        def forward(self, input_ids, attention_mask=None):
            return self.first.weight * (input_ids.sum() if attention_mask is None else 1 / 0)

    assert set(example_inputs(toy(Unmasked))) == {"input_ids"}


def test_a_model_that_takes_one_example_at_a_time_gets_one():
    class Lonely(Toy):
        def forward(self, input_ids, attention_mask):
            return self.first.weight * input_ids.view(1, -1).sum() / (len(input_ids) == 1)

    class Strict(Lonely):
        def forward(self, input_ids, attention_mask):
            if len(input_ids) != 1:
                raise ValueError("one at a time")
            return super().forward(input_ids, attention_mask)

    assert len(example_inputs(toy(Lonely))["input_ids"]) == 2, "infinity is not refused here, but by check_class"
    assert len(example_inputs(toy(Strict))["input_ids"]) == 1


def test_text_is_as_long_as_the_sounds_that_are_added_to_it():
    model = tiny("VoxtralRealtimeForConditionalGeneration")
    inputs = example_inputs(model)
    assert {"input_ids", "input_features"} <= set(inputs)
    with torch.no_grad():
        model(**inputs)


@pytest.mark.parametrize(
    "field, refusal", [("is_decoder", "set `is_decoder=True`"), ("is_encoder_decoder", "encoder-only")]
)
def test_a_class_that_refuses_to_be_a_decoder_or_none_is_made_from_the_contrary(field, refusal):
    class Half(Toy):
        config_class = transformers.BertConfig

        def __init__(self, config):
            if getattr(config, field) == getattr(transformers.BertConfig(), field):
                raise ValueError(refusal)
            super().__init__(config)

    config = tiny_config(transformers.BertConfig)
    assert getattr(made(Half, config).config, field) != getattr(config, field)


def test_what_else_a_class_refuses_is_raised():
    class Refusing(Toy):
        def __init__(self, config):
            raise ValueError("hidden_size must be odd")

    with pytest.raises(ValueError, match="must be odd"):
        made(Refusing, tiny_config(transformers.LlamaConfig))


def test_a_part_that_cannot_save_itself_is_run_and_its_weights_loaded():
    part = SamMaskDecoder
    config = tiny_config(CONFIG_MAPPING["sam"]).mask_decoder_config
    assert check_class(part, config, is_part=True).parameters > 0
    with pytest.raises((AttributeError, NotTheSame), match="save_pretrained|config"):
        check_class(part, config)


def test_ids_have_a_column_for_each_channel_also_beside_states_of_an_encoder():
    inputs = example_inputs(made(DiaDecoder, tiny_config(CONFIG_MAPPING["dia_decoder"])))
    assert inputs["input_ids"].ndim == 3 and "encoder_hidden_states" in inputs


def test_sounds_lie_one_after_the_other_where_their_lengths_are_taken():
    inputs = example_inputs(
        made(Qwen3OmniMoeAudioEncoder, tiny_config(CONFIG_MAPPING["qwen3_omni_moe_audio_encoder"]))
    )
    assert inputs["input_features"].shape[1] == inputs["feature_lens"].sum()


def test_the_combinations_for_a_text_model_are_few():
    assert len(list(contexts(tiny("LlamaForCausalLM")))) <= 3
