"""Starts a port from each model that the installed Transformers has, mounts it, and smokes it: what a porter would get.

    python tests/bases.py REPORT.jsonl [--jobs N] [--count N --seed S | --model MODEL ... | --again]

A line of the report is one model: the stage it reached (`expands`, `mounts`, `smoke`) and the reason why no further. A
model whose line stands in the report is not tried again, unless it failed and `--again` is given. Every model runs in
a child of a process that has imported torch once.

A model is green when `make smoke` has nothing against its port and really tried every class that an auto mapping gives
for one of its configurations, or every public class where none does. Other classes that the parent cannot be tried in
either are noted (`untried`) and counted. A third of the directories, drawn by the seed, was out of sight while smoke
was mended; both figures are shown.
"""

import argparse
import contextlib
import copy
import gc
import importlib
import json
import pickle
import random
import subprocess
import sys
import time
import traceback
from datetime import date
from pathlib import Path

from forked import each_in_child, lines_of


ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "template"))

from porting import mount, smoke  # noqa: E402
from porting.base import start, table  # noqa: E402
from porting.base.modular_file import Names, own_names, own_types  # noqa: E402
from porting.base.parent import Parent, auto_mappings_of  # noqa: E402
from porting.changed_rules import swallowed_findings  # noqa: E402
from porting.modular.sources import installed_transformers  # noqa: E402
from porting.workspace import Workspace  # noqa: E402


NAMES = Names("zorro_x2", "ZorroX2", "org/zorro-x2", "2026")
STAGES = ("expands", "mounts", "smoke")
SEED = 31


def attempt(model_type: str, folder: Path) -> dict:
    """One model, in this process, which is of no use afterwards."""
    line: dict = {"stage": None, "reason": None, "untried": []}
    try:
        transformers, release = installed_transformers()
        parent = start.parent_of(model_type, transformers, release)
        started = start.make(parent, NAMES, transformers)
        line["stage"] = "expands"
        write(folder, model_type, started)
        mount.install(folder)
        know_public_names()
        check_mounted(parent, started)
        line["stage"] = "mounts"
        check_weights(parent)
        line["reason"], line["untried"] = smoked(folder, parent)
        line["stage"] = line["stage"] if line["reason"] else "smoke"
    except BaseException as error:
        line["reason"] = f"{type(error).__name__}: {' '.join(str(error).split())[:300]} ({_where(error)})"
    return line


def write(folder: Path, model_type: str, started: start.Started) -> None:
    """A workspace with what start writes."""
    model = folder / "src" / "transformers" / "models" / NAMES.model_type
    model.mkdir(parents=True)
    files = started.generated | started.companions
    files |= {"__init__.py": started.init, f"modular_{NAMES.model_type}.py": started.modular}
    for name, text in files.items():
        (model / name).write_text(text, encoding="utf-8")
    answers = {
        "model_type": NAMES.model_type,
        "camelcase_name": NAMES.prefix,
        "base_model": model_type,
        "hub_id": NAMES.checkpoint,
        "start_date": f"{NAMES.year}-01-01",
        "tokenizer": "x",
    }
    (folder / ".copier-answers.yml").write_text("".join(f"{key}: {value}\n" for key, value in answers.items()))


def check_mounted(parent: Parent, started: start.Started) -> None:
    """Every configuration can be had by its type; what gives a class of the parent gives the port's."""
    from transformers import AutoConfig
    from transformers.models.auto import modeling_auto

    for name in (*started.companions, *started.generated):
        importlib.import_module(f"transformers.models.{NAMES.model_type}.{Path(name).stem}")
    classes, types = own_names(parent, NAMES), own_types(parent, NAMES)
    for config, own_type in types.items():
        # The port's own type gives its own configuration, see below, also where the parent's goes by another name.
        if own_type in ("", NAMES.model_type) or classes[config] == f"{NAMES.prefix}Config" != classes[parent.config]:
            continue
        got = modeling_auto.CONFIG_MAPPING_NAMES[own_type]
        if got != classes[config]:
            raise ValueError(f"{own_type} gives {got}, not {classes[config]}")
    wanted = f"{NAMES.prefix}Config"
    if modeling_auto.CONFIG_MAPPING_NAMES[NAMES.model_type] != wanted:
        raise ValueError(
            f"{NAMES.model_type} gives {modeling_auto.CONFIG_MAPPING_NAMES[NAMES.model_type]}, not {wanted}"
        )
    try:
        AutoConfig.for_model(parent.model_type)
    except Exception:
        return  # the parent's default is no configuration
    AutoConfig.for_model(NAMES.model_type)
    for mapping, names in parent.auto.models_of(parent.model_type).items():
        own = getattr(modeling_auto, mapping).get(NAMES.model_type)
        own = [own] if isinstance(own, str) else list(own or ())
        taken = [classes.get(name, name) for name in names if name in classes or name not in parent.sources.classes]
        if own != taken:
            raise ValueError(f"{mapping} has {own} for the port of {names}")
    check_conversion(parent)


def check_conversion(parent: Parent) -> None:
    """The parent's conversion rules hold for the types of the port."""
    from transformers.conversion_mapping import get_checkpoint_conversion_mapping

    types = own_types(parent, NAMES)
    for parent_type, config in parent.auto.configs.items():
        if types.get(config) and config in parent.configs and get_checkpoint_conversion_mapping(parent_type):
            if not get_checkpoint_conversion_mapping(types[config]):
                raise ValueError(f"the conversion rules of {parent_type} do not hold for {types[config]}")


def check_weights(parent: Parent) -> None:
    """The base model on the meta device has the weights of the parent's, where the parent's default makes a model."""
    import torch

    from transformers import AutoConfig, AutoModel

    if not any(mapping == "MODEL_MAPPING_NAMES" for mapping in parent.auto.models_of(parent.model_type)):
        return
    try:
        with torch.device("meta"):
            theirs = AutoModel.from_config(AutoConfig.for_model(parent.model_type))
    except Exception:
        return  # smoke says so
    with torch.device("meta"):
        own = AutoModel.from_config(AutoConfig.for_model(NAMES.model_type))
    if type(own).__name__ not in own_names(parent, NAMES).values():
        raise ValueError(f"AutoModel gives {type(own).__name__}")
    shapes = [{name: tuple(value.shape) for name, value in model.state_dict().items()} for model in (theirs, own)]
    # A weight may bear the name of the model.
    if sorted(shapes[0].values()) != sorted(shapes[1].values()):
        raise ValueError("the weights are not those of the parent")


def smoked(folder: Path, parent: Parent) -> tuple[str | None, list[str]]:
    """What `make smoke` has against the port, None if nothing; and the classes that it need not try and could not."""
    from transformers.utils import logging

    logging.disable_progress_bar()
    workspace = Workspace(folder)
    found = [f"{finding.path}:{finding.line}: {finding.what}" for finding in swallowed_findings(folder)]
    names = smoke.class_names(workspace)
    rows = [smoke.check(workspace, name) for name in names]
    own = own_names(parent, NAMES)
    needed = {own[name] for name in parent.standing} & {*names} or {*names}
    bad = [row for row in rows if row["error"] or row["class"] in needed and not row["tried"]]
    found += [f"{row['class'].removeprefix(NAMES.prefix)}: {row['error'] or row['note']}" for row in bad]
    if not names:
        found.append("no class to smoke")
    reason = " | ".join(" ".join(text.split())[:300] for text in found)[:1500]
    return reason or None, [row["class"].removeprefix(NAMES.prefix) for row in rows if not row["tried"]]


def _where(error: BaseException) -> str:
    last = (traceback.extract_tb(error.__traceback__) or [None])[-1]
    return f"{Path(last.filename).name}:{last.lineno}" if last else "?"


def is_held_out(model_type: str) -> bool:
    """Whether a model was out of sight; those of one directory are together."""
    known = table.find(model_type)
    return random.Random(f"{SEED}/{known.module if known else model_type}").random() < 1 / 3


def summary(lines: list[dict]) -> list[str]:
    """Shares by kind and stage, of all and of the third that was out of sight; the notes; then the reasons."""
    apart = [line for line in lines if is_held_out(line["model"])]
    text = [*shares(lines), f"held out (seed {SEED}):", *shares(apart)]
    noted = [line for line in lines if line["stage"] == "smoke" and line["untried"]]
    classes = sum(len(line["untried"]) for line in noted)
    text.append(f"classes in no auto mapping, not tried, of green models: {classes}, of {len(noted)} models")
    for line in lines:
        if line["stage"] != "smoke":
            held = ", held out" if is_held_out(line["model"]) else ""
            stage = line["stage"] or "does not expand"
            text.append(f"  {line['kind'] + held:25} {line['model']}: {stage}: {line['reason']}")
    for line in noted:
        text.append(f"  untried {line['model']}: {', '.join(line['untried'])}")
    return text


def shares(lines: list[dict]) -> list[str]:
    """A line for each kind: how many models reached each stage."""
    text = []
    for kind in (*table.KINDS, "all"):
        rows = [line for line in lines if kind in (line["kind"], "all")]
        if rows:
            reached = [
                sum(STAGES.index(row["stage"]) >= number for row in rows if row["stage"]) for number in range(3)
            ]
            counts = "  ".join(
                f"{name} {count:3} ({count / len(rows):6.1%})" for name, count in zip(STAGES, reached, strict=True)
            )
            text.append(f"{kind:16} {len(rows):4}  {counts}")
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("report", type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", action="append")
    parser.add_argument("--again", action="store_true", help="try those again that failed")
    arguments = parser.parse_args()
    transformers, release = installed_transformers()
    known_types = auto_mappings_of(transformers).configs
    names = arguments.model or [
        name for name, model in table.models().items() if not model.wrapper and name in known_types
    ]
    if arguments.count:
        names = random.Random(arguments.seed).sample(names, arguments.count)
    done = lines_of(arguments.report, release=release)
    if arguments.again:
        done = {name: row for name, row in done.items() if row["stage"] == STAGES[-1]}
    import_common_modules()
    began = time.monotonic()
    with arguments.report.open("a") as report:
        left = [name for name in names if name not in done]
        for name, line in each_in_child(left, attempt, {"stage": None, "untried": []}, arguments.jobs):
            known = table.find(name)
            done[name] = {"release": release, "model": name, "kind": known.kind if known else "other"} | line
            report.write(json.dumps(done[name]) + "\n")
            report.flush()
            said = f"{name:40} {line['stage'] or '-':8} {line['seconds']:6.1f} s  {line['reason'] or ''}"
            print(said[:160], flush=True)
    took = f"{time.monotonic() - began:.0f} s, {arguments.jobs} at a time, {date.today()}"
    print("\n".join([f"Transformers {release}: {took}", *summary([done[name] for name in names])]))


_SCOUT = """
import pickle, sys
from pathlib import Path
import transformers.conversion_mapping, transformers.models.detr.modeling_detr
from transformers.utils.import_utils import create_import_structure_from_path
models = Path(transformers.__file__).with_name("models")
sys.stdout.buffer.write(pickle.dumps((list(sys.modules), str(models), create_import_structure_from_path(models))))
"""
# Directory of the installed models -> the public names of its files.
_public_names: dict[str, dict] = {}


def import_common_modules() -> None:
    """Import in this process what every child needs, and read the public names of the release: all that a scout
    imports with a model, but not Transformers, which has to find the port mounted."""
    importlib.import_module("torch").set_num_threads(1)
    scout = subprocess.run([sys.executable, "-c", _SCOUT], capture_output=True, check=True)
    modules, models, structure = pickle.loads(scout.stdout)
    _public_names[models] = structure
    for name in ("torch._dynamo", "torch.distributed.tensor", "accelerate", *modules):
        if not name.startswith(("transformers", "_")):
            with contextlib.suppress(Exception):
                importlib.import_module(name)
    gc.freeze()


def know_public_names() -> None:
    """Let Transformers, once it is imported, take the public names of its own models from the scout."""
    finder = next(finder for finder in sys.meta_path if isinstance(finder, mount.MountFinder))
    complete = finder.completions["transformers.utils.import_utils"]

    def complete_knowing(module):
        read = module.create_import_structure_from_path

        def known_or_read(path):
            folder = str(Path(path).parent if Path(path).suffix == ".py" else path)
            return copy.deepcopy(_public_names[folder]) if folder in _public_names else read(path)

        module.create_import_structure_from_path = known_or_read
        complete(module)

    finder.completions["transformers.utils.import_utils"] = complete_knowing


if __name__ == "__main__":
    main()
