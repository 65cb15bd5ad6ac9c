"""What `generate()` passes and a forward swallows, found in sources alone."""

import textwrap

import pytest

from porting.swallowed import swallowed


GENERATION = """
    ALL_CACHE_NAMES = ["cache"] + DEPRECATED
    class GenerationMixin:
        def prepare_inputs_for_generation(self, input_ids, cache=None, attention_mask=None, **kwargs):
            pass
"""
LLAMA = """
    class LlamaForCausalLM(LlamaPreTrainedModel, GenerationMixin):
        def forward(self, input_ids=None, attention_mask=None, cache=None, **kwargs):
            pass
"""
BART = """
    class BartForConditionalGeneration(BartPreTrainedModel, GenerationMixin):
        def forward(self, input_ids=None, attention_mask=None, decoder_input_ids=None, encoder_outputs=None, cache=None):
            pass
"""
PORT = """
    class MyModel(MyPreTrainedModel):
        def forward(self, input_ids=None, attention_mask=None, {inner}=None, **kwargs):
            pass
    class MyForCausalLM(MyPreTrainedModel, GenerationMixin):
        def forward(self, input_ids=None, attention_mask=None, {head}=None, **kwargs):
            pass
"""


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


@pytest.fixture
def transformers(tmp_path):
    """An installed release that passes `cache`."""
    package = tmp_path / "site-packages" / "transformers"
    (tmp_path / "site-packages" / "transformers-5.24.0.dist-info").mkdir(parents=True)
    write(package / "generation" / "utils.py", GENERATION)
    write(package / "models" / "llama" / "modeling_llama.py", LLAMA)
    write(package / "models" / "bart" / "modeling_bart.py", BART)
    return package


def test_a_renamed_cache_is_one_finding_that_says_what_to_write(transformers, tmp_path):
    port = write(tmp_path / "my" / "modeling_my.py", PORT.format(inner="past_key_values", head="past_key_values"))
    (found,) = swallowed(port, transformers)
    assert (found.line, found.key, found.old) == (6, "cache", "past_key_values")
    assert "name the parameter `cache` instead of `past_key_values`" in found.what
    assert "MyForCausalLM" in found.what and "5.24.0" in found.what and "\n" not in found.what


def test_a_port_that_names_it_has_no_finding(transformers, tmp_path):
    port = write(tmp_path / "my" / "modeling_my.py", PORT.format(inner="cache", head="cache"))
    assert swallowed(port, transformers) == []


def test_any_other_key_is_found_the_same_way(transformers, tmp_path):
    text = PORT.format(inner="cache", head="cache").replace("attention_mask=None, ", "")
    (found,) = swallowed(write(tmp_path / "my" / "modeling_my.py", text), transformers)
    assert found.key == "attention_mask" and found.old is None


def test_an_encoder_decoder_is_held_against_one(transformers, tmp_path):
    text = """
        class MyForConditionalGeneration(MyPreTrainedModel, GenerationMixin):
            def forward(self, input_ids=None, attention_mask=None, decoder_input_ids=None, cache=None, **kwargs):
                pass
    """
    (found,) = swallowed(write(tmp_path / "my" / "modeling_my.py", text), transformers)
    assert found.key == "encoder_outputs"


def test_what_does_not_generate_or_swallows_nothing_is_left_alone(transformers, tmp_path):
    text = PORT.format(inner="past_key_values", head="past_key_values")
    encoder = write(tmp_path / "a" / "modeling_a.py", text.replace(", GenerationMixin", ""))
    strict = write(tmp_path / "b" / "modeling_b.py", text.replace(", **kwargs", ""))
    assert swallowed(encoder, transformers) == swallowed(strict, transformers) == []


def test_a_modular_port_is_held_against_its_parent(transformers, tmp_path):
    write(
        transformers / "models" / "mumba" / "modeling_mumba.py",
        """
        class MumbaForCausalLM(MumbaPreTrainedModel, GenerationMixin):
            def forward(self, input_ids=None, cache=None, **kwargs):
                pass
        """,
    )
    text = PORT.format(inner="cache", head="cache").replace("attention_mask=None, ", "")
    port = write(tmp_path / "my" / "modeling_my.py", text)
    write(
        tmp_path / "my" / "modular_my.py",
        """
        from ..mumba.modeling_mumba import MumbaForCausalLM
        class MyForCausalLM(MumbaForCausalLM):
            pass
        """,
    )
    assert swallowed(port, transformers) == [], "the parent has no mask either"


def test_files_that_cannot_be_read_have_no_findings(transformers, tmp_path):
    port = write(tmp_path / "my" / "modeling_my.py", "def broken(:")
    assert swallowed(port, transformers) == []
    assert swallowed(port, tmp_path / "nowhere") == []
