"""make convert: what it makes is what Transformers makes, and whatever is wrong is refused by name before output exists."""

import ast
import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ARCHITECTURES, make, of_the_day


HERE = Path(__file__).parent
FAULTS = [
    node.name
    for node in ast.parse((HERE / "conversion_faults.py").read_text(encoding="utf-8")).body
    if isinstance(node, ast.FunctionDef) and [argument.arg for argument in node.args.args] == ["case"]
]


def run_script(workspace: Path, script: str, *arguments: str) -> dict:
    """Run a script of this folder in a workspace and return the JSON it prints last."""
    command = [sys.executable, str(HERE / script), *arguments]
    done = subprocess.run(command, cwd=workspace, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


def digest_of(folder: Path) -> str:
    whole = b"".join(path.read_bytes() for path in sorted(folder.glob("model*.safetensors")))
    return f"sha256:{hashlib.sha256(whole).hexdigest()}"


@pytest.fixture(scope="module")
def converted(workspace, tmp_path_factory):
    """`converted(architecture)`: a workspace in which `make convert` ran without arguments, and what it printed."""
    made = {}

    def _converted(architecture: str):
        if architecture not in made:
            path = tmp_path_factory.mktemp("converted") / "port"
            shutil.copytree(workspace(base_architecture=architecture), path)
            made[architecture] = path, make(path, "convert")
        return made[architecture]

    return _converted


@pytest.mark.both_ends
@pytest.mark.parametrize("architecture", of_the_day(ARCHITECTURES, 1))
def test_day_one_rules_convert_the_stand_in(converted, architecture):
    path, result = converted(architecture)
    assert result.code == 0, result.output
    report = json.loads((path / "reports" / "convert.json").read_text())
    assert report["passed"]
    for weight in report["weights"]:  # one line of the log for each
        sources = " + ".join(f"{source['name']} {source['shape']}" for source in weight["sources"])
        assert f"{weight['target']} {weight['shape']} {weight['dtype']} <- {sources}" in result.output

    check = run_script(path, "standin_check.py")
    assert check["complaints"] == check["reference_complaints"] == {}
    assert check["different"] == []
    assert check["weights"] > 20
    for batch in ("padded", "long"):
        assert max(check["errors"][batch].values()) < 1e-5
    assert report["weights_digest"] == check["digest"] == digest_of(path / "converted")


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_way_back_restores_every_bit(converted, architecture):
    path, _ = converted(architecture)
    back = make(path, "convert", BACK="1")
    assert back.code == 0, back.output
    comparison = json.loads((path / "reports" / "convert-back.json").read_text())["comparison"]
    assert len(comparison["equal"]) > 20
    assert not comparison["different"] and not comparison["lost"] and not comparison["extra"]


def test_the_way_back_names_what_a_rule_lost(workspace, tmp_path):
    path = tmp_path / "port"
    shutil.copytree(workspace(), path)
    rules = path / "conversion" / "rules.py"
    lossy = rules.read_text().replace(r'WeightRenaming(r"\.stack\.", ', r'WeightRenaming(r"\.(stack|old)\.", ')
    rules.write_text(lossy)
    assert make(path, "convert").code == 0
    back = make(path, "convert", BACK="1")
    assert "Error 1" in back.output
    assert "not invertible: model.layers.0.input_layernorm.weight" in back.output


@pytest.fixture(scope="module")
def faults(converted, tmp_path_factory):
    path, _ = converted("decoder")
    return run_script(path, "conversion_faults.py", str(tmp_path_factory.mktemp("faults")))


def test_there_are_many_faults():
    assert len(FAULTS) >= 50


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_refused_by_name_before_output_exists(faults, fault, record_fault):
    result = faults[fault]
    assert re.search(result["expected"], result["message"]), result["message"]
    told = re.search(rf".*({result['expected']}).*", result["message"]).group()
    record_fault(fault, re.sub(r"/\S*/faults\d*/\w+/", "", told))
    assert result["again"] == 0, "cannot be run again"
    assert "Traceback" not in result["message"]
    assert not result["leftovers"]
    assert not result["ran"], "code of the checkpoint was executed"
    if fault in ("not_a_number", "too_large_for_the_dtype_asked_for"):  # warnings: that may be so on purpose
        assert result["code"] == 0
    else:
        assert result["code"] in (1, 2)
        assert not result["written"]


def test_a_killed_run_leaves_nothing_that_looks_finished_and_can_be_repeated(converted, tmp_path):
    path, _ = converted("decoder")
    die = (
        "import os, sys; sys.path.insert(0, '.')\n"
        "from porting import mount; mount.install('.')\n"
        "from porting.conversion import stream\n"
        "real = stream._pieces; written = []\n"
        "def dying(tensor):\n"
        "    written.append(1)\n"
        "    return real(tensor) if len(written) < 10 else os._exit(9)\n"
        "stream._pieces = dying\n"
        "from porting.__main__ import main\n"
        f"main(['convert', '--out', {str(tmp_path / 'out')!r}])\n"
    )
    killed = subprocess.run([sys.executable, "-c", die], cwd=path, capture_output=True)
    assert killed.returncode == 9
    assert [entry.name for entry in tmp_path.iterdir()] == [".out.partial"]
    assert not (tmp_path / ".out.partial" / "config.json").exists()
    again = make(path, "convert", OUT=str(tmp_path / "out"))
    assert again.code == 0, again.output
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


def test_small_shards_and_another_dtype_load_as_one_model(converted, tmp_path):
    path, _ = converted("decoder")
    script = (
        "import sys; sys.path.insert(0, '.')\n"
        "from porting.__main__ import main\n"
        f"assert main(['convert', '--out', {str(tmp_path / 'out')!r}, '--shard-size', '5e-5', '--dtype', 'bfloat16']) == 0\n"
        "import torch, transformers\n"
        "one = transformers.AutoModelForCausalLM.from_pretrained('converted', dtype=torch.bfloat16)\n"
        f"two, info = transformers.AutoModelForCausalLM.from_pretrained({str(tmp_path / 'out')!r}, output_loading_info=True)\n"
        "assert not any(info.values()), info\n"
        "assert two.dtype == torch.bfloat16\n"
        "state = two.state_dict()\n"
        "assert all(torch.equal(value, state[name]) for name, value in one.state_dict().items())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(list((tmp_path / "out").glob("model-*.safetensors"))) > 1
    report = json.loads((path / "reports" / "convert.json").read_text())
    assert report["weights_digest"] == digest_of(tmp_path / "out")


def test_what_the_guide_puts_beside_the_weights_is_kept(tmp_path):
    from porting.conversion.appearing import appearing

    out = tmp_path / "converted"
    for name, text in (("model.safetensors", "old"), ("tokenizer_config.json", "mine"), ("README.md", "card")):
        out.mkdir(exist_ok=True)
        (out / name).write_text(text)
    with appearing(out, 1) as folder:
        (folder / "model.safetensors").write_text("new")
    found = {path.name: path.read_text() for path in out.iterdir()}
    assert found == {"model.safetensors": "new", "tokenizer_config.json": "mine", "README.md": "card"}
