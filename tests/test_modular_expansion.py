"""The expansion of modular files: each rule with small parents of our own, and forty files of the installed release."""

from pathlib import Path

import corpus
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_parents import write_package

import transformers
from porting.modular.errors import ModularError
from porting.modular.expansion import expand, expand_all


INSTALLED = Path(transformers.__file__).parent
# Every kind of file and of rule, the awkward names, parents in chains; small ones where there is a choice.
SAMPLE = (
    "afmoe arcee aria bamba biogpt bitnet colqwen2 conditional_detr data2vec deepseek_v2 dinov3_vit doge ernie4_5 "
    "exaone4 gemma gemma2 glm4 gpt_neox granitemoe hubert hunyuan_v1_dense ijepa instructblipvideo lfm2 mistral "
    "olmo2 olmo3 phi3 plbart qwen2 qwen2_5_vl qwen3 qwen3_5 roberta sam2 seed_oss smollm3 t5gemma wavlm x_clip"
).split()

BEGIN = "from torch import nn\n\nfrom ..oak.configuration_oak import OakConfig\n"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    write_package(tmp_path / "transformers")
    return tmp_path / "transformers"


@pytest.fixture
def expanded(package: Path, tmp_path: Path):
    """Expand a modular file with this text."""

    def expand_text(text: str, model: str = "nano_ash", release: str | None = None) -> dict[str, str]:
        if release:
            (package / "__init__.py").write_text(f'__version__ = "{release}"\n')
        path = tmp_path / "src" / "transformers" / "models" / model / f"modular_{model}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return expand(path, package, tmp_path / "src" / "transformers" / "models")

    return expand_text


def modeling(expanded, classes: str, imports: str = "OakLayer, OakModel, OakPreTrainedModel", **arguments) -> str:
    text = f"{BEGIN}from ..oak.modeling_oak import {imports}\n\n\n{classes}\n"
    return expanded(text, **arguments)[f"modeling_{arguments.get('model', 'nano_ash')}.py"]


def test_a_bare_class_becomes_the_parents_under_the_new_name(expanded):
    text = modeling(expanded, "class NanoAshLayer(OakLayer):\n    pass")
    for line in (
        "src/transformers/models/nano_ash/modular_nano_ash.py",
        "class NanoAshNorm(nn.Module):",
        "# An NanoAsh norm, as nano_ash has it",
        "A layer of NanoAsh.",
        "from .configuration_nano_ash import NanoAshConfig",
        'RINGS["first"] = NANO_ASH_SCALE',
    ):
        assert line in text
    assert "of {x} in Oak" in text, "the text of an f-string stays"
    for absent in ("import oak_kernels", "crack", "Copied from"):
        assert absent not in text
    assert (
        text.index("logger =") < text.index("NANO_ASH_SCALE =") < text.index("def grow") < text.index("NanoAshNorm(")
    )


def test_a_configuration_keeps_what_is_not_overridden(expanded):
    files = expanded(
        f"{BEGIN}\n\nclass NanoAshConfig(OakConfig):\n    leaf_size = AttributeError()\n    new: int = 3\n"
        "    hidden_size: int = 16\n\n    def __post_init__(self, **kwargs):\n        self.early = 1\n"
        '        super().__post_init__(**kwargs)\n        self.twig = 5\n\n\n__all__ = ["NanoAshConfig"]\n'
    )
    text = files["configuration_nano_ash.py"]
    assert list(files) == ["configuration_nano_ash.py"]
    assert 'r"""Configuration of an NanoAsh model, `nano_ash` for short, NANO_ASH in capitals."""' in text
    assert 'model_type = "nano_ash"\n    hidden_size: int = 16\n    new: int = 3\n' in text
    assert "leaf_size" not in text
    assert "self.early = 1\n        self.twig = 5\n        super().__post_init__(**kwargs)\n" in text
    assert '__all__ = ["NanoAshConfig"]' in text


def body_after(text: str, line: str) -> list[str]:
    """The lines of a body, without indentation, up to the next blank line."""
    return [found.strip() for found in text[text.index(line) :].split("\n\n")[0].splitlines()[1:]]


INIT = "class NanoAshLayer(OakLayer):\n    def __init__(self, config):\n        "


@pytest.mark.parametrize(
    ("statements", "result"),
    [
        (["super().__init__(config)", "self.size = 3"], ["super().__init__()", "self.size = 3", "NORM", "GATE"]),
        (["super().__init__(config)", "del self.gate"], ["super().__init__()", "SIZE", "NORM"]),
        (["super().__init__(config)", "self.new = 1"], ["super().__init__()", "SIZE", "NORM", "GATE", "self.new = 1"]),
        (["a = 1", "super().__init__(config)"], ["super().__init__()", "a = 1", "SIZE", "NORM", "GATE"]),
        (["nn.Module.__init__(self)", "self.new = 1"], ["super().__init__()", "self.new = 1"]),
    ],
)
def test_super_is_unfolded(expanded, statements, result):
    text = modeling(expanded, INIT + "\n        ".join(statements))
    of_parent = {
        "SIZE": "self.size = config.hidden_size",
        "NORM": "self.norm = NanoAshNorm()",
        "GATE": "self.gate = nn.Linear(self.size, self.size)",
    }
    assert body_after(text, "    def __init__(self, config):") == [of_parent.get(line, line) for line in result]


def test_super_in_a_return_is_unfolded_and_in_an_expression_stays(expanded):
    text = modeling(
        expanded, "class NanoAshModel(OakModel):\n    def forward(self, x):\n        return super().forward(x)"
    )
    assert "return self.layer(x)" in text
    text = modeling(
        expanded, "class NanoAshModel(OakModel):\n    def forward(self, x):\n        y = super().forward(x)"
    )
    assert "y = super().forward(x)" in text


def test_post_init_comes_last(expanded):
    classes = "class NanoAshModel(OakModel):\n    def __init__(self, config):\n        super().__init__(config)\n"
    text = modeling(expanded, f"{classes}        self.late = 1")
    assert "self.late = 1\n        self.post_init()\n" in text


def test_methods_are_removed_replaced_and_added_in_the_parents_order(expanded):
    text = modeling(
        expanded,
        "class NanoAshLayer(OakLayer):\n    new = 1\n\n    def added(self):\n        return 1\n\n"
        "    def extra(self):\n        raise AttributeError('not here')\n\n"
        "    def forward(self, y=None, **super_kwargs):\n        return y\n",
    )
    assert "def extra" not in text and "RINGS" not in text
    assert '    """A layer of NanoAsh."""\n\n    new = 1\n\n    def __init__' in text
    assert "def forward(self, x: torch.Tensor, mask=None, y=None, **kwargs) -> torch.Tensor:" in text
    assert '"""Forward of a layer."""\n        return y' in text
    layer = text[text.index("class NanoAshLayer") :]
    assert layer.index("def width") < layer.index("def forward") < layer.index("def added")


@pytest.mark.parametrize(
    ("decorator", "first_line"),
    [("", "@auto_docstring"), ("@no_inherit_decorator\n", ""), ("@torch.jit\n", "@torch.jit")],
)
def test_decorators_are_inherited_replaced_or_dropped(expanded, decorator, first_line):
    text = modeling(expanded, f"{decorator}class NanoAshModel(OakModel):\n    pass")
    assert text.split("class NanoAshModel(")[0].splitlines()[-1] == first_line


def test_further_bases_replace_those_of_the_same_ending_or_are_added(expanded):
    classes = "from ...layers import GradientCheckpointingLayer\nfrom ...utils import Rooted\n\n\nclass NanoAshTreePreTrainedModel(OakPreTrainedModel):\n    pass\n\n\n"
    classes += "class NanoAshModel(NanoAshTreePreTrainedModel, OakModel, Rooted):\n    pass\n\n\n"
    classes += "class NanoAshLayer(OakLayer, GradientCheckpointingLayer):\n    pass"
    text = modeling(expanded, classes)
    assert "class NanoAshModel(NanoAshTreePreTrainedModel, Rooted):" in text
    assert "class NanoAshLayer(GradientCheckpointingLayer):" in text
    assert "import GradientCheckpointingLayer" in text


def test_a_class_may_take_the_place_of_an_imported_one_of_its_name(expanded):
    files = expanded("from ..oak.modeling_oak import OakNorm\n\n\nclass OakNorm(OakNorm):\n    pass\n")
    assert "class OakNorm(nn.Module):" in files["modeling_nano_ash.py"]


def test_the_modular_files_own_functions_win_and_its_constants_do_not(expanded):
    text = modeling(
        expanded,
        "NANO_ASH_SCALE = 9\n\n\ndef grow(x):\n    return mine(x)\n\n\ndef mine(x):\n    return x\n\n\n"
        "class NanoAshLayer(OakLayer):\n    pass",
    )
    assert "def mine(x):" in text and "return mine(x)" in text
    assert "NANO_ASH_SCALE = 2" in text


def test_a_function_imported_from_another_parent_wins_too(expanded):
    text = modeling(
        expanded, "class NanoAshNorm(OakNorm):\n    pass", "OakNorm\nfrom ..elm.modeling_elm import ElmMLP, grow"
    )
    assert "return shrink(x) + NANO_ASH_SCALE" in text and "def shrink(x):" in text
    assert "NANO_ASH_SCALE = 3" in text


def test_a_parent_may_be_new_itself(expanded):
    classes = "class NanoAshLayer(OakLayer):\n    pass\n\n\nclass NanoAshWideLayer(NanoAshLayer):\n    wide = True"
    text = modeling(expanded, classes)
    assert "class NanoAshWideLayer(NanoAshLayer):\n    wide = True" in text


def test_a_longer_prefix_names_what_comes_along(expanded):
    text = modeling(expanded, "class NanoAshTextLayer(OakLayer):\n    pass", "OakLayer")
    assert "class NanoAshTextNorm(" in text and "config: NanoAshTextConfig" in text
    assert "from .configuration_nano_ash import NanoAshTextConfig" in text


@pytest.mark.parametrize(
    ("model", "prefix"),
    [
        ("gpt_neoy", "GPTNeoY"),
        ("qwen3_5_next", "Qwen3_5Next"),
        ("oak_plus", "OakPlus"),
        ("oa", "Oa"),
        ("hf_oak", "HFOak"),
    ],
)
def test_awkward_names(expanded, model, prefix):
    text = f"{BEGIN}from ..oak.modeling_oak import OakModel\n\n\nclass {prefix}Config(OakConfig):\n    pass\n\n\n"
    files = expanded(f"{text}class {prefix}Model(OakModel):\n    pass\n", model=model)
    assert f"class {prefix}Layer(nn.Module):" in files[f"modeling_{model}.py"]
    assert f"from .configuration_{model} import {prefix}Config" in files[f"modeling_{model}.py"]
    assert f'base_model_prefix = "{model}"' in files[f"modeling_{model}.py"]
    assert f"class {prefix}Config(PreTrainedConfig):" in files[f"configuration_{model}.py"]
    assert f'model_type = "{model}"' in files[f"configuration_{model}.py"]


def test_each_class_goes_into_the_file_of_its_kind(expanded):
    names = ("Config", "Model", "Processor", "ProcessorKwargs", "ImageProcessor", "VideoProcessor", "Tokenizer")
    names += ("FeatureExtractor", "ImageProcessorPil")
    classes = "\n\n".join(f"class NanoAsh{name}:\n    needs = NanoAshConfig" for name in names)
    exports = ", ".join(f'"NanoAsh{name}"' for name in names)
    files = expanded(f"{classes}\n\n__all__ = [{exports}]\n")
    kinds = "configuration feature_extraction image_processing image_processing_pil modeling processing tokenization"
    assert sorted(files) == [f"{kind}_nano_ash.py" for kind in [*kinds.split(), "video_processing"]]
    assert '__all__ = ["NanoAshProcessor", "NanoAshProcessorKwargs"]' in files["processing_nano_ash.py"]
    assert "from .configuration_nano_ash import NanoAshConfig" in files["tokenization_nano_ash.py"]


def test_guarded_imports_come_last_and_only_where_needed(expanded):
    text = modeling(expanded, "class NanoAshCracker(OakCracker):\n    pass", "OakCracker")
    assert "if is_acorn_available():\n    from acorn import crack\n" in text
    assert "from ...utils import is_acorn_available\n" in text


def test_an_image_processor_without_torchvision_imports_nothing_that_needs_it(expanded):
    files = expanded(
        "from ..oak.image_processing_oak import OakImageProcessor, OakImageProcessorKwargs\n"
        "from ..oak.image_processing_pil_oak import OakImageProcessorPil\n\n\n"
        "class NanoAshImageProcessorKwargs(OakImageProcessorKwargs):\n    pass\n\n\n"
        "class NanoAshImageProcessor(OakImageProcessor):\n    pass\n\n\n"
        "class NanoAshImageProcessorPil(OakImageProcessorPil):\n    pass\n"
    )
    text = files["image_processing_pil_nano_ash.py"]
    assert "if is_torch_available():\n    import torch\n" in text and "torchvision" not in text
    assert "class NanoAshImageProcessorKwargs(ImagesKwargs, total=False):" in text
    assert "class NanoAshImageProcessorKwargs(" in files["image_processing_nano_ash.py"]


def test_rules_follow_the_release(expanded):
    text = "from ...utils import old\n\n\nclass NanoAshProcessor:\n    pass\n\n\n"
    text += '__getattr__ = old(__name__, {"NanoAshOldProcessor": 1})\n\n__all__ = ["NanoAshProcessor"]\n'
    new, previous = (expanded(text, release=release)["processing_nano_ash.py"] for release in ("5.23.0", "5.16.1"))
    assert "__getattr__ = old(" in new and "from ...utils import old" in new
    assert "__getattr__" not in previous and "import old" not in previous
    text = "from ...utils import Base\n\n\nclass NanoAshVideoProcessorKwargs(Base):\n    pass\n"
    assert list(expanded(text, release="5.23.0")) == ["video_processing_nano_ash.py"]
    assert list(expanded(text, release="5.16.1")) == ["processing_nano_ash.py"]
    classes = "class NanoAshPreTrainedModel(OakPreTrainedModel):\n    @deprecate_kwarg('a', '6')\n"
    classes += "    def _init_weights(self, module):\n        pass"
    for release, inherited in (("5.24.0", True), ("5.23.0", False)):
        text = modeling(expanded, classes, release=release)
        assert ("    @torch.no_grad()\n    @deprecate_kwarg(" in text) is inherited
    text = modeling(expanded, "class NanoAshLayer(OakLayer):\n    width: int = 3", release="5.24.0")
    assert "width: int = 3" in text and "def width" not in text


def test_a_model_of_the_workspace_can_be_a_parent_before_its_files_are_there(expanded, package, tmp_path):
    modeling(expanded, "class TinyFirLayer(OakLayer):\n    pass", model="tiny_fir")
    text = expanded(
        "from ..tiny_fir.modeling_tiny_fir import TinyFirLayer\n\n\nclass NanoAshLayer(TinyFirLayer):\n    pass\n"
    )
    assert "class NanoAshNorm(" in text["modeling_nano_ash.py"]


def test_several_files_at_once_are_the_same(expanded, package, tmp_path):
    models = tmp_path / "src" / "transformers" / "models"
    one = {"modeling_tiny_fir.py": modeling(expanded, "class TinyFirLayer(OakLayer):\n    pass", model="tiny_fir")}
    other = {"modeling_nano_ash.py": modeling(expanded, "class NanoAshLayer(OakLayer):\n    pass")}
    paths = [models / model / f"modular_{model}.py" for model in ("tiny_fir", "nano_ash")]
    assert expand_all(paths, package, models) == dict(zip(paths, [one, other], strict=True))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("import os\n\nclass NanoAsh(:\n    pass\n", 3, "syntax error"),
        ("import os\nfrom ..yew.modeling_yew import YewModel\n", 2, "no model yew"),
        ("from ..oak.tokenization_oak import OakTokenizer\n", 1, "take the parent from one of configuration_oak"),
        ("from ..oak.modeling_oak import OakConfig\n", 1, "import it from the model's configuration file"),
        (
            "import os\nfrom ..oak.modeling_oak import OakBranch\n\n\nclass NanoAshBranch(OakBranch):\n    pass\n",
            2,
            "not a class of the file",
        ),
        ("from ..oak.modeling_oak import *\n", 1, "name what you need"),
        ("from transformers import OakModel\n", 1, "import from the file that defines it"),
        (
            "from ..oak.modeling_oak import OakModel, OakNorm\n\n\nclass NanoAshModel(OakModel, OakNorm):\n    pass\n",
            4,
            "inherit from one of them",
        ),
        (
            "from ..oak.modeling_oak import OakModel\n\n\nclass NanoAshModel(OakModel):\n    def extra(self):\n"
            "        super().extra()\n",
            6,
            "write Base.extra(self, …)",
        ),
        (
            "from ..oak.configuration_oak import OakConfig\n\n\nclass NanoAshConfig(OakConfig):\n    root = AttributeError()\n",
            5,
            "drop the line",
        ),
        (
            "from ..oak.modeling_oak import OakModel\n\n\n@no_inherit_decorator\n@other\nclass NanoAshModel(OakModel):\n"
            "    pass\n",
            6,
            "leave one or the others out",
        ),
        ("from ..nano_ash.modeling_nano_ash import Model\n", 1, "circle"),
        (
            "from ..oak.modeling_oak import OakLayer\n\n\nclass NanoAshLayer(OakLayer):\n"
            "    def forward(self, y, **super_kwargs):\n        pass\n",
            5,
            "give it a default",
        ),
        (
            "from ..oak.modeling_oak import OakModel\n\n\nclass NanoAshModel(OakModel, make()):\n    pass\n",
            4,
            "name the class",
        ),
    ],
)
def test_errors_are_one_line_that_names_the_line(expanded, text, line, words):
    with pytest.raises(ModularError) as raised:
        expanded(text)
    assert str(raised.value).startswith(f"modular_nano_ash.py:{line}: ")
    assert words in str(raised.value) and "\n" not in str(raised.value)


def test_a_pyproject_around_has_no_say(expanded, tmp_path, monkeypatch):
    plain = modeling(expanded, "class NanoAshLayer(OakLayer):\n    pass")
    (tmp_path / "pyproject.toml").write_text(
        "[tool.ruff]\nline-length = 40\n[tool.ruff.format]\nquote-style = 'single'\n"
    )
    monkeypatch.chdir(tmp_path)
    assert modeling(expanded, "class NanoAshLayer(OakLayer):\n    pass") == plain


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_no_mangled_file_ends_in_a_traceback(data):
    """A real modular file with a few of its lines gone or twice: files, or one line of complaint."""
    source = INSTALLED / "models" / "gemma2" / "modular_gemma2.py"
    lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        lines[at : at + 1] = data.draw(st.sampled_from([[], lines[at : at + 1] * 2]))
    expander = corpus.Expander(INSTALLED, None)
    try:
        expander.files(source, "".join(lines))
    except ModularError as error:
        assert "\n" not in str(error) and "cannot be expanded" not in str(error)


@pytest.mark.both_ends
@pytest.mark.newest
def test_the_sample_of_the_installed_release():
    """Forty models of the release, each of its generated files against the shipped one."""
    paths = [path for model in SAMPLE for path in sorted(INSTALLED.glob(f"models/{model}/modular_*.py"))]
    assert len(paths) >= 40
    compared = [
        corpus.compare(path.parent / name, text, set())
        for path, files in expand_all(paths, INSTALLED).items()
        for name, text in files.items()
    ]
    assert not [f"{each.model}/{each.file}" for each in compared if not each.identical]
