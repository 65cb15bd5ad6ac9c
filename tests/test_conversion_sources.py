"""Checkpoints of every format are read as the same weights; what is around the weights is found and said."""

import argparse
import json
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from porting.conversion.sources import open_checkpoint
from porting.conversion.sources.nesting import find_weights
from porting.errors import CannotRun


@pytest.fixture(scope="module")
def weights():
    generator = torch.Generator().manual_seed(0)
    return {
        "net.0.w": torch.randn(5, 3, generator=generator),
        "net.1.w": torch.randn(4, 2, generator=generator).to(torch.float16),
        "net.counts": torch.arange(7),
        "scalar": torch.tensor(2.5),
    }


def same(checkpoint, weights):
    assert set(checkpoint.weights) == set(weights)
    for name, tensor in weights.items():
        weight = checkpoint.weights[name]
        assert (weight.shape, weight.dtype) == (tuple(tensor.shape), tensor.dtype)
        assert torch.equal(weight.read(), tensor)


@pytest.mark.parametrize("ending", [".pt", ".pth", ".bin", ".ckpt"])
@pytest.mark.parametrize("zipped", [True, False])
def test_pytorch_files(tmp_path, weights, ending, zipped):
    path = tmp_path / f"weights{ending}"
    torch.save(weights, path, _use_new_zipfile_serialization=zipped)
    same(open_checkpoint(path), weights)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda weights: {"model": weights, "epoch": 3},
        lambda weights: {"state_dict": weights, "optimizer": {"state": {0: {"exp_avg": torch.ones(2)}}}},
        lambda weights: {"checkpoint": {"model_state_dict": weights}, "args": argparse.Namespace(lr=0.1)},
        lambda weights: {f"module.{name}": tensor for name, tensor in weights.items()},
        lambda weights: {"model": {f"_orig_mod.{name}": tensor for name, tensor in weights.items()}, "step": 1},
    ],
)
def test_what_is_around_the_weights_is_taken_off_and_said(tmp_path, weights, wrap):
    path = tmp_path / "weights.pt"
    torch.save(wrap(weights), path)
    checkpoint = open_checkpoint(path)
    same(checkpoint, weights)
    assert checkpoint.notes


def test_two_sets_of_weights_need_a_key(tmp_path, weights):
    path = tmp_path / "weights.pt"
    averaged = {name: tensor * 0 for name, tensor in weights.items()}
    torch.save({"running": weights, "averaged": averaged}, path)
    same(open_checkpoint(path, key="averaged"), averaged)
    same(open_checkpoint(path, key="running"), weights)


@pytest.mark.parametrize("kind", ["safetensors", "bin"])
def test_shards_with_an_index(tmp_path, weights, kind):
    names = list(weights)
    places = {name: f"part-{i % 2}.{kind}" for i, name in enumerate(names)}
    for shard in set(places.values()):
        part = {name: weights[name] for name in names if places[name] == shard}
        save_file(part, tmp_path / shard) if kind == "safetensors" else torch.save(part, tmp_path / shard)
    (tmp_path / f"weights.{kind}.index.json").write_text(json.dumps({"weight_map": places}))
    same(open_checkpoint(tmp_path), weights)


def test_a_directory_with_one_file(tmp_path, weights):
    save_file(weights, tmp_path / "weights.safetensors")
    (tmp_path / "config.json").write_text("{}")
    same(open_checkpoint(tmp_path), weights)


def test_numpy(tmp_path, weights):
    path = tmp_path / "weights.npz"
    np.savez(path, **{name: tensor.numpy() for name, tensor in weights.items()})
    same(open_checkpoint(path), weights)


def test_numpy_of_the_other_byte_order(tmp_path):
    path = tmp_path / "weights.npz"
    np.savez(path, w=np.arange(6, dtype=">f4").reshape(2, 3))
    same(open_checkpoint(path), {"w": torch.arange(6.0).reshape(2, 3)})


def test_weights_stay_on_the_disk_until_they_are_read(tmp_path, weights):
    path = tmp_path / "weights.safetensors"
    save_file(weights, path)
    checkpoint = open_checkpoint(path)
    one, other = (checkpoint.weights["net.0.w"].read() for _ in range(2))
    assert one.data_ptr() == other.data_ptr(), "a copy in memory, not a map of the file"


@pytest.mark.parametrize(
    ("content", "names", "note"),
    [
        ({"params": {"model": {"w": 1}, "lm_head": {"w": 1}}, "step": 0}, "model.w lm_head.w", "lm_head may hold"),
        ({"params": {"w": 1}, "batch_stats": {"mean": 1}}, "params.w batch_stats.mean", "KEY=params takes one"),
        ({"state_dict": {"w": 1}, "callbacks": {"best": 1}, "model_ema": {"w": 1}}, "w", "left callbacks, model_ema"),
        ({"model": {"w": 1}, "global_step": torch.tensor(3)}, "w", "left global_step"),
        ({"net": {"w": 1}, "scale": torch.tensor(3)}, "net.w scale", ""),
        ({"model": {"layers": [{"w": 1}, {"w": 1}]}, "rng_state": [1]}, "layers.0.w layers.1.w", "left rng_state"),
    ],
)
def test_what_may_be_weights_is_never_left_out(content, names, note):
    def filled(part):
        if isinstance(part, dict):
            return {name: filled(value) for name, value in part.items()}
        if isinstance(part, list):
            return [filled(value) for value in part]
        return torch.ones(2) if part == 1 else part

    flat, notes = find_weights(filled(content), "weights.pt")
    assert list(flat) == names.split()
    assert note in " ".join(notes)


@pytest.mark.parametrize(
    ("module", "make", "install"),
    [
        ("flax", lambda folder: (folder / "weights.msgpack").write_bytes(b"\x80"), "pip install flax"),
        ("orbax", lambda folder: (folder / "_METADATA").write_text("{}"), "pip install orbax-checkpoint"),
        ("tensorflow", lambda folder: (folder / "model.ckpt.index").write_bytes(b"\0"), "pip install tensorflow-cpu"),
    ],
)
def test_a_reader_that_is_not_installed_is_named(tmp_path, monkeypatch, module, make, install):
    for name in (module, f"{module}.serialization", f"{module}.checkpoint"):
        monkeypatch.setitem(sys.modules, name, None)
    make(tmp_path)
    with pytest.raises(CannotRun, match=install):
        open_checkpoint(tmp_path)
