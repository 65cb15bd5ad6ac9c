"""Checkpoints that only another framework's own package reads: real ones, written here. Run by `nox -s frameworks`."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import make
from safetensors.torch import load_file

from porting.conversion.sources import open_checkpoint
from porting.errors import CannotRun


BFLOAT16 = torch.tensor([1.5, -2.0], dtype=torch.bfloat16)
KERNEL = torch.arange(6.0).reshape(2, 3)


def read(path: Path, key: str | None = None) -> dict:
    weights = open_checkpoint(path, key).weights
    for weight in weights.values():
        assert (weight.shape, weight.dtype) == (tuple(weight.read().shape), weight.read().dtype)
    return {name: weight.read() for name, weight in weights.items()}


def same(found: dict, expected: dict) -> None:
    assert set(found) == set(expected)
    assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())


def save_tensorflow(path: Path, arrays: dict[str, np.ndarray]) -> Path:
    """A checkpoint as TensorFlow 1 wrote it, whose names are those of the variables; returns its prefix."""
    tensorflow = pytest.importorskip("tensorflow")
    v1 = tensorflow.compat.v1
    with tensorflow.Graph().as_default(), v1.Session() as session:
        variables = {
            name: v1.get_variable(f"v{i}", initializer=value) for i, (name, value) in enumerate(arrays.items())
        }
        session.run(v1.global_variables_initializer())
        return Path(v1.train.Saver(variables).save(session, str(path)))


def save_orbax(path: Path, tree: dict) -> Path:
    checkpointing = pytest.importorskip("orbax.checkpoint")
    with checkpointing.StandardCheckpointer() as checkpointer:
        checkpointer.save(path, tree)
    return path


def save_msgpack(path: Path, tree: dict) -> Path:
    serialization = pytest.importorskip("flax.serialization")
    path.write_bytes(serialization.to_bytes(tree))
    return path


def nested(flat: dict) -> dict:
    """Names with dots as a tree, as Flax and Orbax keep it."""
    tree: dict = {}
    for name, value in flat.items():
        *path, leaf = name.split(".")
        inner = tree
        for part in path:
            inner = inner.setdefault(part, {})
        inner[leaf] = value
    return tree


def jax_tree() -> dict:
    numpy = pytest.importorskip("jax.numpy")
    return {
        "params": {"net": {"kernel": numpy.asarray(KERNEL.numpy())}, "layers": [{"scale": numpy.ones(3)}]},
        "opt_state": [{"mu": numpy.ones(3)}],
        "step": 3,
    }


JAX_WEIGHTS = {"net.kernel": KERNEL, "layers.0.scale": torch.ones(3)}


def test_tensorflow_1(tmp_path):
    prefix = save_tensorflow(tmp_path / "model.ckpt", {"bert/layer_0/kernel": KERNEL.numpy(), "step": np.int64(7)})
    expected = {"bert/layer_0/kernel": KERNEL, "step": torch.tensor(7)}
    for path in (prefix, prefix.with_name("model.ckpt.index"), tmp_path):
        same(read(path), expected)


def test_tensorflow_2(tmp_path):
    tensorflow = pytest.importorskip("tensorflow")
    module = tensorflow.Module()
    module.kernel = tensorflow.Variable(KERNEL.numpy())
    module.half = tensorflow.Variable(tensorflow.cast(tensorflow.constant([1.5, -2.0]), tensorflow.bfloat16))
    module.note = tensorflow.Variable("text")
    tensorflow.train.Checkpoint(model=module).write(str(tmp_path / "model.ckpt"))
    checkpoint = open_checkpoint(tmp_path)
    ending = ".ATTRIBUTES/VARIABLE_VALUE"
    same(read(tmp_path), {f"model/kernel/{ending}": KERNEL, f"model/half/{ending}": BFLOAT16})
    assert f"model/note/{ending}" in checkpoint.notes[0]


def test_tensorflow_file_cut_short(tmp_path):
    prefix = save_tensorflow(tmp_path / "model.ckpt", {"kernel": KERNEL.numpy()})
    for ending in ("data-00000-of-00001", "index"):
        file = prefix.with_name(f"{prefix.name}.{ending}")
        file.write_bytes(file.read_bytes()[:-10])
        with pytest.raises(CannotRun, match="cut short" if ending != "index" else "TensorFlow checkpoint"):
            read(prefix)


def test_orbax(tmp_path):
    same(read(save_orbax(tmp_path / "saved", jax_tree())), JAX_WEIGHTS)


def test_orbax_of_bfloat16(tmp_path):
    numpy = pytest.importorskip("jax.numpy")
    tree = {"params": {"w": numpy.asarray([1.5, -2.0], numpy.bfloat16)}}
    same(read(save_orbax(tmp_path / "saved", tree)), {"w": BFLOAT16})


def test_orbax_managed_by_step_and_item(tmp_path):
    checkpointing = pytest.importorskip("orbax.checkpoint")
    with checkpointing.CheckpointManager(tmp_path / "run") as manager:
        for step in (5, 10):
            manager.save(step, args=checkpointing.args.StandardSave(jax_tree()))
        manager.wait_until_finished()
    with pytest.raises(CannotRun, match="holds 10, 5 and no one index"):
        read(tmp_path / "run")
    same(read(tmp_path / "run" / "10"), JAX_WEIGHTS)


def test_orbax_written_on_more_devices(tmp_path):
    pytest.importorskip("orbax.checkpoint")
    script = (
        "import sys, jax, numpy, orbax.checkpoint\n"
        "mesh = jax.make_mesh((4,), ('x',))\n"
        "place = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec('x'))\n"
        "w = jax.device_put(numpy.arange(8.0, dtype='float32'), place)\n"
        "with orbax.checkpoint.StandardCheckpointer() as saver: saver.save(sys.argv[1], {'params': {'w': w}})\n"
    )
    env = os.environ | {"XLA_FLAGS": "--xla_force_host_platform_device_count=4", "JAX_PLATFORMS": "cpu"}
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "saved")], check=True, env=env)
    same(read(tmp_path / "saved"), {"w": torch.arange(8.0)})


def test_orbax_that_lacks_a_file(tmp_path):
    path = save_orbax(tmp_path / "saved", jax_tree())
    shutil.rmtree(path / "d")
    with pytest.raises(CannotRun, match="cannot be read as an Orbax checkpoint"):
        read(path)


def test_msgpack(tmp_path):
    path = save_msgpack(tmp_path / "weights.msgpack", jax_tree())
    same(read(path), JAX_WEIGHTS)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(CannotRun, match="cut short"):
        read(path)


def test_make_convert_gives_the_same_port_from_every_format(render):
    workspace = render(base_architecture="decoder")
    for target in ("start", "convert"):
        assert make(workspace, target).code == 0
    expected = load_file(workspace / "converted" / "model.safetensors")

    stored = workspace / "original" / "checkpoint"
    weights = torch.load(stored / "weights.pt", weights_only=True)["model"]
    arrays = {name: tensor.numpy() for name, tensor in weights.items()}
    folder = workspace / "other"
    folder.mkdir()
    (folder / "hparams.json").write_text((stored / "hparams.json").read_text())
    checkpoints = {
        "tensorflow": save_tensorflow(folder / "model.ckpt", arrays),
        "orbax": save_orbax(folder / "orbax", nested(arrays)),
        "flax msgpack": save_msgpack(folder / "weights.msgpack", nested(arrays)),
    }
    (folder / "orbax" / "hparams.json").write_text((stored / "hparams.json").read_text())
    for form, path in checkpoints.items():
        result = make(workspace, "convert", CHECKPOINT=str(path), OUT=str(workspace / "out"))
        assert result.code == 0, result.output
        assert json.loads((workspace / "reports" / "convert.json").read_text())["format"] == form
        same(load_file(workspace / "out" / "model.safetensors"), expected)
