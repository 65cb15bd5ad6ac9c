"""`make start`: what it writes, when it writes nothing, and what it refuses."""

import ast
import json
import re
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from conftest import REPOSITORY, run
from hostile import answers as hostile_texts
from small_parents import CONFIGURATION, MODELING, write_package

from porting.base import start, writing
from porting.base.companions import companions
from porting.base.introductions import introduced_endings, introduction
from porting.base.modular_file import Names, names_of, own_names
from porting.base.order import not_there
from porting.base.parent import describe
from porting.errors import CannotRun
from porting.modular.errors import ModularError
from porting.modular.sources import installed_transformers
from porting.mount.naming import class_name
from porting.workspace import Workspace


ANSWERS = {
    "base_architecture": "decoder",
    "base_model": "llama",
    "camelcase_name": "NanoLama",
    "hub_id": "org/nano-lama",
    "model_type": "nano_lama",
    "start_date": "2026-11-27",
    "tokenizer": "none",
}

MOUNTED = """
import sys
from porting import mount
mount.install(".")
import torch
import transformers
from transformers import AutoConfig, AutoModel
own_type, prefix, *types = sys.argv[1:]
for model_type in (own_type, *types):
    config = AutoConfig.for_model(model_type)
    assert config.model_type == model_type
    assert type(config).__name__.startswith(prefix)
    with torch.device("meta"):
        assert type(AutoModel.from_config(config)).__name__.startswith(prefix)
assert hasattr(transformers, f"{prefix}Config") and hasattr(transformers, f"{prefix}PreTrainedModel")
"""


@pytest.fixture
def empty(tmp_path):
    """`empty(**answers)`: a workspace that nothing was started in."""

    def _empty(**answers) -> Workspace:
        root = tmp_path / "workspace"
        root.mkdir()
        (root / ".copier-answers.yml").write_text(yaml.safe_dump(ANSWERS | answers), encoding="utf-8")
        return Workspace(root)

    return _empty


def written(workspace: Workspace) -> dict[str, bytes]:
    """Every file of a workspace but its tools."""
    paths = (path for path in workspace.root.rglob("*") if path.is_file())
    relative = {path.relative_to(workspace.root).as_posix(): path.read_bytes() for path in paths}
    return {name: content for name, content in relative.items() if not name.startswith("porting/")}


def refused(call, *arguments) -> str:
    """The one line that a call refuses with."""
    with pytest.raises(CannotRun) as error:
        call(*arguments)
    assert "\n" not in str(error.value)
    return str(error.value)


def classes(text: str) -> dict[str, str]:
    """Class -> its first base."""
    return {node.name: ast.unparse(node.bases[0]) for node in ast.parse(text).body if isinstance(node, ast.ClassDef)}


def test_a_llama_is_eighty_lines(empty):
    workspace = empty()
    assert start.start(workspace)
    text = (workspace.model_dir / "modular_nano_lama.py").read_text()
    assert len(text.splitlines()) <= 80
    assert text.startswith("# Copyright 2026 The HuggingFace Inc. team. All rights reserved.\n")
    assert '@auto_docstring(checkpoint="org/nano-lama")\n@strict\nclass NanoLamaConfig(LlamaConfig):\n' in text
    assert '    model_type = "nano_lama"\n' in text
    own = classes(text)
    assert all(base == name.replace("NanoLama", "Llama") for name, base in own.items())
    assert {"NanoLamaConfig", "NanoLamaPreTrainedModel", "NanoLamaModel", "NanoLamaForCausalLM"} <= set(own)
    assert set(yaml.safe_load(text.split("__all__ = ")[1])) == set(own)
    beside = {"original/standin.py", "conversion/rules.py", "tests/models/nano_lama/test_modeling_nano_lama.py"}
    assert set(written(workspace)) == {".copier-answers.yml", ".modular.json"} | beside | {
        f"src/transformers/models/nano_lama/{name}"
        for name in ("__init__.py", "modular_nano_lama.py", "configuration_nano_lama.py", "modeling_nano_lama.py")
    } | {"tests/models/nano_lama/test_modeling_nano_lama.py"}
    assert "from .modeling_nano_lama import *" in (workspace.model_dir / "__init__.py").read_text()


@pytest.mark.parametrize(
    ("base", "name", "above"),
    [
        ("bart", "PretrainedBartModel", ["@auto_docstring"]),  # without documentation in Transformers
        ("bart", "BartModel", []),
        ("llama", "LlamaForTokenClassification", []),  # what it inherits from has some
        # Its ending has an introduction, and it is no model.
        ("sam_mask_decoder", "SamMaskDecoder", ["@auto_docstring(custom_intro='The mask decoder of Zorro.')"]),
    ],
)
def test_a_class_without_documentation_gets_what_upstream_asks_for(base, name, above):
    transformers, release = installed_transformers()
    text = start.modular_text(start.parent_of(base, transformers, release), Names("x", "Zorro", "org/x", "2026"))
    classes_there = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    node = next(node for node in classes_there if [ast.unparse(base) for base in node.bases] == [name])
    assert [f"@{ast.unparse(each)}" for each in node.decorator_list] == above


def test_only_endings_that_the_release_introduces_go_without_an_introduction(tmp_path):
    (tmp_path / "utils").mkdir()
    (tmp_path / "utils" / "auto_docstring.py").write_text(
        'class ClassDocstring:\n    Model = r"""\n    The bare."""\n'
    )
    assert introduced_endings(tmp_path) == {"Model"}
    assert introduced_endings(tmp_path / "elsewhere") == set()
    assert introduction("Oak2MLPBlock", "Oak2") == "The MLP block of Oak2."
    assert introduction("Oak2Code2WavBlock", "Oak2") == "The code2wav block of Oak2."
    assert introduction("Oak2ForBlockDiffusion", "Oak2") == "Oak2 for block diffusion."
    assert introduction("Oak2", "Oak2") == "The Oak2 model."


OAK_FROM_AFAR = "from transformers.models.oak.configuration_oak import OakConfig"
ACORN = """
class AcornBlock(nn.Module):
    def __init__(self, config: AcornConfig):
        super().__init__()


@add_start_docstrings("An acorn.", OAK_DOCSTRING)
class AcornModel(OakPreTrainedModel):
    config: AcornConfig

    def __init__(self, config: AcornConfig):
        super().__init__(config)
        self.block = AcornBlock(config)


OAK_DOCSTRING = "A tree."
"""
WITH_ACORN = MODELING.replace("import OakConfig", "import AcornConfig, OakConfig").replace(
    '\n__all__ = ["OakModel"]', f'{ACORN}\n__all__ = ["AcornModel"]'
)


@pytest.fixture
def oak(tmp_path):
    """`oak(base, modeling)`: what is started from the small models, the modeling file of Oak being this text."""

    def _oak(base: str, modeling: str) -> start.Started:
        transformers = tmp_path / "transformers"
        write_package(transformers)
        auto = transformers / "models" / "auto"
        auto.joinpath("modeling_auto.py").write_text(
            'MODEL_MAPPING_NAMES = {"oak": "OakModel", "acorn": "AcornModel"}\n'
        )
        added = 'CONFIG_MAPPING_NAMES.update({"acorn": "AcornConfig"})\n'
        added += 'SPECIAL_MODEL_TYPE_TO_MODULE_NAME = {"acorn": "oak"}\n'
        auto.joinpath("configuration_auto.py").write_text(added)
        config = CONFIGURATION.replace(
            "\n\n__all__", '\n\nclass AcornConfig(PreTrainedConfig):\n    model_type = "acorn"\n\n__all__'
        )
        (transformers / "models" / "oak" / "configuration_oak.py").write_text(config)
        (transformers / "models" / "oak" / "modeling_oak.py").write_text(modeling)
        return start.make(describe(base, transformers), Names("zorro", "Zorro", "org/zorro", "2026"), transformers)

    return _oak


def test_a_configuration_that_is_imported_from_afar_is_not_defined_twice(oak):
    started = oak("oak", MODELING.replace("from .configuration_oak import OakConfig", OAK_FROM_AFAR))
    modeling = started.generated["modeling_zorro.py"]
    assert "ZorroLayer" in classes(modeling) and "ZorroConfig" not in classes(modeling)
    assert "from .configuration_zorro import ZorroConfig" in modeling


def test_a_configuration_without_the_name_of_its_model_is_there_by_the_name_that_is_asked_for(oak):
    started = oak("acorn", WITH_ACORN)
    assert "config: AcornConfig" in started.generated["modeling_zorro.py"]
    assert list(classes(started.generated["configuration_zorro.py"])) == [
        "AcornConfig",
        "ZorroAcornConfig",
        "ZorroConfig",
    ]
    assert not not_there(started.generated)
    assert "@property" not in started.modular
    # What documents it in the older way is not taken over, nor would its texts be.
    assert "OAK_DOCSTRING" not in started.modular and "@auto_docstring" in started.modular


def test_a_port_of_a_part_is_asked_for_its_part_as_the_whole_is(oak):
    asking = "\n        self.size = config.leaf_config.size if isinstance(config, OakConfig) else config.size"
    text = oak(
        "acorn", WITH_ACORN.replace("self.block = AcornBlock(config)", f"self.block = AcornBlock(config){asking}")
    )
    config = text.modular[text.modular.index("class ZorroConfig(") : text.modular.index("class ZorroPreTrainedModel")]
    assert "    @property\n    def leaf_config(self):\n" in config and "        return self\n" in config


def test_what_a_decorator_takes_from_the_parents_file_is_imported_from_there(oak):
    text = oak(
        "acorn", WITH_ACORN.replace("@add_start_docstrings(", "@use_kernel(grow)\n@add_start_docstrings(")
    ).modular
    assert "@use_kernel(grow)\n@auto_docstring" in text
    assert "from ..oak.modeling_oak import AcornModel, OakPreTrainedModel, grow\n" in text


def test_what_is_named_early_stands_after_what_it_inherits_from(oak):
    modeling = MODELING.replace("from .configuration_oak import OakConfig", OAK_FROM_AFAR)
    order = list(classes(oak("oak", modeling).modular))
    assert order.index("ZorroPreTrainedModel") < order.index("ZorroModel")


def test_parts_that_a_helper_of_the_parent_makes_are_the_ports_as_they_are(tmp_path):
    (tmp_path / "oak").mkdir()
    helper = "class OakRoot(nn.Module):\n    pass\n\n\nclass OakSettings(dict):\n    pass\n"
    (tmp_path / "oak" / "roots_oak.py").write_text(helper)
    generated = {"modeling_zorro.py": "from .roots_zorro import ZorroRoot, ZorroSettings\n"}
    parent = SimpleNamespace(module="oak", cased="Oak")
    text = companions(parent, Names("zorro", "Zorro", "org/zorro", "2026"), generated, tmp_path)["roots_zorro.py"]
    assert "\nZorroRoot = OakRoot\n" in text and "class ZorroSettings(OakSettings):" in text


@pytest.mark.parametrize(
    ("name", "module", "cased"),
    [
        ("Nemotron3_5TranscribeModel", "nemotron3_5_transcribe", "Nemotron35Transcribe"),
        ("NemotronH_Omni_Reasoning_V3Model", "nemotron_h_omni", "NemotronH_Omni_Reasoning_V3_"),
    ],
)
def test_underscores_do_not_keep_the_parents_name_in_a_class(name, module, cased):
    assert class_name(name, module, cased, "Zorro") == "ZorroModel"
    assert class_name("OtherModel", module, cased, "Zorro") == "ZorroOtherModel"


def test_nothing_is_started_twice_and_what_was_removed_stays_away(empty, capsys):
    workspace = empty()
    start.start(workspace)
    before = written(workspace)
    assert not start.start(workspace)
    assert "nothing is left to start" in capsys.readouterr().out
    (workspace.model_dir / "__init__.py").unlink()
    assert not start.start(workspace)
    assert not (workspace.model_dir / "__init__.py").exists()
    start.write_one(workspace, "__init__.py")
    (workspace.model_dir / "modular_nano_lama.py").unlink()
    assert "make start ONLY=modular_nano_lama.py" in refused(start.start, workspace)
    start.write_one(workspace, "modular_nano_lama.py")
    assert written(workspace) == before
    assert "remove it first" in refused(start.write_one, workspace, "modular_nano_lama.py")
    assert "is not one that start writes" in refused(start.write_one, workspace, "modeling_nano_lama.py")


def test_starting_over_from_another_model(empty):
    workspace = empty()
    start.start(workspace)
    start.start_over(workspace, "bert")
    answers = yaml.safe_load((workspace.root / ".copier-answers.yml").read_text())
    assert answers == ANSWERS | {"base_model": "bert", "base_architecture": "encoder"}
    modular = workspace.model_dir / "modular_nano_lama.py"
    assert classes(modular.read_text())["NanoLamaForMaskedLM"] == "BertForMaskedLM"
    assert "class NanoLamaForMaskedLM" in (workspace.model_dir / "modeling_nano_lama.py").read_text()
    before = written(workspace)
    modular.write_text(modular.read_text() + "\n# mine\n")
    assert "no longer what start wrote" in refused(start.start_over, Workspace(workspace.root), "llama")
    modular.write_bytes(before["src/transformers/models/nano_lama/modular_nano_lama.py"])
    modeling = workspace.model_dir / "modeling_nano_lama.py"
    modeling.write_text(modeling.read_text() + "\n# mine\n")
    assert "was edited" in refused(start.start_over, Workspace(workspace.root), "llama")


@pytest.mark.parametrize("kind", ["configuration", "modeling"])
def test_files_of_ones_own_are_refused(empty, kind):
    workspace = empty()
    workspace.model_dir.mkdir(parents=True)
    (workspace.model_dir / f"{kind}_nano_lama.py").write_text("# mine\n")
    before = written(workspace)
    assert "was not generated" in refused(start.start, workspace)
    assert written(workspace) == before


@pytest.mark.parametrize(
    ("base", "said"),
    [
        ("none", "this workspace has full files of its own"),
        ("lama", "it has llama"),
        ("encoder_decoder", "holds two models of any kind"),
        ("timm-wrapper", "holds two models of any kind"),
        ("x: y\n$(touch z)", "no such model"),
    ],
)
def test_what_cannot_be_started_from(empty, base, said):
    workspace = empty(base_model=base)
    before = written(workspace)
    assert said in refused(start.start, workspace)
    assert written(workspace) == before


def test_a_model_of_another_release_is_named_with_it(empty, monkeypatch):
    known = start.table.Model("later", "decoder", "later", "5.99.0")
    monkeypatch.setattr(start.table, "find", lambda name: known)
    assert "5.99.0 has it" in refused(start.start, empty(base_model="later"))


@pytest.mark.parametrize("failing", ["expand", "replace_all"])
def test_all_files_or_none(empty, monkeypatch, failing):
    workspace = empty()
    before = written(workspace)

    def fail(*_):
        raise ModularError(Path("modular_x.py"), 3, "no") if failing == "expand" else OSError(28, "No space left")

    monkeypatch.setattr(start if failing == "expand" else writing, failing, fail)
    refused(start.start, workspace)
    assert written(workspace) == before


def test_answers_never_become_code(empty):
    hostile = [*hostile_texts(60, seed=5), "x.y", "Nano Lama", "é", 'a"b/c', "org/na\nme", "a/b/c", ""]
    for key in ("model_type", "camelcase_name", "hub_id", "start_date"):
        for text in hostile:
            try:
                names_of(ANSWERS | {key: text})
            except CannotRun as error:
                assert key in str(error)
                assert "\n" not in str(error)
            else:
                assert re.fullmatch(r"[A-Za-z0-9._/-]+", text)
        refused(names_of, {name: value for name, value in ANSWERS.items() if name != key})
    assert names_of(ANSWERS) == Names("nano_lama", "NanoLama", "org/nano-lama", "2026")
    assert names_of(ANSWERS | yaml.safe_load("start_date: 2026-11-27")).year == "2026"


@pytest.mark.parametrize(
    ("base", "configs", "some_models"),
    [
        ("siglip", {"": "x", "Text": "x_text_model", "Vision": "x_vision_model"}, ["Model", "TextModel", "VisionModel"]),
        ("qwen2_audio", {"": "x", "Encoder": "x_encoder"}, ["Encoder", "ForConditionalGeneration"]),
        ("gemma3_text", {"": "x", "Text": "x_text"}, ["TextModel", "ForCausalLM"]),
        ("clip_vision_model", {"": "x", "Vision": "x_vision_model"}, ["VisionModel"]),
        ("data2vec_audio", {"": "x", "Audio": "x_audio"}, ["AudioModel", "AudioForCTC"]),
        ("blt", {"": "x", "Patcher": "x_patcher", "LocalEncoder": "x_local_encoder"}, ["Model", "ForCausalLM", "Patcher"]),
        ("gemma3n", {"": "x", "Text": "x_text", "Audio": "x_audio", "Vision": "x_vision"}, ["Model", "TextModel"]),
    ],
)  # fmt: skip
def test_parts_have_names_of_their_own(base, configs, some_models):
    transformers, release = installed_transformers()
    parent = start.parent_of(base, transformers, release)
    text = start.modular_text(parent, Names("x", "Zorro", "org/x", "2026"))
    types = {
        node.name: line.value.value
        for node in ast.parse(text).body
        if isinstance(node, ast.ClassDef)
        for line in node.body
        if isinstance(line, ast.Assign) and line.targets[0].id == "model_type"
    }
    for suffix, model_type in configs.items():
        assert types[f"Zorro{suffix}Config"] == model_type
    public = yaml.safe_load(text.split("__all__ = ")[1])
    assert {f"Zorro{name}" for name in some_models} <= set(public)


@pytest.mark.both_ends
@pytest.mark.newest
@pytest.mark.parametrize(
    ("prefix", "model_type", "base", "types"),
    [
        ("GPTNeoX2", "gpt_neo_x2", "llama", []),
        ("Qwen3_5Next", "qwen3_5_next", "siglip", ["qwen3_5_next_vision_model"]),
        ("LlamaPlus", "llama_plus", "llama", []),
        ("Bertha", "bertha", "bert", []),
        ("LlamaPlus", "llama_plus", "gemma3_text", ["llama_plus_text"]),
    ],
)
def test_awkward_names_mount(empty, prefix, model_type, base, types):
    workspace = empty(camelcase_name=prefix, model_type=model_type, base_model=base)
    shutil.copytree(
        REPOSITORY / "template" / "porting", workspace.root / "porting", ignore=shutil.ignore_patterns("__pycache__")
    )
    done = run(sys.executable, "-m", "porting", "start", cwd=workspace.root)
    assert done.code == 0, done.output
    for path in workspace.model_dir.glob("*.py"):
        own = classes(path.read_text())
        assert all(name.startswith(prefix) for name in own), own
    result = run(sys.executable, "-c", MOUNTED, model_type, prefix, *types, cwd=workspace.root)
    assert result.code == 0, result.output


def test_former_names_of_classes_are_left_out():
    parent = describe("ernie4_5_vl_moe")
    own = own_names(parent, Names("zorro", "Zorro", "org/zorro", "2026"))
    assert len(set(own.values())) == len(own) and "Ernie4_5_VLMoeModel" in own
    assert "Ernie4_5_VL_MoeModel" in parent.sources.classes and "Ernie4_5_VL_MoeModel" not in own
    started = start.make(parent, Names("zorro", "Zorro", "org/zorro", "2026"), installed_transformers()[0])
    for text in started.generated.values():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef):
                assert node.name not in [base.id for base in node.bases if isinstance(base, ast.Name)]


def test_describe_takes_dashes_for_underscores():
    assert describe("data2vec_text").model_type == "data2vec-text"
    with pytest.raises(KeyError):
        describe("nothing_like_it")


def test_the_answers_file_keeps_what_else_it_holds():
    text = 'base_model: llama\n"base_architecture": "decoder"\nother: |\n  base_model: x\n'
    assert writing.with_answers(text, {"base_model": "qwen3-moe", "base_architecture": "vision-language"}) == (
        "base_model: qwen3-moe\nbase_architecture: vision-language\nother: |\n  base_model: x\n"
    )
    assert json.loads(writing.with_answers("", {"base_model": "a: b"}).removeprefix("\nbase_model: ")) == "a: b"
