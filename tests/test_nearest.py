"""make nearest: the models that a checkpoint is most like, from names and shapes; refusals, the cache, and its parts."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from conftest import REPOSITORY, make, run
from huggingface_hub import constants
from safetensors.torch import save_file

from porting.errors import CannotRun, CheckFailed
from porting.nearest import building, load_index, rank, survey
from porting.nearest.config import propose
from porting.nearest.describe import describe
from porting.nearest.explain import cannot_tell, explain, parts
from porting.nearest.facts import facts_of
from porting.nearest.index import cache_path
from porting.nearest.traced import by_trace, traced_classes


TYPES = ["llama", "mistral", "qwen3_moe", "bert", "gpt_neox", "t5", "mamba"]
SHOWN = "llama,bert,qwen3_moe"


@pytest.fixture(scope="module")
def index():
    return load_index(TYPES)


@pytest.fixture
def port(workspace, tmp_path) -> Path:
    copy = tmp_path / "workspace"
    shutil.copytree(workspace(base_architecture="decoder"), copy)
    return copy


def decoder(layer: str = "layers.{}.", heads: int = 64, grouped: int = 32, prefix: str = "") -> dict:
    """A small decoder's names and shapes."""
    shapes = {"tokens.weight": (300, 64), "norm.weight": (64,), "output.weight": (300, 64)}
    for number in range(3):
        at = layer.format(number)
        shapes |= {f"{at}attention.{name}.weight": (heads, 64) for name in ("wq",)}
        shapes |= {f"{at}attention.{name}.weight": (grouped, 64) for name in ("wk", "wv")}
        shapes |= {f"{at}attention.wo.weight": (64, heads)}
        shapes |= {f"{at}feed_forward.{name}.weight": (160, 64) for name in ("w1", "w3")}
        shapes |= {f"{at}feed_forward.w2.weight": (64, 160)}
        shapes |= {f"{at}{name}.weight": (64,) for name in ("attention_norm", "ffn_norm")}
    return {prefix + name: shape for name, shape in shapes.items()}


def owned(workspace: Path) -> dict[str, bytes]:
    skipped = ("reports", "__pycache__", ".git")
    return {
        path.relative_to(workspace).as_posix(): path.read_bytes()
        for path in workspace.rglob("*")
        if path.is_file() and not set(path.relative_to(workspace).parts) & set(skipped)
    }


def test_the_stand_in_of_a_started_port(port):
    make(port, "nearest", TYPES="llama")  # writes the stand-in's checkpoint
    before = owned(port)
    done = make(port, "nearest", TYPES=SHOWN)
    assert done.code == 0, done.output
    lines = done.output.splitlines()
    assert max(map(len, lines)) <= 80 and len(lines) <= 24, done.output
    assert "This port starts from llama" in lines[-1]
    report = json.loads((port / "reports" / "nearest.json").read_text())
    assert report["schema"] == 1 and report["rows"][0]["types"] == ["llama"]
    assert report["rows"][0]["config"] == {
        "vocab_size": 120,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 3,
        "tie_word_embeddings": False,
    }
    assert "num_attention_heads" in report["rows"][0]["not_read"]
    space: dict = {}
    exec((port / "reports" / "nearest_config.py").read_text(), space)
    assert space["convert_config"]({}) == report["rows"][0]["config"]
    assert owned(port) == before
    assert "Nearest model by its weights: llama" in " ".join(make(port, "status").output.split())


@pytest.mark.both_ends
def test_another_model_than_the_port_starts_from(port):
    done = make(port, "nearest", TYPES=SHOWN, EXCLUDE="llama")
    assert done.code == 0, done.output
    assert "make start OVER=1 BASE=qwen3_moe" in done.output.splitlines()[-1]
    unknown = make(port, "nearest", TYPES="lama")
    assert unknown.code == 2 and "'lama' is no model of Transformers; near it are" in unknown.output


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        (b"no weights at all", 2, "has no ending that says its format"),
        ({}, 2, "holds no weights"),
        ({"a": torch.zeros(4), "b": torch.zeros(4)}, 1, "no matrix is among the weights"),
        ({"one.weight": torch.zeros(8, 4), "two.weight": torch.zeros(4, 8)}, 1, "no list of layers is found"),
    ],
)
def test_what_is_no_model_is_refused_in_one_line(port, tmp_path, content, code, message):
    file = tmp_path / ("weights.safetensors" if isinstance(content, dict) else "weights")
    save_file(content, file) if isinstance(content, dict) else file.write_bytes(content)
    done = run(sys.executable, "-m", "porting", "nearest", "--checkpoint", file, "--types", "llama", cwd=port)
    said = [line for line in done.output.splitlines() if line.startswith("make nearest:")]
    assert done.code == code and len(said) == 1 and message in said[0], done.output
    assert "Traceback" not in done.output
    assert not (port / "reports" / "nearest.json").exists()


def test_before_there_is_a_workspace(tmp_path):
    save_file({name: torch.zeros(shape) for name, shape in decoder().items()}, tmp_path / "weights.safetensors")
    command = (sys.executable, "-m", "porting", "nearest", "--types", SHOWN)
    env = {"PYTHONPATH": str(REPOSITORY / "template"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = run(*command, "--checkpoint", tmp_path / "weights.safetensors", cwd=tmp_path, env=env)
    assert done.code == 0, done.output
    assert done.output.splitlines()[-1] == "Answers to give: -d base_architecture=decoder -d base_model=llama"
    missing = run(*command, cwd=tmp_path, env=env)
    assert missing.code == 2 and "nox -s nearest -- FILE" in missing.output


def test_the_index_is_kept_and_built_again_when_it_is_damaged(tmp_path, monkeypatch):
    monkeypatch.setattr(constants, "HF_HOME", str(tmp_path))
    monkeypatch.setattr(survey, "model_types", lambda: ["llama", "bert"])
    built = []
    surveyed = building.survey_all
    monkeypatch.setattr(building, "survey_all", lambda types: built.append(types) or surveyed(types))
    first = load_index()
    path = cache_path(first.release)
    again = load_index()
    assert len(built) == 1
    assert (again.entries, again.structures, again.built_on) == (first.entries, first.structures, first.built_on)
    text = path.read_text()
    for damaged in (text[:1000], "", text.replace("llama", "lama"), "[]"):
        path.write_text(damaged)
        assert load_index().entries == first.entries
    assert len(built) == 5
    assert path.read_text() == text
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_cache_that_cannot_be_written_is_said(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(constants, "HF_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(survey, "model_types", lambda: ["llama"])
    assert load_index().types == ["llama"]
    assert "the index is not kept" in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is another thing there")
def test_an_interrupted_build_leaves_nothing(port, tmp_path):
    cache = tmp_path / "cache"
    process = subprocess.Popen(
        [sys.executable, "-m", "porting", "nearest"],
        cwd=port,
        env=os.environ | {"HF_HOME": str(cache)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    said = b""
    while b"reading" not in said:
        said += process.stdout.readline()
    time.sleep(4)
    os.killpg(process.pid, signal.SIGINT)
    said += process.communicate(timeout=60)[0]
    assert process.returncode == 2 and b"make nearest: interrupted" in said, said.decode()
    assert b"Traceback" not in said
    assert not list(cache.rglob("nearest*"))
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


@pytest.mark.both_ends
def test_models_of_equal_structure_are_one_row(index):
    rows = rank(decoder(), index)
    assert rows[0].types == ("llama", "mistral")
    assert rows[0].score > rows[1].score
    assert rank(decoder(), index, exclude=("llama",))[0].types == ("mistral",)
    assert [row.score for row in rows] == sorted((row.score for row in rows), reverse=True)


@pytest.mark.parametrize("layer", ["layers.{}.", "layer_{}.", "block{}.", "net/h_{}/", "a.{}.inner."])
@pytest.mark.parametrize("prefix", ["", "module.", "_orig_mod.module."])
def test_layers_are_found_wherever_the_number_stands(layer, prefix, index):
    found = describe(decoder(layer, prefix=prefix))
    assert [(each.count, len(each.kinds)) for each in found.lists] == [(3, 1)]
    assert rank(decoder(layer, prefix=prefix), index)[0].types[0] == "llama"


def test_modules_that_keras_numbers_by_their_kind_are_put_into_layers():
    shapes = {"embedding/embeddings": (100, 64), "dense_8/kernel": (64, 10), "dense_8/bias": (10,)}
    for number in range(4):
        attention = f"multi_head_attention_{number}".removesuffix("_0")
        shapes |= {f"{attention}/{name}/kernel": (64, 4, 16) for name in ("query", "key", "value")}
        shapes[f"{attention}/attention_output/kernel"] = (4, 16, 64)
        for place in (0, 1):
            shapes[f"layer_normalization_{2 * number + place}/gamma".replace("_0/", "/")] = (64,)
            shapes[f"dense_{2 * number + place}/kernel".replace("_0/", "/")] = (64, 256) if place else (256, 64)
    found = describe(shapes)
    assert [each.count for each in found.lists] == [4]
    assert found.lists[0].kinds[0].bag == {
        ("matrix", (64, 64)): [4, 0],
        ("vector", (64,)): [2, 0],
        ("matrix", (64, 256)): [2, 0],
    }


def test_buffers_do_not_count():
    buffers = {
        "rotary.inv_freq": (8,),
        "layers.0.attention.bias": (1, 1, 128, 128),
        "layers.1.bn.num_batches_tracked": (),
        "position_ids": (1, 512),
    }
    assert describe(decoder() | buffers) == describe(decoder())


def test_experts_one_by_one_are_those_in_one_array(index):
    shapes = decoder()
    for number in range(3):
        for name in ("w1", "w2", "w3"):
            del shapes[f"layers.{number}.feed_forward.{name}.weight"]
            sides = (64, 48) if name == "w2" else (48, 64)
            shapes |= {f"layers.{number}.feed_forward.experts.{e}.{name}.weight": sides for e in range(5)}
        shapes[f"layers.{number}.feed_forward.gate.weight"] = (5, 64)
    rows = rank(shapes, index)
    assert rows[0].types == ("qwen3_moe",)
    found = describe(shapes)
    told = explain(found, rows[0])
    assert "attention norms of query and key: none here, yes there" in told.differs
    values = propose(found, rows[0]).values
    assert (values["num_experts"], values["moe_intermediate_size"]) == (5, 48)
    composed = parts(found, rows)
    assert composed["attention"] == "llama" and composed["feed-forward"] == "qwen3_moe"
    assert "how the router chooses" in cannot_tell(found, "decoder")


@pytest.mark.both_ends
def test_turned_and_fused_weights_are_the_same_model(index):
    turned = {
        name.replace("weight", "kernel"): shape[::-1] if len(shape) > 1 else shape for name, shape in decoder().items()
    }
    assert rank(turned, index)[0].types[0] == "llama"
    fused = {
        name: shape for name, shape in decoder().items() if not name.endswith(("wq.weight", "wk.weight", "wv.weight"))
    }
    fused |= {f"layers.{number}.attention.wqkv.weight": (128, 64) for number in range(3)}
    found = describe(fused)
    row = rank(fused, index)[0]
    assert row.types[0] == "llama"
    told = explain(found, row)
    assert told.differs == ["attention projections: fused here, apart there"] and told.settled == 1
    assert facts_of(found.lists[0].kinds[0].pieces)["attention"][""] == "grouped"


def test_option_that_makes_a_model_fit_is_named(index):
    shapes = decoder() | {
        name.replace("weight", "bias"): shape[:1] for name, shape in decoder().items() if ".attention." in name
    }
    row = rank(shapes, index, exclude=("mistral",))[0]
    assert row.types == ("llama",) and row.options == {"llama": "attention_bias=True"}
    assert propose(describe(shapes), row).values["attention_bias"] is True


def test_refusals(index):
    with pytest.raises(CheckFailed, match="no matrix"):
        rank({}, index)
    with pytest.raises(CheckFailed, match="no list of layers"):
        rank({"a.weight": (3, 4)}, index)
    with pytest.raises(CannotRun, match="no model of Transformers"):
        load_index(["no_such_model"])


def test_the_classes_of_a_trace_tell_models_of_one_row_apart(index, tmp_path):
    row = rank(decoder(), index)[0]
    assert by_trace(row, ["Decoder", "RMSNorm", "SiLU"]) == {}  # both have both
    assert by_trace(row, []) == {}
    entries = (row.entries[0], replace(row.entries[1], modules=["MistralLayerNorm", "GELUActivation"]))
    told = by_trace(replace(row, entries=entries), ["Block", "LayerNorm", "GELU"])
    assert told == {"computes": ["GELU", "layer norm"], "types": ["mistral"]}
    (tmp_path / "trace.json").write_text(json.dumps({"modules": {"": "Model", "a": "RMSNorm", "b": "RMSNorm"}}))
    assert traced_classes(tmp_path / "trace") == ["Model", "RMSNorm"]
    (tmp_path / "trace.json").write_text("{")
    assert traced_classes(tmp_path / "trace") == []
