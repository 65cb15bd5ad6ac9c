"""The table of models that a port can start from: what it says, and how it is read."""

import json
from pathlib import Path

import pytest
import update_models_table as script

from porting.base import table


def test_every_model_stands_on_a_line_of_its_own():
    lines = table.WRITTEN.read_text(encoding="utf-8").splitlines()
    assert sum('"kind":' in line for line in lines) == len(table.models())
    assert all(line.count('"kind":') < 2 for line in lines)


@pytest.mark.parametrize(
    ("model_type", "kind"),
    {
        "llama": "decoder", "qwen3_moe": "decoder", "gemma3_text": "decoder", "blt": "decoder", "mamba": "decoder",
        "bert": "encoder", "modernbert": "encoder", "esm": "encoder", "clip_text_model": "encoder",
        "bart": "encoder-decoder", "t5": "encoder-decoder", "marian": "encoder-decoder",
        "vit": "vision", "clip_vision_model": "vision", "siglip_vision_model": "vision", "detr": "vision",
        "convnext": "vision", "dinov2": "vision", "sam": "vision",
        "wav2vec2": "audio", "whisper": "audio", "bark": "audio", "audio-spectrogram-transformer": "audio",
        "llava": "vision-language", "siglip": "vision-language", "gemma3": "vision-language", "gemma3n": "vision-language",
        "qwen2_audio": "audio-language", "voxtral": "audio-language",
        "vjepa2": "other", "encodec": "other", "patchtst": "other", "timesfm": "other",
    }.items(),
)  # fmt: skip
def test_the_kind_of_a_model(model_type, kind):
    assert table.models()[model_type].kind == kind


def test_the_defaults_are_models_of_their_kinds():
    assert {kind: table.models()[base].kind for kind, base in table.DEFAULTS.items()} == {
        kind: kind for kind in table.KINDS
    }


def test_dashes_and_underscores_are_the_same():
    assert table.find("data2vec_audio") is table.find("data2vec-audio") is table.models()["data2vec-audio"]
    assert table.find("data2vec_audio").module == "data2vec"
    assert table.find("lama") is None


def test_wrappers_are_marked_and_never_suggested():
    for name in ("encoder-decoder", "vision_encoder_decoder", "speech-encoder-decoder", "timm_wrapper", "rag"):
        assert table.find(name).wrapper, name
        assert table.find(name).model_type not in table.closest(name)
    assert not table.find("llava").wrapper


def test_a_misspelt_name_gets_its_neighbours():
    assert table.closest("lama")[0] == "llama"
    assert "qwen3_moe" in table.closest("qwen3-mo")
    assert "gemma3_text" in table.closest("gemma3text")
    assert table.closest("xxxxxxxxxxxxxxxx") == []


def test_the_release_that_first_had_a_model():
    assert table.find("llama").since == table.releases()[0]
    assert {model.since for model in table.models().values()} <= set(table.releases())


def test_a_model_that_a_later_release_dropped_keeps_its_row():
    row = {"kind": "decoder", "module": "old"}
    merged = script.merge({"5.16.0": {"old": row}, "5.17.0": {"old": row, "new": row}, "5.18.0": {"new": row}})
    assert merged == {
        "new": {"kind": "decoder", "module": "old", "since": "5.17.0"},
        "old": {"kind": "decoder", "module": "old", "since": "5.16.0", "last": "5.17.0"},
    }
    text = script.as_json(["5.16.0"], merged)
    assert json.loads(text)["models"] == merged


def test_the_table_is_what_the_script_makes_of_the_installed_release():
    import transformers

    made = script.models_of(Path(transformers.__file__).parent, only=sorted(table.models())[::25])
    if transformers.__version__ != table.releases()[-1]:
        made = {name: row for name, row in made.items() if name in table.models()}
    for name, row in made.items():
        assert table.models()[name].module == row["module"]
    assert len(made) > 20
