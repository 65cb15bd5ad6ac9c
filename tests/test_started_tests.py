"""The test file that start writes, and the doc page's sections: what they say, and that the tests pass."""

import ast
import json
import re
from pathlib import Path

import pytest
from conftest import make, of_the_day

from porting.base.modular_file import Names
from porting.base.parent import describe
from porting.modular.formatting import formatted
from porting.test_files import doc_page, known
from porting.test_files.write import test_file as text_of


NAMES = Names("zorro_x2", "ZorroX2", "org/zorro-x2", "2026")
WHERE = "tests/models/g_lib/test_modeling_g_lib.py"


def written(model_type: str, prefix: str = NAMES.prefix) -> str:
    return text_of(describe(model_type), Names("zorro_x2", prefix, "org/zorro-x2", "2026"), "decoder")


def classes_of(text: str) -> dict[str, ast.ClassDef]:
    return {node.name: node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)}


@pytest.mark.parametrize("model_type", ["llama", "gpt2", "gemma3_text", "bert", "t5"])
def test_a_file_stands_alone_and_is_formatted(model_type):
    text = written(model_type)
    assert "porting" not in text and "FILL:" in text
    assert formatted({"test": text})["test"] == text
    classes = classes_of(text)
    assert [name for name in classes if name.endswith(("ModelTester", "ModelTest", "IntegrationTest"))] == [*classes]
    assert "slow" in [ast.unparse(line) for line in [*classes.values()][-1].decorator_list]


def test_a_decoder_says_only_what_the_tester_cannot_know():
    assert "def __init__" not in written("llama")
    assert "super().__init__(parent, sliding_window=16)" in written("mistral")
    assert "causal_lm_class = ZorroX2LMHeadModel" in written("gpt2")
    text = written("gemma3_text")
    assert "base_model_class = ZorroX2TextModel" in text and "config_class = ZorroX2Config" in text


def test_classes_are_stated_where_the_tester_would_look_for_others():
    """The tester takes every `Model` out of the base model's name."""
    assert "config_class = MyModelConfig" in written("llama", "MyModel")


def test_an_encoder_has_a_test_for_each_head():
    tests = {node.name for node in classes_of(written("bert"))["ZorroX2ModelTest"].body if hasattr(node, "name")}
    heads = ("masked_lm", "sequence_classification", "token_classification", "question_answering", "multiple_choice")
    assert {f"test_for_{head}" for head in heads} <= tests


def test_of_an_encoder_decoder_a_model_of_one_side_has_tests_of_its_own():
    def tested(text: str, name: str) -> set[str]:
        body = {node.targets[0].id: node.value for node in classes_of(text)[name].body if isinstance(node, ast.Assign)}
        return {node.id for node in ast.walk(body["all_model_classes"]) if isinstance(node, ast.Name)}

    text = written("t5")
    assert tested(text, "ZorroX2EncoderOnlyModelTest") >= {"ZorroX2EncoderModel", "ZorroX2ForTokenClassification"}
    assert "is_encoder_decoder = True" in text and "ZorroX2EncoderModel" not in tested(text, "ZorroX2ModelTest")
    assert "StandaloneDecoder" not in text
    text = written("bart")
    assert "ZorroX2ForCausalLM" in tested(text, "ZorroX2StandaloneDecoderModelTest") - tested(text, "ZorroX2ModelTest")
    assert "EncoderOnly" not in text


def test_an_encoder_that_generates_is_tested_at_upstreams_width_and_as_a_decoder():
    for model_type, width, told in (("bert", 32, 1), ("esm", 64, 0)):
        text = written(model_type)
        assert f"hidden_size={width}" in text and text.count("config.is_decoder = True") == told


def test_what_follows_from_the_parents_code_is_not_left_to_fail():
    """T5 names no id to start from, holds no base model, and finds the end of a sequence in the ids."""
    text = written("t5")
    assert "decoder_start_token_id=self.decoder_start_token_id" in text
    assert "def test_model_base_model_prefix(self):\n        pass" in text
    assert "super().test_inputs_embeds()" in text
    assert "has_attentions = False" in written("mamba2")


@pytest.mark.parametrize("model_type", ["vit", "wav2vec2", "llava"])
def test_kinds_beyond_text_get_none(model_type):
    assert written(model_type) is None


def test_the_table_of_what_is_known_names_models_and_reasons():
    table = json.loads(Path(known.__file__).with_name("known.json").read_text())
    for model_type in table:
        entry = known.known_of(model_type)
        assert entry.attributes or entry.sizes or entry.config or entry.skip, model_type
        assert all(len(reason) > 20 for reason in entry.skip.values())
        for test in entry.skip:
            assert f"def {test}(self):\n        pass" in written(model_type)


@pytest.mark.newest
@pytest.mark.parametrize(("kind", "base"), of_the_day([("decoder", "qwen3_moe"), ("encoder", "esm")], 1))
def test_a_started_port_passes_its_tests(workspace, kind, base):
    port = workspace(base_architecture=kind, base_model=base)
    assert (port / WHERE).is_file()
    done = make(port, "test", PYTEST="-k 'config or save or generate or for_ or hidden_states'")
    assert done.code == 0, done.output
    quality = make(port, "quality")
    assert quality.code == 0, quality.output


def test_the_doc_page_has_a_section_for_each_public_class(workspace):
    port = workspace(base_architecture="decoder", base_model="qwen3_moe")
    page = (port / "docs" / "source" / "en" / "model_doc" / "g_lib.md").read_text(encoding="utf-8")
    modular = (port / "src" / "transformers" / "models" / "g_lib" / "modular_g_lib.py").read_text(encoding="utf-8")
    assert doc_page.sections(modular) in page and "a section for each class" not in page
    listed = re.findall(r"^\[\[autodoc\]\] (\w+)$", page, flags=re.MULTILINE)
    assert listed[0] == "GLibConfig" and "GLibForCausalLM" in listed
    other = modular.replace("GLibForCausalLM", "GLibForOther")
    assert "[[autodoc]] GLibForOther" in doc_page.with_sections(page, other, modular)
    assert doc_page.with_sections("# Nothing\n", modular) == "# Nothing\n"


def test_starting_over_replaces_what_start_wrote_and_keeps_what_a_person_did(render):
    port = render(base_architecture="decoder", base_model="llama")
    assert make(port, "start").code == 0
    before = (port / WHERE).read_text(encoding="utf-8")
    page = port / "docs" / "source" / "en" / "model_doc" / "g_lib.md"
    assert make(port, "start", OVER="1", BASE="gpt2").code == 0
    after = (port / WHERE).read_text(encoding="utf-8")
    assert "GLibLMHeadModel" in after and "GLibLMHeadModel" not in before
    assert "[[autodoc]] GLibLMHeadModel" in page.read_text() and "[[autodoc]] GLibForCausalLM" not in page.read_text()
    (port / WHERE).write_text("# mine\n", encoding="utf-8")
    done = make(port, "start", OVER="1", BASE="qwen3")
    assert done.code == 0 and "is left as it is" in done.output
    assert (port / WHERE).read_text() == "# mine\n"
    (port / WHERE).unlink()
    assert make(port, "start", ONLY=Path(WHERE).name).code == 0
    assert "GLibForCausalLM" in (port / WHERE).read_text()
