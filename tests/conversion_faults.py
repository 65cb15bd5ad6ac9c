"""Makes faults on purpose on a decoder's stand-in checkpoint, and converts each: run in a workspace, prints JSON.

    python conversion_faults.py <scratch folder>

One process for all, because importing Transformers takes longer than converting. Each fault is a function that
spoils a `Case`; its docstring is what the message has to say, its name is the fault.
"""

import contextlib
import io
import json
import os
import re
import resource
import shutil
import signal
import sys
from pathlib import Path


ROOT = Path.cwd()
sys.path.insert(0, str(ROOT))

from porting import mount  # noqa: E402


mount.install(ROOT)

import numpy as np  # noqa: E402
import torch  # noqa: E402
from safetensors.torch import save_file  # noqa: E402

from porting.__main__ import main  # noqa: E402


class Case:
    """A good checkpoint and good rules, to be spoiled."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir()
        self.weights = torch.load(ROOT / "original/checkpoint/weights.pt", weights_only=True)["model"]
        self.hyperparameters = json.loads((ROOT / "original/checkpoint/hparams.json").read_text())
        self.rules = (ROOT / "conversion/rules.py").read_text()
        self.out = folder / "out"
        self.checkpoint: Path | None = None
        self.arguments: list[str] = []
        self.around = contextlib.nullcontext()
        self.again = False

    def replace(self, old: str, new: str) -> None:
        assert old in self.rules, old
        self.rules = self.rules.replace(old, new, 1)

    def add_rule(self, rule: str) -> None:
        self.replace("RULES = [\n", f"RULES = [\n    {rule},\n")

    def write(self, name: str = "weights.pt") -> Path:
        path = self.folder / name
        if path.suffix == ".safetensors":
            save_file(self.weights, path)
        elif path.suffix == ".npz":
            np.savez(path, **{key: value.numpy() for key, value in self.weights.items()})
        else:
            torch.save(self.weights, path)
        return path

    def shards(self) -> Path:
        """Two files and an index that joins them; returns the index."""
        names = sorted(self.weights)
        places = {name: f"part-{1 + (i > 9)}.safetensors" for i, name in enumerate(names)}
        for shard in set(places.values()):
            save_file({name: self.weights[name] for name in names if places[name] == shard}, self.folder / shard)
        self.checkpoint = self.folder / "model.safetensors.index.json"
        self.checkpoint.write_text(json.dumps({"weight_map": places}))
        return self.checkpoint


class RunsCode:
    """Pickled, it asks to run a command while it is read."""

    def __init__(self, marker: Path):
        self.marker = marker

    def __reduce__(self):
        return os.system, (f"touch {self.marker}",)


def missing_weight(case):
    """missing +lm_head.weight"""
    del case.weights["lm_head.weight"]


def unused_weight(case):
    """unused +model.adapter.weight"""
    case.weights["model.adapter.weight"] = torch.ones(3)


def wrong_shape(case):
    """wrong shape +model.layers.1.mlp.down_proj.weight .*\\[32, 48\\], the rules make \\[32, 47\\]"""
    case.weights["model.stack.1.ffn.down.weight"] = torch.ones(32, 47)


def transposed(case):
    """wrong shape +model.layers.1.mlp.down_proj.weight .*a Transpose\\(0, 1\\) is missing"""
    case.weights["model.stack.1.ffn.down.weight"] = torch.ones(48, 32)


def wrong_vocabulary_size(case):
    """wrong shape +model.embed_tokens.weight .*vocab_size=120"""
    case.weights["model.tokens.weight"] = torch.ones(121, 32)


def wrong_rank_in_an_operation(case):
    """wrong shape +model.layers.0.self_attn.o_proj.weight +Transpose.* does not fit model.stack.0.mix.out.w \\[1024\\]"""
    case.weights["model.stack.0.mix.out.w"] = torch.ones(1024)


def rows_that_do_not_divide(case):
    """wrong shape +model.layers.2.self_attn.q_proj.weight +SplitHeads does not fit model.stack.2.mix.qkv.weight"""
    case.weights["model.stack.2.mix.qkv.weight"] = torch.ones(63, 32)


def different_shapes_in_two_layers(case):
    """layers.0.mlp.down_proj.weight .*\\[32, 47\\](.|\\n)*layers.1.mlp.down_proj.weight .*\\[32, 46\\]"""
    case.weights["model.stack.0.ffn.down.weight"] = torch.ones(32, 47)
    case.weights["model.stack.1.ffn.down.weight"] = torch.ones(32, 46)


def two_sources_for_a_renamed_weight(case):
    """two sources +lm_head.weight +.*second_head.weight"""
    case.weights["second_head.weight"] = torch.ones(120, 32)
    case.add_rule('WeightRenaming("second_head", "lm_head")')


def two_sources_for_a_converted_weight(case):
    """two sources +model.layers.0.self_attn.q_proj.weight +.*mixed"""
    case.weights["model.stack.0.mixed.qkv.weight"] = torch.ones(64, 32)
    case.add_rule('WeightRenaming("mixed.qkv", "mix.qkv")')


def rule_that_matches_nothing(case):
    """matched nothing +rule model.heads"""
    case.add_rule('WeightRenaming("model.heads", "model.heads")')


def typo_in_a_source(case):
    """matched nothing +rule norm_x.g"""
    case.replace('"norm_a.g"', '"norm_x.g"')


def typo_in_the_second_target(case):
    """no such weight +model.layers.0.self_attn.kay_proj.weight .*nearest it has is model.layers.0.self_attn.k_proj"""
    case.replace('"self_attn.k_proj.weight"', '"self_attn.kay_proj.weight"')


def second_capture_group(case):
    """bad capture group +model.stack.0.norm_a.g"""
    case.replace(
        r'WeightRenaming(r"\.stack\.", r"\.layers\.")', r'WeightRenaming(r"model\.(stack)\.(\d+)", r"model.layers.\2")'
    )


def capture_group_that_is_not_there(case):
    """bad capture group +lm_head.weight"""
    case.add_rule(r'WeightRenaming("lm_head", r"lm_head\1")')


def integer_weight(case):
    """silent cast +model.embed_tokens.weight +the original has int64, the port float32"""
    case.weights["model.tokens.weight"] = case.weights["model.tokens.weight"].long()


def double_precision(case):
    """silent cast +model.norm.weight .*give DTYPE=float32"""
    case.weights["model.norm_out.g"] = case.weights["model.norm_out.g"].double()


def complex_weight(case):
    """silent cast +model.norm.weight .*complex64"""
    case.weights["model.norm_out.g"] = case.weights["model.norm_out.g"].to(torch.complex64)


def tied_weights_that_differ(case):
    """tied weights differ +lm_head.weight .*tie_word_embeddings=False"""
    case.replace('"vocab_size":', '"tie_word_embeddings": True, "vocab_size":')


def dropped_weight_that_is_not_there(case):
    """matched nothing +teacher_head +DROPPED"""
    case.replace("DROPPED: dict[str, str] = {", 'DROPPED = {"teacher_head": "only training used it", ')


def dropped_without_a_reason(case):
    """no reason +model.adapter"""
    case.weights["model.adapter.weight"] = torch.ones(3)
    case.replace("DROPPED: dict[str, str] = {", 'DROPPED = {"model.adapter": "", ')


def hyperparameter_unaccounted_for(case):
    """unaccounted +rotary.fraction +hyper-parameter with the value 0.5"""
    case.hyperparameters["rotary"] = {"fraction": 0.5}


def ignored_hyperparameter_that_is_not_there(case):
    """unaccounted +warmup_steps +IGNORED"""
    del case.hyperparameters["warmup_steps"]


def hyperparameter_other_than_built_in(case):
    """not what is built in +rotary.fraction +it is 0.5, and BUILT_IN has 0.25"""
    case.hyperparameters["rotary"] = {"fraction": 0.5}
    case.replace("BUILT_IN: dict = {}", 'BUILT_IN = {"rotary.fraction": 0.25}')


def built_in_hyperparameter_that_is_not_there(case):
    """unaccounted +dropout +BUILT_IN"""
    case.replace("BUILT_IN: dict = {}", 'BUILT_IN = {"dropout": 0.1}')


def hyperparameter_missing(case):
    """convert_config asks for 'theta'"""
    del case.hyperparameters["theta"]


def typo_in_convert_config(case):
    """no such field +hiden_size"""
    case.replace('"hidden_size":', '"hiden_size":')


def configuration_refused(case):
    """refuses what convert_config gives: .*not a multiple"""
    case.hyperparameters["heads"] = 3


def hyperparameters_that_are_no_mapping(case):
    """read_hyperparameters of conversion/rules.py returns a list"""
    case.hyperparameters = [1, 2]


def no_such_port_class(case):
    """PORT_CLASS in conversion/rules.py is 'GLibForTelling'"""
    case.replace('PORT_CLASS = "GLibForCausalLM"', 'PORT_CLASS = "GLibForTelling"')


def syntax_error_in_the_rules(case):
    """conversion/rules.py, line \\d+: SyntaxError"""
    case.replace("RULES = [", "RULES = [[")


def rule_that_cannot_be_made(case):
    """conversion/rules.py, line \\d+: ValueError: .*one to many"""
    case.add_rule('WeightConverter(["a", "b"], ["c", "d"], operations=[Chunk(dim=0)])')


def rule_that_is_none(case):
    """'net' in RULES is no WeightRenaming"""
    case.add_rule('"net"')


def truncated_pytorch_file(case):
    """weights.pt cannot be read, is it cut short"""
    case.checkpoint = case.write()
    case.checkpoint.write_bytes(case.checkpoint.read_bytes()[:-4000])


def truncated_safetensors_file(case):
    """weights.safetensors cannot be read, is it cut short"""
    case.checkpoint = case.write("weights.safetensors")
    case.checkpoint.write_bytes(case.checkpoint.read_bytes()[:-4000])


def truncated_numpy_file(case):
    """weights.npz cannot be read, is it cut short"""
    case.checkpoint = case.write("weights.npz")
    case.checkpoint.write_bytes(case.checkpoint.read_bytes()[:-4000])


def damaged_numpy_file(case):
    """lm_head.weight in .*weights.npz cannot be read, fetch the file again: Bad CRC-32"""
    case.checkpoint = case.write("weights.npz")
    content = bytearray(case.checkpoint.read_bytes())
    content[content.index(case.weights["lm_head.weight"].numpy().tobytes()[:64])] ^= 1
    case.checkpoint.write_bytes(content)


def empty_file(case):
    """weights.pt cannot be read, is it cut short\\? 0 bytes"""
    case.checkpoint = case.folder / "weights.pt"
    case.checkpoint.write_bytes(b"")


def text_instead_of_weights(case):
    """weights.pt is no checkpoint of torch|weights.pt cannot be read"""
    case.checkpoint = case.folder / "weights.pt"
    case.checkpoint.write_text("version https://example.org/a-pointer\n")


def pickle_that_runs_code(case):
    """weights.pt asks for \\w+.system while it is read; nothing of it was run"""
    case.weights["model.hook"] = RunsCode(case.folder / "ran")


def old_pickle_that_runs_code(case):
    """weights.pt asks for \\w+.system while it is read; nothing of it was run"""
    case.checkpoint = case.folder / "weights.pt"
    case.weights["model.hook"] = RunsCode(case.folder / "ran")
    torch.save(case.weights, case.checkpoint, _use_new_zipfile_serialization=False)


def numpy_file_with_a_pickle(case):
    """weights.npz|model.hook"""
    case.checkpoint = case.folder / "weights.npz"
    np.savez(case.checkpoint, **{"model.hook": np.array([RunsCode(case.folder / "ran")], dtype=object)})


def directory_without_an_index(case):
    """holds part-1.safetensors, part-2.safetensors and no one index"""
    case.shards().unlink()
    case.checkpoint = case.folder


def shard_that_is_not_there(case):
    """names the shard part-2.safetensors, which is not there"""
    case.shards()
    (case.folder / "part-2.safetensors").unlink()


def index_that_names_too_much(case):
    """says model.extra is in part-1.safetensors, but it is not"""
    index = case.shards()
    index.write_text(
        index.read_text().replace('{"weight_map": {', '{"weight_map": {"model.extra": "part-1.safetensors", ')
    )


def index_that_names_too_little(case):
    """part-1.safetensors holds lm_head.weight, which .* does not list"""
    index = case.shards()
    index.write_text(re.sub(r'"lm_head.weight": "[^"]+", ', "", index.read_text()))


def index_that_is_none(case):
    """is no index of shards"""
    case.shards().write_text("{}")


def no_such_checkpoint(case):
    """nowhere.pt does not exist"""
    case.checkpoint = case.folder / "nowhere.pt"


def unknown_format(case):
    """weights.h5 has no ending that says its format"""
    case.checkpoint = case.folder / "weights.h5"
    case.checkpoint.write_bytes(b"\x89HDF\r\n\x1a\n")


def file_without_weights(case):
    """holds no weights: it has 'epoch'"""
    case.weights = {"epoch": 3}


def entry_that_is_not_there(case):
    """has no entry 'ema'"""
    case.arguments = ["--key", "ema"]


def sparse_weight(case):
    """model.tokens.weight in .* is sparse"""
    case.weights["model.tokens.weight"] = torch.eye(120, 32).to_sparse()


def reader_that_is_not_installed(case):
    """pip install flax"""
    case.checkpoint = case.folder / "weights.msgpack"
    case.checkpoint.write_bytes(b"\x80")


def output_that_holds_something_else(case):
    """out holds notes.txt, which no earlier run wrote"""
    case.out.mkdir()
    (case.out / "notes.txt").write_text("mine")


def not_a_number(case):
    """not finite +lm_head.weight +2 of 3840 values"""
    case.weights["lm_head.weight"][3, :2] = torch.tensor([torch.nan, torch.inf])


def too_large_for_the_dtype_asked_for(case):
    """not finite +lm_head.weight +1 of 3840 values are NaN or infinite in the original, or too large for float16"""
    case.weights["lm_head.weight"][3, 0] = 1e5
    case.arguments = ["--dtype", "float16"]


def disk_without_room(case):
    """needs .* MB, but its disk has 0.0 MB left"""
    case.around = patched(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(100, 100, 0))
    case.again = True


def disk_full_in_the_middle(case):
    """File too large; nothing was left behind"""
    case.around = file_limit(50_000)
    case.again = True


def interrupt_in_the_middle(case):
    """interrupted"""
    from porting.conversion.plan import Group

    case.around = patched(Group, "convert", stop_at(20, Group.convert))
    case.again = True


@contextlib.contextmanager
def patched(owner, name, value):
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


@contextlib.contextmanager
def file_limit(size):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def stop_at(call, function):
    """Ctrl-C when real weights, not those of pass one, go through the rules for the `call`-th time."""
    counted = []

    def counting(self, port, meta=False, dtype=None):
        if not meta:
            counted.append(1)
        if len(counted) == call:
            os.kill(os.getpid(), signal.SIGINT)
        return function(self, port, meta, dtype)

    return counting


FAULTS = [value for name, value in list(globals().items()) if callable(value) and getattr(value, "__code__", None)]
FAULTS = [fault for fault in FAULTS if fault.__code__.co_varnames[:1] == ("case",)]


def convert(scratch: Path, fault) -> dict:
    """Spoil, convert, and say what came of it."""
    case = Case(scratch / fault.__name__)
    fault(case)
    (case.folder / "hparams.json").write_text(json.dumps(case.hyperparameters))
    rules = ROOT / "conversion/rules.py"
    good = rules.read_text()
    checkpoint = case.checkpoint or case.write()
    before = sorted(path.name for path in case.out.iterdir()) if case.out.exists() else []
    command = ["convert", "--checkpoint", str(checkpoint), "--out", str(case.out), *case.arguments]
    printed = io.StringIO()
    try:
        rules.write_text(case.rules)
        with contextlib.redirect_stderr(printed), contextlib.redirect_stdout(io.StringIO()), case.around:
            code = main(command)
    finally:
        rules.write_text(good)
    after = sorted(path.name for path in case.out.iterdir()) if case.out.exists() else []
    return {
        "code": code,
        "expected": fault.__doc__,
        "message": printed.getvalue(),
        "written": sorted(set(after) - set(before)),
        "leftovers": [path.name for path in case.folder.iterdir() if path.name.startswith(".")],
        "ran": (case.folder / "ran").exists(),
        "again": run_again(command) if case.again else 0,
    }


def run_again(command: list[str]) -> int:
    """The code of the same command when what stood in its way is gone."""
    with contextlib.redirect_stdout(io.StringIO()):
        return main(command)


if __name__ == "__main__":
    print(json.dumps({fault.__name__: convert(Path(sys.argv[1]), fault) for fault in FAULTS}))
