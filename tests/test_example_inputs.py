"""Inputs for a forward, told from its parameters: the model runs on them, and they are what a careful tester gives."""

import pytest
import torch

import transformers
from porting.tiny.check_class import check_class, config_for
from porting.tiny.config import tiny_config
from porting.tiny.inputs import contexts, example_inputs, forward_parameters
from transformers.models.auto.configuration_auto import CONFIG_MAPPING


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


def test_the_combinations_for_a_text_model_are_few():
    assert len(list(contexts(tiny("LlamaForCausalLM")))) <= 3
