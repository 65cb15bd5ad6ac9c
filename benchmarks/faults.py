"""How often `make parity` names the guilty module and the cause. Run with `nox -s benchmarks -- faults.py`.

Each fault of `fault_lists/` is put into the generated modeling file of a port just started from llama, bert or bart, one
at a time, and three methods look for it:

    forced replay   what `make parity` does: its first finding counts
    hook dump       the usual method: the first module whose output differs by more than 1e-3 in a plain run, other
                    than those that differ in the sound port too
    debugger        upstream's `model_addition_debugger_context`: the first dump, by name, that differs by more than
                    1e-3 from the dump of the sound port, which stands in for an original with the same names

A method is right when it names the module whose code or weights were changed. An error in the first is a miss.
"""

import argparse
import fnmatch
import importlib
import json
import linecache
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from fault_lists import CLEAN, FAULTS, Fault


REPOSITORY = Path(__file__).resolve().parents[1]
PARENTS = {"decoder": "llama", "encoder": "bert", "encoder-decoder": "bart"}
LIMIT = 1e-3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--evaluate", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--original", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--family", choices=PARENTS, help="only this one")
    parser.add_argument("--kind", help="only faults of this kind")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    arguments = parser.parse_args()
    if arguments.evaluate:
        chosen = list(by_original(choose(arguments.family, arguments.kind)).values())[arguments.original]
        for row in evaluate(arguments.evaluate, chosen):
            print(json.dumps(row), flush=True)
        return 0
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for family in [arguments.family] if arguments.family else PARENTS:
            for number, original in enumerate(by_original(choose(family, arguments.kind))):
                workspace = prepare(Path(folder) / f"{family}-{number}", family, original)
                rows += _evaluate_apart(workspace, family, arguments.kind, number)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n")
    return show(rows)


def choose(family: str, kind: str | None) -> list[Fault]:
    """The faults and clean variants of `family`."""
    return [fault for fault in [*FAULTS, *CLEAN] if fault.family == family and kind in (None, fault.kind)]


def by_original(faults: list[Fault]) -> dict[tuple, list[Fault]]:
    """Changes of the stand-in -> the faults that need them."""
    groups: dict[tuple, list[Fault]] = {}
    for fault in faults:
        groups.setdefault(fault.original, []).append(fault)
    return groups


def prepare(workspace: Path, family: str, original: tuple) -> Path:
    """A port of the working state, just started, with the changes of its stand-in, traced and converted."""
    import copier

    copier.run_copy(
        str(REPOSITORY),
        workspace,
        data={"model_name": "GLib", "base_architecture": family, "base_model": PARENTS[family], "setup": False},
        vcs_ref="HEAD",
        defaults=True,
        skip_tasks=True,
        quiet=True,
    )
    _porting(workspace, "start", "style")
    for name, old, new in original:
        source = workspace / "original" / name
        text = source.read_text()
        if text.count(old) != 1:
            raise SystemExit(f"{old!r} is {text.count(old)} times in {family}'s {name}")
        source.write_text(text.replace(old, new))
    _porting(workspace, "parity")
    return workspace


def _porting(workspace: Path, *commands: str) -> None:
    for command in commands:
        subprocess.run([sys.executable, "-m", "porting", command], cwd=workspace, check=True, capture_output=True)


def _evaluate_apart(workspace: Path, family: str, kind: str | None, number: int) -> list[dict]:
    command = [sys.executable, __file__, "--evaluate", str(workspace), "--family", family, "--original", str(number)]
    command += ["--kind", kind] if kind else []
    rows = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            rows.append(json.loads(line))
            print(_short(rows[-1]), flush=True)
    if process.returncode:
        raise SystemExit(f"the evaluation of {family} ended with {process.returncode}")
    return rows


class Bench:
    """One workspace, mounted in this process: builds the port with a fault and lets the methods look for it."""

    def __init__(self, root: Path):
        sys.path.insert(0, str(root))
        from porting import mount

        mount.install(root)
        from porting.conversion.declared import load_rules
        from porting.parity.trace_file import Trace
        from porting.workspace import Workspace

        self.root = root
        self.workspace = Workspace(root)
        self.rules = load_rules(self.workspace)
        self.trace = Trace(root / "reports" / "trace")
        name = f"modeling_{self.workspace.model_type}"
        self.source = self.workspace.model_dir / f"{name}.py"
        self.sound = self.source.read_text()
        self.module = importlib.import_module(f"transformers.models.{self.workspace.model_type}.{name}")

    def build(self, fault: Fault):
        """The port with the fault. Raises ValueError if the line to change is not there exactly once."""
        import torch

        self.source.write_text(_edited(self.sound, fault))
        linecache.clearcache()
        module = importlib.reload(self.module)
        model_class = getattr(module, self.rules.PORT_CLASS)
        config = model_class.config_class.from_pretrained(self.root / "converted", **fault.config)
        model = model_class.from_pretrained(
            self.root / "converted", config=config, dtype="float32", attn_implementation="eager"
        ).eval()
        if fault.weights:
            with torch.no_grad():
                fault.weights(model)
        return model

    def alignment(self, model):
        from porting.parity.alignment import align
        from porting.parity.origins import find_origins

        return align(model, find_origins(model, self.rules.RULES, self.trace.weights), self.trace)


def evaluate(root: Path, chosen: list[Fault]):
    """One row for each of `chosen`."""
    bench = Bench(root.resolve())
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    model = bench.build(Fault("clean", "", "", ()))
    sound = dump(model, bench.trace)
    known = frozenset(differing(model, bench.trace, bench.alignment(model)))
    try:
        for fault in chosen:
            yield _row(bench, fault, sound, known)
    finally:
        bench.source.write_text(bench.sound)


def _row(bench: Bench, fault: Fault, sound: dict, known: frozenset[str]) -> dict:
    from porting.parity.findings import check_loss, localise
    from porting.parity.outputs import compare_outputs

    model = bench.build(fault)
    debugger = first_difference(sound, dump(model, bench.trace))
    outputs = compare_outputs(model, bench.trace)
    alignment = bench.alignment(model)
    dumped = hook_dump(model, bench.trace, alignment, known)
    try:
        findings = localise(model, bench.trace, alignment, bench.root).findings
        if not findings and (loss := check_loss(model, bench.trace, outputs, bench.root)):
            findings = [loss]
        first, failed = (findings[0] if findings else None), None
    except Exception as error:  # whatever parity ends with is a miss
        findings, first, failed = [], None, error
    difference = max(output.max_abs_diff for output in outputs)
    return {
        "kind": fault.kind,
        "family": fault.family,
        "module": fault.module,
        "max_abs_diff": difference,
        "visible": not difference <= LIMIT,
        "findings": len(findings),
        "replay": first.port_module if first else None,
        "cause": first.kind if first else type(failed).__name__ if failed else None,
        "sentence": first.cause if first else None,
        "replay_right": first is not None and _is(first.port_module, fault),
        "cause_right": first is not None and first.kind in fault.causes,
        "dump": dumped,
        "dump_right": dumped is not None and _is(dumped, fault),
        "debugger": debugger,
        "debugger_right": debugger is not None and _is(debugger, fault),
    }


def _is(path: str, fault: Fault) -> bool:
    return fnmatch.fnmatchcase(path, fault.module) and path.count(".") == fault.module.count(".")


def _edited(text: str, fault: Fault) -> str:
    if not fault.find:
        return text
    for line in text.splitlines(keepends=True):
        if (
            line.startswith(("class ", "def "))
            and _name_of(line).endswith(fault.where)
            and _ends_name(line, fault.where)
        ):
            start = text.index(line)
            following = [text.find(mark, start + 1) for mark in ("\nclass ", "\ndef ", "\n@")]
            end = min([place for place in following if place > 0] or [len(text)])
            block = text[start:end]
            if block.count(fault.find) != 1:
                raise ValueError(
                    f"{fault.kind} ({fault.family}): {fault.find!r} is {block.count(fault.find)} times in {fault.where}"
                )
            return text[:start] + block.replace(fault.find, fault.put) + text[end:]
    raise ValueError(f"{fault.kind} ({fault.family}): no class or function {fault.where}")


def _name_of(line: str) -> str:
    return line.split()[1].split("(")[0].rstrip(":")


def _ends_name(line: str, where: str) -> bool:
    """Whether the class is called prefix + `where` (the prefix is GLib) or the function `where`."""
    return _name_of(line) in (where, f"GLib{where}")


def hook_dump(model, trace, alignment, known: frozenset[str]) -> str | None:
    """The first module, in the order of the calls, whose output in a plain run differs by more than LIMIT.

    Those in `known` differ in the sound port too, because they are at another place than in the original: whoever
    reads a dump passes over them.
    """
    return next((path for path in differing(model, trace, alignment) if path not in known), None)


def differing(model, trace, alignment) -> list[str]:
    """All modules whose output in a plain run differs by more than LIMIT, batch by batch."""
    from porting.parity.replay import Replay

    found = []

    def look(place, frame, port, original, valid):
        if place.side == "output" and place.path:
            difference = (port - original).abs()
            difference = difference[valid] if valid is not None else difference
            if not float(difference.max()) <= LIMIT:
                found.append(place.path)

    for batch in trace.batches:
        Replay(model, trace, batch, alignment, forced=False).run(look)
    return found


def dump(model, trace) -> dict:
    """File name -> tensor of what upstream's debugger writes for the outputs of the first batch."""
    from safetensors.torch import load_file

    from transformers import model_addition_debugger_context

    arguments = dict(trace.inputs(trace.batches[0]))
    with tempfile.TemporaryDirectory() as folder:
        with model_addition_debugger_context(model, debug_path=folder, do_prune_layers=False, use_repr=False):
            model(**arguments)
        tree = json.loads(next(Path(folder).glob("*_FULL_TENSORS.json")).read_text())
        return {name: load_file(Path(folder) / name)["data"] for name in _dumped(tree)}


def _dumped(node: dict) -> list[str]:
    """The files of a dump that hold outputs, in the order of the calls."""
    files = []
    for child in node.get("children", []):
        files += _dumped(child)
        files += _files(child.get("outputs"))
    return files


def _files(value) -> list[str]:
    if isinstance(value, dict):
        if isinstance(value.get("value"), str) and value["value"].endswith(".safetensors"):
            return [value["value"].removeprefix("./")]
        return [file for item in value.values() for file in _files(item)]
    return [file for item in value for file in _files(item)] if isinstance(value, list) else []


def first_difference(sound: dict, faulty: dict) -> str | None:
    """The module of the first dump that both have and that differs by more than LIMIT."""
    for name, tensor in faulty.items():
        other = sound.get(name)
        if other is not None and other.shape == tensor.shape and tensor.is_floating_point():
            if not float((other - tensor).abs().max()) <= LIMIT:
                return name.split("_outputs")[0].partition(".")[2]
    return None


def _short(row: dict) -> str:
    marks = " ".join(
        "+" if row[key] else "-" for key in ("replay_right", "cause_right", "dump_right", "debugger_right")
    )
    return f"{marks}  {row['family']:16}{row['kind']:38}{row['replay']}: {row['cause']}"


def show(rows: list[dict]) -> int:
    """Print the tables; 1 if a target is missed."""
    faults = [row for row in rows if not row["kind"].startswith("clean")]
    clean = [row for row in rows if row["kind"].startswith("clean")]
    print(f"\n{len(faults)} faults of {len({row['kind'] for row in faults})} kinds, {len(clean)} clean variants")
    print(f"{'':18}{'faults':>8}{'replay':>9}{'cause':>8}{'hook dump':>11}{'debugger':>10}")
    missed = False
    for family in [*dict.fromkeys(row["family"] for row in faults), None]:
        part = [row for row in faults if family in (None, row["family"])]
        if not part:
            continue
        counts = Counter(key for row in part for key in row if key.endswith("_right") and row[key])
        shares = [counts[key] / len(part) for key in ("replay_right", "cause_right", "dump_right", "debugger_right")]
        print(f"{family or 'all':18}{len(part):8}{shares[0]:9.0%}{shares[1]:8.0%}{shares[2]:11.0%}{shares[3]:10.0%}")
        missed |= shares[0] < 0.95 or shares[1] < 0.8
    hidden = [row for row in faults if not row["visible"]]
    found = sum(row["replay_right"] for row in hidden)
    print(f"of {len(hidden)} faults that pass the final {LIMIT:g}, forced replay names {found}")
    alarms = [row for row in clean if row["findings"]]
    print(f"false alarms on clean variants: {len(alarms)} of {len(clean)}")
    return int(missed or bool(alarms))


if __name__ == "__main__":
    sys.exit(main())
