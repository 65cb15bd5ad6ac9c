"""Run the original model on the adapter's inputs and write down what every module was given and gave back.

    python original/tracer.py [--checkpoint PATH] [--output reports/trace]

Runs in the ORIGINAL's environment: Python >= 3.8, numpy, and the framework that `adapter.py` imports, nothing else; it
is one file, so that it can be carried to wherever the original runs.
Two files come out, under their final names only when both are whole:

    trace.safetensors   every tensor once, in the order it appeared
    trace.json          the calls in order (`path#call`), which tensor is which, weights, framework and versions

PyTorch modules are watched with hooks, Flax modules with method interceptors, Keras layers through their `__call__`.
Where none of these reaches (a function, a framework not listed), put a tap into the original:

    from tracer import tap
    scores = tap("scores", scores)

A hook does not fire on a module whose `.forward()` is called directly; the tracer lists the modules it never saw called.
"""

import argparse
import contextlib
import hashlib
import importlib
import json
import os
import platform
import secrets
import shutil
import sys
import time
import weakref
from pathlib import Path

import numpy as np


HERE = Path(__file__).resolve().parent
SCHEMA = 1
DTYPES = {
    "float64": "F64",
    "float32": "F32",
    "float16": "F16",
    "int64": "I64",
    "int32": "I32",
    "int16": "I16",
    "int8": "I8",
    "uint8": "U8",
    "bool": "BOOL",
}


class Refused(Exception):
    """The original cannot be traced as it is; the message is one line that names the next step."""


# --- tensors -------------------------------------------------------------------------------------


def to_numpy(value):
    """A numpy array of any framework's tensor and the name of the tensor's own dtype; (None, None) for anything else.

    bfloat16 becomes float32 (exact); complex numbers get a last axis of size 2.
    """
    if hasattr(value, "detach") and hasattr(value, "data_ptr"):  # torch
        dtype = str(value.dtype).replace("torch.", "")
        value = value.detach()
        value = (value.float() if dtype == "bfloat16" else value).cpu().resolve_conj().numpy()
    elif hasattr(value, "shape") and hasattr(value, "dtype"):  # numpy, jax, tensorflow
        dtype = getattr(value.dtype, "name", str(value.dtype))
        if type(value).__name__.endswith("Tracer"):
            raise Refused(
                "a module ran under jax.jit, where values cannot be read; let adapter.forward call it without jit"
            )
        value = value.numpy() if hasattr(value, "numpy") else value
        value = np.asarray(value.astype("float32") if dtype == "bfloat16" else value)
    else:
        return None, None
    if np.iscomplexobj(value):
        value = np.stack([value.real, value.imag], axis=-1)
    return value, dtype


def named_tensors(value, name=""):
    """(name, tensor) for each tensor in nested tuples, lists, mappings and output objects; `name` joins keys with dots."""
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        yield name or "0", value
        return
    if isinstance(value, (tuple, list)):
        items = [(str(index), item) for index, item in enumerate(value)]
    elif hasattr(value, "items") and callable(value.items):
        items = [(str(key), item) for key, item in value.items()]
    elif hasattr(value, "__dataclass_fields__"):
        items = [(key, getattr(value, key)) for key in value.__dataclass_fields__]
    else:
        return
    for key, item in items:
        yield from named_tensors(item, name + "." + key if name else key)


def is_finite(array):
    """Whether all numbers are finite. Their sum tells in one pass, unless it runs over by itself."""
    with np.errstate(over="ignore", invalid="ignore"):
        total = array.sum(dtype=np.float32 if array.dtype == np.float16 else None)
    return bool(np.isfinite(total)) or bool(np.isfinite(array).all())


def version_of(value):
    """How often a torch tensor was written to in place; a fresh object where torch does not count, so nothing is reused."""
    try:
        return getattr(value, "_version", 0)
    except RuntimeError:  # made under torch.inference_mode
        return object()


class TensorFile:
    """A safetensors file written tensor by tensor. The header comes first and is known last: `room` bytes wait for it."""

    def __init__(self, path, room=1 << 16):
        self.path = path
        self.scratch = path.with_name("%s.%d.data" % (path.name, os.getpid()))
        self.scratch.parent.mkdir(parents=True, exist_ok=True)
        self.room = room + -room % 8
        self.data = open(self.scratch, "wb")
        self.data.write(b" " * (8 + self.room))
        self.header = {}
        self.size = 0

    def add(self, key, array):
        if array.dtype.name not in DTYPES:
            raise Refused("%s has dtype %s, which a trace cannot hold" % (key, array.dtype))
        raw = np.ascontiguousarray(array)
        self.header[key] = {
            "dtype": DTYPES[array.dtype.name],
            "shape": list(array.shape),
            "data_offsets": [self.size, self.size + raw.nbytes],
        }
        self.data.write(memoryview(raw.reshape(-1).view(np.uint8)) if raw.nbytes else b"")
        self.size += raw.nbytes

    def finish(self, metadata):
        """Complete the file beside `path` and return where; the caller gives it its final name."""
        header = json.dumps(dict(self.header, __metadata__=metadata)).encode()
        if len(header) > self.room:
            return self._copy_behind(header + b" " * (-len(header) % 8))
        self.data.seek(0)
        self.data.write(self.room.to_bytes(8, "little"))
        self.data.write(header)
        self.data.close()
        return self.scratch

    def _copy_behind(self, header):
        """The whole file anew, for a header that is larger than the room left for it."""
        self.data.close()
        whole = self.path.with_name("%s.%d.tmp" % (self.path.name, os.getpid()))
        with open(whole, "wb") as out, open(self.scratch, "rb") as data:
            out.write(len(header).to_bytes(8, "little"))
            out.write(header)
            data.seek(8 + self.room)
            shutil.copyfileobj(data, out, 1 << 22)
        self.scratch.unlink()
        return whole

    def discard(self):
        self.data.close()
        for leftover in self.path.parent.glob("%s.%d.*" % (self.path.name, os.getpid())):
            leftover.unlink()


# --- recording -----------------------------------------------------------------------------------


class Recorder:
    """Collects the calls of one batch after the other. A tensor that several modules pass on is stored once."""

    def __init__(self, tensors):
        self.tensors = tensors
        self.batches = {}
        self.seen = set()
        self.first_not_finite = None

    def begin(self, batch):
        self.batch = batch
        self.calls = []
        self.stack = []
        self.counts = {}
        self.stored = {}
        self.batches[batch] = {"calls": self.calls}

    def store(self, value):
        """Put one tensor into the file and describe it: {"key", "dtype"}, or None if it is no tensor."""
        known = self.stored.get(id(value))
        version = version_of(value)
        if known is not None and known[0]() is value and known[1] == version:
            return known[2]
        array, dtype = to_numpy(value)
        if array is None:
            return None
        key = "%s/%d" % (self.batch, len(self.tensors.header))
        self.tensors.add(key, array)
        entry = {"key": key, "dtype": dtype}
        if array.dtype.kind == "f" and not is_finite(array):
            entry["not_finite"] = "nan" if np.isnan(array).any() else "inf"
        with contextlib.suppress(TypeError):  # what cannot be referred to weakly is stored again
            self.stored[id(value)] = (weakref.ref(value), version, entry)
        return entry

    def store_all(self, value):
        entries = {name: self.store(tensor) for name, tensor in named_tensors(value)}
        return {name: entry for name, entry in entries.items() if entry is not None}

    def enter(self, path, args, kwargs):
        number = self.counts.get(path, 0)
        self.counts[path] = number + 1
        self.seen.add(path)
        call = {
            "call": "%s#%d" % (path, number),
            "module": path,
            "parent": self.stack[-1]["call"] if self.stack else None,
            "inputs": dict(self.store_all(args), **self.store_all(kwargs)),
        }
        self.calls.append(call)
        self.stack.append(call)

    def leave(self, path, output):
        call = self.stack.pop()
        if call["module"] != path:
            raise Refused(
                "the calls of %s and %s do not nest; was one of them left by an exception?" % (path, call["module"])
            )
        call["outputs"] = self.store_all(output)
        bad = [entry for entry in call["outputs"].values() if entry.get("not_finite") == "nan"]
        if bad and self.first_not_finite is None:
            self.first_not_finite = call["call"]

    def tap(self, name, value):
        self.enter("tap:" + name, (), {})
        self.leave("tap:" + name, value)


_recorder = None


def tap(name, array):
    """Record `array` in the trace under `tap:<name>` and hand it back unchanged; does nothing outside a trace."""
    if _recorder is not None:
        _recorder.tap(name, array)
    return array


# --- frameworks ----------------------------------------------------------------------------------


class TorchProbe:
    """Forward hooks on every module. Keyword inputs are seen from PyTorch 2.0 on."""

    def __init__(self, model):
        import torch

        self.model = model
        self.name, self.version = "torch", torch.__version__
        training = [path or "the model" for path, module in model.named_modules() if module.training]
        if training:
            raise Refused("%s is in training mode; let adapter.load_model return model.eval()" % training[0])
        self.keywords = tuple(int(part) for part in torch.__version__.split(".")[:2]) >= (2, 0)

    def weights(self):
        names = {id(parameter): name for name, parameter in reversed(list(self.model.named_parameters()))}
        state = self.model.state_dict(keep_vars=True)
        return {name: (tensor, names.get(id(tensor), name)) for name, tensor in state.items()}

    def modules(self):
        return {path: type(module).__name__ for path, module in self.model.named_modules()}

    @contextlib.contextmanager
    def watch(self, recorder):
        import torch

        hooks = []
        for path, module in self.model.named_modules():
            before, after = self._hooks(recorder, path)
            if self.keywords:
                hooks.append(module.register_forward_pre_hook(before, with_kwargs=True))
            else:
                hooks.append(
                    module.register_forward_pre_hook(lambda module, args, before=before: before(module, args, {}))
                )
            hooks.append(module.register_forward_hook(after))
        try:
            with torch.no_grad():
                yield
        finally:
            for hook in hooks:
                hook.remove()

    @staticmethod
    def _hooks(recorder, path):
        def before(module, args, kwargs):
            recorder.enter(path, args, kwargs)

        def after(module, args, output):
            recorder.leave(path, output)

        return before, after


class FlaxProbe:
    """Interceptors around every `__call__` of flax.linen modules, whatever object `load_model` returned."""

    keywords = True

    def __init__(self, model, adapter):
        import flax

        self.name, self.version = "flax", flax.__version__
        self.found = {}
        self.tree = adapter.weights(model) if hasattr(adapter, "weights") else getattr(model, "params", None)
        if self.tree is None:
            raise Refused(
                "a Flax model keeps its weights apart; give adapter.py a function weights(model) -> parameters"
            )
        self.tree = self.tree.get("params", self.tree)

    def weights(self):
        return {name: (tensor, name) for name, tensor in named_tensors(self.tree)}

    def modules(self):
        return self.found

    @contextlib.contextmanager
    def watch(self, recorder):
        import flax.linen
        import jax

        def record(call, args, kwargs, context):
            if context.method_name != "__call__":
                return call(*args, **kwargs)
            path = ".".join(context.module.path)
            self.found[path] = type(context.module).__name__
            recorder.enter(path, args, kwargs)
            output = call(*args, **kwargs)
            recorder.leave(path, output)
            return output

        with jax.disable_jit(), flax.linen.intercept_methods(record):
            yield


class KerasProbe:
    """The `__call__` of every Keras layer inside the model; functions run eagerly."""

    keywords = True

    def __init__(self, model):
        keras = importlib.import_module("keras" if "keras" in sys.modules else "tensorflow.keras")
        self.keras, self.model = keras, model
        self.name, self.version = "keras", keras.__version__
        self.paths = {}
        self._name_layers(model, "")

    def _name_layers(self, layer, path):
        if id(layer) in self.paths:
            return
        self.paths[id(layer)] = path
        children = layer._flatten_layers(recursive=False, include_self=False)
        for child in children:
            self._name_layers(child, path + "." + child.name if path else child.name)

    def weights(self):
        named = {}
        own = self.model.name + "."  # a subclassed model comes first in its weights' paths, not in its layers'
        for weight in self.model.weights:
            name = getattr(weight, "path", weight.name).split(":")[0].replace("/", ".")
            name = name[len(own) :] if name.startswith(own) else name  # noqa: FURB188  (Python 3.8)
            named[name] = (weight, name)
        return named

    def modules(self):
        layers = [self.model, *self.model._flatten_layers(recursive=True, include_self=False)]
        return {self.paths[id(layer)]: type(layer).__name__ for layer in layers}

    @contextlib.contextmanager
    def watch(self, recorder):
        base = self.keras.layers.Layer
        plain = base.__call__

        def call(layer, *args, **kwargs):
            path = self.paths.get(id(layer))
            if path is None:
                return plain(layer, *args, **kwargs)
            recorder.enter(path, args, kwargs)
            output = plain(layer, *args, **kwargs)
            recorder.leave(path, output)
            return output

        eagerly = getattr(sys.modules.get("tensorflow"), "config", None)
        if eagerly is not None:
            eagerly.run_functions_eagerly(True)
        base.__call__ = call
        try:
            yield
        finally:
            base.__call__ = plain
            if eagerly is not None:
                eagerly.run_functions_eagerly(False)


class TapsOnly:
    """Any other framework: only what the original taps is seen."""

    keywords, name, version = True, "other", ""

    def __init__(self, model, adapter):
        self.tree = adapter.weights(model) if hasattr(adapter, "weights") else {}

    def weights(self):
        return {name: (tensor, name) for name, tensor in named_tensors(self.tree)}

    def modules(self):
        return {}

    @contextlib.contextmanager
    def watch(self, recorder):
        yield


def probe_for(model, adapter):
    """The probe that fits the model `adapter.load_model` returned."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(model, torch.nn.Module):
        return TorchProbe(model)
    if hasattr(model, "_flatten_layers"):
        return KerasProbe(model)
    if "flax" in sys.modules:
        return FlaxProbe(model, adapter)
    return TapsOnly(model, adapter)


# --- the trace -----------------------------------------------------------------------------------


def fingerprint_files(path):
    """A hash over the names, sizes and times of the files at `path`: changes whenever a checkpoint is replaced."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    digest = hashlib.sha256()
    for file in files:
        if file.is_file():
            state = file.stat()
            digest.update(("%s %d %d\n" % (file.name, state.st_size, state.st_mtime_ns)).encode())
    return digest.hexdigest()


def fingerprint_sources(directory):
    """A hash over the Python files of `original/`: another adapter or stand-in makes another trace."""
    digest = hashlib.sha256()
    for file in sorted(directory.glob("*.py")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def hash_inputs(inputs):
    """A hash over the names, shapes and values of all batches."""
    digest = hashlib.sha256()
    for batch in sorted(inputs):
        for name in sorted(inputs[batch]):
            array = inputs[batch][name]
            digest.update(("%s %s %s\n" % (batch, name, array.shape)).encode() + array.tobytes())
    return digest.hexdigest()


def read_inputs(adapter):
    """The adapter's batches as int64 arrays; raises Refused where one is ragged or has a batch size of 1."""
    batches = {}
    for batch, inputs in adapter.example_inputs().items():
        batches[batch] = {}
        for name, values in inputs.items():
            try:
                array = np.asarray(values)
            except ValueError:
                array = np.asarray(None)
            if array.dtype == object:
                raise Refused("example_inputs()[%r][%r] is ragged; pad it, and give an attention mask" % (batch, name))
            array = array.astype(np.int64) if array.dtype.kind in "bui" else array.astype(np.float32)
            if array.ndim < 2 or array.shape[0] < 2 or array.shape[1] < 2:
                raise Refused(
                    "example_inputs()[%r][%r] has shape %s; batch and length must be at least 2, else faults hide"
                    % (batch, name, array.shape)
                )
            batches[batch][name] = array
    if not batches:
        raise Refused("example_inputs() returns no batch; give at least one padded and one long")
    return batches


def describe_weights(probe):
    """name -> shape, dtype, sum and norm (float64), and the name that comes first where several share one tensor."""
    described = {}
    for name, (tensor, first) in probe.weights().items():
        array, dtype = to_numpy(tensor)
        values = array.astype(np.float64, copy=False)
        described[name] = {
            "shape": list(array.shape),
            "dtype": dtype,
            "sum": float(values.sum()),
            "norm": float(np.sqrt((values * values).sum())),
        }
        if first != name:
            described[name]["same_as"] = first
    return described


def trace(checkpoint, output, show=lambda line: None):
    """Trace every batch of the adapter and write `<output>.safetensors` and `<output>.json`.

    Raises Refused, in one line, where the adapter or the original does not fit.
    """
    global _recorder
    started = time.time()
    adapter = importlib.import_module("adapter")
    checkpoint = Path(checkpoint) if checkpoint else HERE.parent / adapter.CHECKPOINT
    show("loading %s" % checkpoint.name)
    model = adapter.load_model(checkpoint)
    inputs = read_inputs(adapter)
    probe = probe_for(model, adapter)
    room = max(1 << 16, 256 * len(probe.modules()) * len(inputs))
    tensors = TensorFile(output.with_name(output.name + ".safetensors"), room)
    recorder = _recorder = Recorder(tensors)
    try:
        for batch, arrays in inputs.items():
            recorder.begin(batch)
            record = recorder.batches[batch]
            record["inputs"] = {name: recorder.store(array) for name, array in arrays.items()}
            with probe.watch(recorder):
                outputs = adapter.forward(model, dict(arrays))
            record["outputs"] = {name: recorder.store(value) for name, value in outputs.items()}
            show("traced %s: %d calls, %.1f MB so far" % (batch, len(recorder.calls), tensors.size / 1e6))
        weights = describe_weights(probe)
        modules = probe.modules()
        owners = {name.rpartition(".")[0] for name in weights}
        identity = secrets.token_hex(16)
        record = {
            "schema": SCHEMA,
            "id": identity,
            "framework": probe.name,
            "versions": {probe.name: probe.version, "numpy": np.__version__, "python": platform.python_version()},
            "keyword_inputs_seen": probe.keywords,
            "checkpoint": {"path": str(checkpoint.resolve()), "fingerprint": fingerprint_files(checkpoint)},
            "sources": fingerprint_sources(HERE),
            "inputs": hash_inputs(inputs),
            "modules": modules,
            "weights": weights,
            "never_called": sorted(path for path in modules if path in owners and path not in recorder.seen),
            "first_nan": recorder.first_not_finite,
            "batches": recorder.batches,
            "tensors": len(tensors.header),
            "seconds": round(time.time() - started, 3),
        }
        publish(tensors, record, output)
    finally:
        _recorder = None
        tensors.discard()
    return record


def publish(tensors, record, output):
    """Give both files their final names, the JSON last: a reader takes a trace for whole when the two ids agree."""
    whole = tensors.finish({"trace": record["id"]})
    record["bytes"] = whole.stat().st_size
    described = output.with_name("%s.json" % output.name)
    scratch = described.with_name("%s.%d.json" % (tensors.path.name, os.getpid()))
    scratch.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    os.replace(str(whole), str(tensors.path))
    os.replace(str(scratch), str(described))


def show(line):
    print("trace: " + line, file=sys.stderr, flush=True)


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", type=Path, help="default: CHECKPOINT of adapter.py")
    parser.add_argument("--output", type=Path, default=HERE.parent / "reports" / "trace", help="path without suffix")
    arguments = parser.parse_args(argv)
    try:
        record = trace(arguments.checkpoint, arguments.output, show)
    except Refused as error:
        show(str(error))
        return 2
    for path in record["never_called"]:
        show("%s has weights but no hook fired on it: it is unused, or its .forward() is called directly" % path)
    if record["first_nan"]:
        show("%s is the first to make a NaN" % record["first_nan"])
    return 0


if __name__ == "__main__":
    sys.modules["tracer"] = sys.modules["__main__"]  # so that `from tracer import tap` finds this run
    sys.path.insert(0, str(HERE))
    sys.exit(main())
