"""What a port may start from: the table, the kind of each model, and what is refused in one line."""

from pathlib import Path

import pytest
from macros import QUESTIONS, macros

from porting.base import table


base_models, rules = macros("base_models"), macros("rules")


def refused(name: str, kind: str) -> str:
    """The line for -d and data files."""
    return rules.refused("base_model", check(name, kind), {"base_model": name})


def check(name: str, kind: str, folder: Path = Path("nowhere")) -> str:
    return rules.check_base_model(name, kind, folder, "g_lib")


def test_questions_and_tools_read_one_table():
    assert set(base_models.models) == set(table.models())
    assert base_models.defaults == table.DEFAULTS
    assert list(QUESTIONS["base_architecture"]["choices"].values()) == list(table.KINDS)


def test_every_model_can_be_answered_with_its_own_kind_only():
    for name, model in table.models().items():
        refusal = refused(name, model.kind)
        assert bool(refusal) == (model.wrapper or model.last is not None), refusal
        if not refusal:
            other = "vision" if model.kind != "vision" else "decoder"
            assert f"give base_architecture={model.kind}," in refused(name, other)


@pytest.mark.parametrize("kind", table.KINDS)
def test_the_default_of_each_kind_passes(kind):
    assert base_models.default_for(kind, Path("nowhere"), "g_lib") == table.DEFAULTS[kind]
    assert check(table.DEFAULTS[kind], kind) == ""


@pytest.mark.parametrize("name", ["audio_spectrogram_transformer", "audio-spectrogram-transformer"])
def test_dashes_and_underscores_are_the_same(name):
    assert base_models.canonical(name) == "audio-spectrogram-transformer"
    assert check(name, "audio") == ""


@pytest.mark.parametrize(
    ("answer", "closest"),
    [
        ("Llama", "llama"),
        ("qwen3.5", "qwen3_5"),
        ("gpt_neo_xx", "gpt_neox"),
        ("wave2vec", "wav2vec2"),
        ("BERT", "bert"),
    ],
)
def test_an_unknown_model_is_refused_with_the_closest(answer, closest):
    refusal = refused(answer, "decoder")
    assert refusal.startswith(f"must be a model_type of Transformers, like {closest};")


@pytest.mark.parametrize("answer", ["", " ", "{{ 7 * 7 }}", "a\nb", "模型", "x" * 9999, "../llama", "None"])
def test_any_text_is_refused_in_one_line(answer):
    refusal = refused(answer, "decoder")
    assert refusal.startswith("must be a model_type of Transformers, like ") and "\n" not in refusal
    assert len(refusal) < 200


@pytest.mark.parametrize("wrapper", ["encoder_decoder", "timm_wrapper", "vision-encoder-decoder"])
@pytest.mark.parametrize("kind", ["vision", "other"])
def test_a_wrapper_of_any_two_models_is_refused_by_name(wrapper, kind):
    refusal = refused(wrapper, kind)
    assert f"{base_models.canonical(wrapper)} holds two of any kind" in refusal


@pytest.mark.parametrize("kind", table.KINDS)
def test_none_is_for_ports_that_have_full_files(kind, tmp_path):
    assert f"must be a model, like {table.DEFAULTS[kind]}: none is for ports that have full files" in refused(
        "none", kind
    )
    models = tmp_path / "src" / "transformers" / "models" / "g_lib"
    models.mkdir(parents=True)
    (models / "modeling_g_lib.py").touch()
    assert check("none", kind, tmp_path) == "" and base_models.default_for(kind, tmp_path, "g_lib") == "none"
    assert base_models.default_for(kind, tmp_path, "other") == table.DEFAULTS[kind]
    (models / "modular_g_lib.py").touch()
    assert base_models.default_for(kind, tmp_path, "g_lib") == table.DEFAULTS[kind], "the modular file made it"
    assert check("none", kind, tmp_path)


def test_none_stays_an_answer_of_an_older_workspace(tmp_path):
    """Its files may stand anywhere at the moment, and an update renders it in copies beside it."""
    assert check("none", "decoder", tmp_path / "copier._main.new_copy.x") == ""
    (tmp_path / ".copier-answers.yml").touch()
    assert check("none", "decoder", tmp_path) == ""


def test_the_parents_tokenizer_is_an_answer_where_there_is_a_parent():
    assert rules.check_tokenizer_class("", "llama") == ""
    assert rules.check_tokenizer_class("")
    assert rules.check_tokenizer_class("BirdTokenizer", "llama")
