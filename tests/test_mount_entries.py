"""Where a port is entered, on small mappings of its own: beside its parent, and where most models put a new class."""

from pathlib import Path
from types import ModuleType

import pytest

from porting.mount import conversion_entries, entries
from porting.mount.registration import read_registration


CONFIGS = {
    "llava": "LlavaConfig", "gemma": "GemmaConfig", "gemma_text": "GemmaTextConfig", "bert": "BertConfig",
    "vilt": "ViltConfig", "blip-2": "Blip2Config",
}  # fmt: skip

MODELING = """
class {p}PreTrainedModel(PreTrainedModel):
    config: {p}Config

class {p}TextModel({p}PreTrainedModel):
    config: {p}TextConfig

class {p}Model({p}PreTrainedModel):
    pass

class {p}ForRanking({p}PreTrainedModel):
    pass

class {p}TextForRanking({p}PreTrainedModel):
    config: {p}TextConfig

class {p}Strange({p}PreTrainedModel):
    pass

__all__ = ["{p}PreTrainedModel", "{p}TextModel", "{p}Model", "{p}ForRanking", "{p}TextForRanking", "{p}Strange"]
"""
CONFIGURATION = """
class {p}TextConfig(PreTrainedConfig):
    model_type = "{t}_text"

class {p}Config(PreTrainedConfig):
    model_type = "{t}"

__all__ = ["{p}Config", "{p}TextConfig"]
"""


@pytest.fixture
def directory(tmp_path) -> Path:
    folder = tmp_path / "gpt_neo_x2"
    folder.mkdir()
    names = {"p": "GPTNeoX2", "t": "gpt_neo_x2"}
    (folder / "modeling_gpt_neo_x2.py").write_text(MODELING.format(**names))
    (folder / "configuration_gpt_neo_x2.py").write_text(CONFIGURATION.format(**names))
    return folder


def auto(**tables) -> ModuleType:
    """A module as those of `transformers.models.auto` are after they ran."""
    module = ModuleType("transformers.models.auto.configuration_auto")
    module.CONFIG_MAPPING_NAMES = dict(CONFIGS)
    module.SPECIAL_MODEL_TYPE_TO_MODULE_NAME = {"gemma_text": "gemma"}
    vars(module).update(tables)
    return module


def port_of(directory, base, tokenizer=None):
    return read_registration(directory, tokenizer, base, "GPTNeoX2")


def test_types_and_their_directory(directory):
    module = auto()
    entries.enter(port_of(directory, "gemma"), module)
    assert module.CONFIG_MAPPING_NAMES["gpt_neo_x2"] == "GPTNeoX2Config"
    assert module.CONFIG_MAPPING_NAMES["gpt_neo_x2_text"] == "GPTNeoX2TextConfig"
    assert module.SPECIAL_MODEL_TYPE_TO_MODULE_NAME == {"gemma_text": "gemma", "gpt_neo_x2_text": "gpt_neo_x2"}


def test_a_class_stands_where_the_parents_of_the_same_suffix_stands(directory):
    module = auto(
        MODEL_MAPPING_NAMES={"gemma": "GemmaModel", "gemma_text": "GemmaTextModel", "bert": "BertModel"},
        MODEL_FOR_PRETRAINING_MAPPING_NAMES={"gemma": ("GemmaModel", "GemmaForPreTraining")},
        MODEL_FOR_CTC_MAPPING_NAMES={"gemma": "GemmaForCTC"},
        MODEL_FOR_IMAGES_MAPPING_NAMES={"gemma": "BertForImages"},
        PROCESSOR_MAPPING_NAMES={"gemma": "GemmaProcessor"},
        IMAGE_PROCESSOR_MAPPING_NAMES={"gemma": {"pil": "SiglipImageProcessorPil", "torchvision": None}},
        FEATURE_EXTRACTOR_MAPPING_NAMES={"bert": "BertFeatureExtractor"},
        TOKENIZER_MAPPING_NAMES={"gemma": "GemmaTokenizer", "gemma_text": "GemmaTokenizer"},
    )
    for _ in range(2):
        entries.enter(port_of(directory, "gemma", tokenizer=""), module)
        assert module.MODEL_MAPPING_NAMES["gpt_neo_x2"] == "GPTNeoX2Model"
        assert module.MODEL_MAPPING_NAMES["gpt_neo_x2_text"] == "GPTNeoX2TextModel"
        assert module.MODEL_FOR_PRETRAINING_MAPPING_NAMES["gpt_neo_x2"] == ("GPTNeoX2Model",)
        assert "gpt_neo_x2" not in module.MODEL_FOR_CTC_MAPPING_NAMES
        assert module.MODEL_FOR_IMAGES_MAPPING_NAMES["gpt_neo_x2"] == "BertForImages"
        assert module.PROCESSOR_MAPPING_NAMES["gpt_neo_x2"] == "GemmaProcessor"
        assert module.IMAGE_PROCESSOR_MAPPING_NAMES["gpt_neo_x2"]["pil"] == "SiglipImageProcessorPil"
        assert "gpt_neo_x2" not in module.FEATURE_EXTRACTOR_MAPPING_NAMES
        assert module.TOKENIZER_MAPPING_NAMES["gpt_neo_x2_text"] == "GemmaTokenizer"


def test_a_new_suffix_goes_where_most_models_put_it(directory):
    module = auto(
        MODEL_FOR_RANKING_MAPPING_NAMES={"llava": "LlavaForRanking", "bert": "BertForRanking"},
        MODEL_FOR_OTHER_MAPPING_NAMES={"llava": "LlavaForRanking", "vilt": "ViltForRanking"},
        MODEL_FOR_RARE_MAPPING_NAMES={"blip-2": "Blip2ForRanking"},
    )
    entries.enter(port_of(directory, "gemma"), module)
    assert module.MODEL_FOR_RANKING_MAPPING_NAMES["gpt_neo_x2"] == "GPTNeoX2ForRanking"
    assert module.MODEL_FOR_OTHER_MAPPING_NAMES["gpt_neo_x2"] == "GPTNeoX2ForRanking"
    assert "gpt_neo_x2" not in module.MODEL_FOR_RARE_MAPPING_NAMES
    strange = [
        name for name, table in vars(module).items() if isinstance(table, dict) and "GPTNeoX2Strange" in table.values()
    ]
    assert strange == []


def test_a_parent_that_the_release_does_not_have(directory):
    module = auto(MODEL_MAPPING_NAMES={"bert": "BertModel", "llava": "LlavaModel"})
    entries.enter(port_of(directory, "of_tomorrow"), module)
    assert module.CONFIG_MAPPING_NAMES["gpt_neo_x2"] == "GPTNeoX2Config"
    assert module.MODEL_MAPPING_NAMES["gpt_neo_x2"] == "GPTNeoX2Model"


def test_a_port_of_a_part_has_the_parts_models_under_its_own_type(directory):
    module = auto(
        MODEL_MAPPING_NAMES={"gemma": "GemmaModel", "gemma_text": "GemmaTextModel"},
        PROCESSOR_MAPPING_NAMES={"gemma": "GemmaProcessor"},
    )
    entries.enter(port_of(directory, "gemma_text"), module)
    assert module.MODEL_MAPPING_NAMES["gpt_neo_x2"] == "GPTNeoX2TextModel"
    assert "gpt_neo_x2" not in module.PROCESSOR_MAPPING_NAMES


@pytest.mark.parametrize(
    ("kind", "table", "names", "entry"),
    [
        ("image_processing", "IMAGE_PROCESSOR_MAPPING_NAMES", "ImageProcessor", {"torchvision": "GPTNeoX2ImageProcessor"}),
        ("processing", "PROCESSOR_MAPPING_NAMES", "Processor", "GPTNeoX2Processor"),
    ],
)  # fmt: skip
def test_a_processor_of_ones_own_where_the_parent_has_none(directory, kind, table, names, entry):
    source = directory / f"{kind}_gpt_neo_x2.py"
    source.write_text(f'__all__ = ["GPTNeoX2{names}"]\n')
    others = {"llava": {"torchvision": "X"} if isinstance(entry, dict) else "LlavaProcessor"}
    module = auto(**{table: others})
    entries.enter(port_of(directory, "bert"), module)
    assert vars(module)[table]["gpt_neo_x2"] == entry


def test_the_parents_conversion_rules_until_there_are_own_ones(directory, tmp_path, monkeypatch):
    rules = tmp_path / "rules.py"
    port = port_of(directory, "gemma")
    kinship = conversion_entries.kinship_of(port, auto())
    monkeypatch.setattr(conversion_entries, "kinship_of", lambda port: kinship)

    def mapping() -> dict:
        module = ModuleType("transformers.conversion_mapping")
        module._build_checkpoint_conversion_mapping = lambda: {"gemma": [1], "GemmaTextModel": [2], "bert": [3]}
        conversion_entries.enter(port, module, rules)
        return module._build_checkpoint_conversion_mapping()

    inherited = {"gemma": [1], "GemmaTextModel": [2], "bert": [3], "gpt_neo_x2": [1], "GPTNeoX2TextModel": [2]}
    assert mapping() == inherited
    rules.write_text("RULES: list = []\n1 / 0\n")
    assert mapping() == inherited, "an empty list is read, not run"
    rules.write_text("RULES = [7]\n")
    assert mapping() == {"gemma": [1], "GemmaTextModel": [2], "bert": [3], "gpt_neo_x2": [7]}
    rules.write_text("RULES = [1 / 0]\n")
    with pytest.raises(RuntimeError, match="conversion/rules.py does not load .ZeroDivisionError"):
        mapping()
