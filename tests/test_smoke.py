"""`make smoke`: every public class of a port, and what `generate()` passes that a forward swallows."""

import json
import shutil
import sys
import textwrap
from types import SimpleNamespace

import pytest
from conftest import run

from porting import smoke


NEXT_RELEASE = {
    "generation/utils.py": """
        ALL_CACHE_NAMES = ["memory"]
        class GenerationMixin:
            def prepare_inputs_for_generation(self, input_ids, memory=None, attention_mask=None, **kwargs):
                pass
    """,
    "models/llama/modeling_llama.py": """
        class LlamaForCausalLM(LlamaPreTrainedModel, GenerationMixin):
            def forward(self, input_ids=None, attention_mask=None, memory=None, **kwargs):
                pass
    """,
    "models/bart/modeling_bart.py": """
        class BartForConditionalGeneration(BartPreTrainedModel, GenerationMixin):
            def forward(self, input_ids=None, attention_mask=None, decoder_input_ids=None, memory=None, **kwargs):
                pass
    """,
    "__init__.py": "",
}


@pytest.fixture
def next_release(tmp_path):
    """The environment of an interpreter whose Transformers passes the cache under another name."""
    folder = tmp_path / "next"
    for name, text in NEXT_RELEASE.items():
        path = folder / "transformers" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    metadata = folder / "transformers-5.24.0.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: transformers\nVersion: 5.24.0\n")
    return {"PYTHONPATH": str(folder)}


@pytest.mark.parametrize("architecture", ["decoder", "encoder-decoder"])
def test_a_forward_that_swallows_the_cache_ends_in_one_line(full_files, next_release, architecture):
    path = full_files(architecture)
    result = run(sys.executable, "-m", "porting", "smoke", cwd=path, env=next_release)
    assert result.code == 1
    (line,) = result.output.strip().split("\n")
    assert line.startswith("make smoke: src/transformers/models/g_lib/modeling_g_lib.py:")
    assert "name the parameter `memory`" in line and "Transformers 5.24.0" in line
    number = int(line.split(":")[2])
    source = (path / "src/transformers/models/g_lib/modeling_g_lib.py").read_text(encoding="utf-8")
    assert "def forward(" in source.split("\n")[number - 1]


def test_status_says_the_same(full_files, next_release, tmp_path):
    path = tmp_path / "port"
    shutil.copytree(full_files("decoder"), path, ignore=shutil.ignore_patterns("__pycache__", "reports"))
    result = run(sys.executable, "-m", "porting", "status", cwd=path, env=next_release)
    assert result.code == 0, result.output
    (found,) = json.loads((path / "reports" / "status.json").read_text())["to_change"]
    assert "name the parameter `memory`" in found["what"] and found["since"] == "Transformers 5.24.0"


def test_of_a_generated_file_the_remedy_is_the_modular_one(full_files, next_release, tmp_path):
    path = tmp_path / "port"
    shutil.copytree(full_files("decoder"), path, ignore=shutil.ignore_patterns("__pycache__", "reports"))
    modeling = path / "src/transformers/models/g_lib/modeling_g_lib.py"
    modeling.write_text(f"# This file was automatically generated from modular_g_lib.py\n{modeling.read_text()}")
    result = run(sys.executable, "-m", "porting", "smoke", cwd=path, env=next_release)
    assert result.code == 1
    assert "run `make modular`, and change what modular_g_lib.py itself writes" in result.output


def test_rules_that_are_for_other_weights_are_named(workspace, tmp_path):
    """Those of the stand-in, once the port has another feed-forward part, as in step 5 of the guide."""
    path = tmp_path / "port"
    shutil.copytree(workspace(), path, ignore=shutil.ignore_patterns("__pycache__", "reports"))
    rules = path / "conversion" / "rules.py"
    rules.write_text(rules.read_text().replace('"mlp.up_proj.weight"', '"mlp.wide.weight"'))
    result = run(sys.executable, "-m", "porting", "smoke", cwd=path)
    assert result.code == 1
    assert "saved and loaded: " in result.output and "; RULES in conversion/rules.py work on loading" in result.output


def test_what_is_public_but_no_model_is_left_out():
    import transformers
    from transformers.models.fsmt import modeling_fsmt

    assert smoke._is_model(transformers.BertModel) and smoke._is_model(transformers.BertLayer)
    for other in (transformers.BertPreTrainedModel, modeling_fsmt.PretrainedFSMTModel, transformers.utils.ModelOutput):
        assert not smoke._is_model(other)
    assert not any(map(smoke._is_model, (smoke.check, ["BertModel"], None)))


def test_an_abstract_class_is_told_by_what_it_does_not_do():
    import transformers

    class Pretrained(transformers.BertPreTrainedModel):
        pass

    class Runs(Pretrained):
        def forward(self, input_ids):
            return input_ids

    class Makes(Pretrained):
        def __init__(self, config):
            super().__init__(config)

    assert [smoke._is_model(each) for each in (Pretrained, Runs, Makes)] == [False, True, True]


def test_of_classes_for_which_a_package_is_missing_only_the_base_is_left_out():
    base, model = (type(name, (), {"is_dummy": True}) for name in ("OakPreTrainedModel", "OakModel"))
    assert smoke._is_model(model) and not smoke._is_model(base)


def test_a_part_of_the_parents_may_have_weights_only():
    import transformers

    assert smoke._is_part(transformers.BertLayer)
    assert not smoke._is_part(transformers.BertModel) and not smoke._is_part(None)


def port(base: str | None):
    """A port by the name of a model that Transformers has, so that its classes are there."""
    answers = {"base_model": base} if base else {}
    return SimpleNamespace(answers=answers, class_prefix="Roberta", model_type="roberta")


def test_a_default_that_the_parent_cannot_make_either_is_a_note(monkeypatch):
    def refuse(model_class):
        raise ValueError("no sizes by default")

    monkeypatch.setattr(smoke, "default_parameters", refuse)
    result = {}
    smoke._default_or_note(port("bert"), "RobertaModel", result)
    assert "cannot be made, nor that of BertModel" in result["note"]


@pytest.mark.parametrize("base", [None, "none"])
def test_a_default_of_full_files_has_to_be_made(monkeypatch, base):
    def refuse(model_class):
        raise ValueError("no sizes by default")

    monkeypatch.setattr(smoke, "default_parameters", refuse)
    with pytest.raises(ValueError, match="no sizes"):
        smoke._default_or_note(port(base), "RobertaModel", {})


def test_a_default_is_counted_without_memory():
    import transformers

    assert smoke.default_parameters(transformers.LlamaForCausalLM) > 6_000_000_000
