"""Whether `make nearest` knows each model of the installed Transformers by its weights alone.

    python tests/nearest_of_selves.py REPORT.jsonl [--jobs N] [--count N --seed S | --model MODEL ...] [--again]

A line of the report is one model type: its tiny weights (names and shapes; no memory) with every word of their names
replaced by a random one, the same for the same word, while numbers and a last `weight` or `bias` stay. It is known if
the first row holds it, or a model whose weights have the same structure: built at the same sizes, the same shapes in
the same layers. A model whose line stands in the report is not tried again, unless it failed and `--again` is given.
Every model runs in a child of a process that has imported Transformers and loaded the index once. Ends with 1 if less
than 95 % of the models that could be built are known.
"""

import argparse
import importlib
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from forked import each_in_child, lines_of


ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "template"))

from porting.base import table  # noqa: E402
from porting.base.auto_mappings import AutoMappings  # noqa: E402
from porting.base.parent import auto_mappings_of  # noqa: E402
from porting.errors import CannotRun, CheckFailed  # noqa: E402
from porting.modular.sources import installed_transformers  # noqa: E402
from porting.nearest import load_index, rank  # noqa: E402
from porting.nearest.building import import_common_modules  # noqa: E402
from porting.tiny.check_class import config_for, made  # noqa: E402
from porting.tiny.config import tiny_config  # noqa: E402


BAR = 0.95
SHOWN = 8

# The class whose weights a checkpoint most likely has: the first of these mappings that has the model type.
MAPPINGS = (
    "MODEL_FOR_PRETRAINING_MAPPING_NAMES",
    "MODEL_FOR_CAUSAL_LM_MAPPING_NAMES",
    "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES",
    "MODEL_FOR_MULTIMODAL_LM_MAPPING_NAMES",
    "MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES",
    "MODEL_FOR_SPEECH_SEQ_2_SEQ_MAPPING_NAMES",
    "MODEL_FOR_MASKED_LM_MAPPING_NAMES",
    "MODEL_MAPPING_NAMES",
)


class CannotBuild(Exception):
    """No tiny model of a type can be made: that says nothing of the ranking."""


def class_of(model_type: str, mappings: AutoMappings):
    import transformers

    found = mappings.models_of(model_type)
    name = next((name for name in MAPPINGS if name in found), None) or next(iter(found), None)
    named = getattr(transformers, found[name][0], None) if name else None
    return named or class_of_part(model_type, mappings)


def class_of_part(model_type: str, mappings: AutoMappings):
    """The first model of its directory that is made from the configuration of this type."""
    import transformers

    config_class, module = config_class_of(model_type), mappings.module_of(model_type)
    folder = Path(transformers.__file__).parent / "models" / module
    for source in sorted(folder.glob("modeling_*.py")):
        for value in vars(importlib.import_module(f"transformers.models.{module}.{source.stem}")).values():
            is_model = isinstance(value, type) and issubclass(value, transformers.PreTrainedModel)
            is_base = is_model and value.__name__.endswith("PreTrainedModel")
            if is_model and not is_base and value.config_class is config_class:
                return value
    raise CannotBuild("no model of Transformers is made from its configuration")


def config_class_of(model_type: str):
    from transformers import CONFIG_MAPPING

    return CONFIG_MAPPING[model_type]


def build(model_class, config):
    """The model without memory for its weights; with, where its code asks for their values."""
    import torch

    try:
        with torch.device("meta"):
            return made(model_class, config)
    except Exception:  # whatever the model's code raises without values
        return made(model_class, config)


def saved_shapes(model) -> dict[str, tuple[int, ...]]:
    """Those that a checkpoint of the model has: of weights that are one, the first name; no buffer that is not saved."""
    kept = {name for name, _ in model.named_parameters()} | {name for name, _ in model.named_buffers()}
    return {name: tuple(value.shape) for name, value in model.state_dict().items() if name in kept}


def tiny_model(model_type: str, mappings: AutoMappings):
    """A tiny model of a type, and its configuration. Raises CannotBuild."""
    try:
        model_class = class_of(model_type, mappings)
        config = config_for(model_class, tiny_config(config_class_of(model_type), model_type))
        return build(model_class, config), config
    except CannotBuild:
        raise
    except Exception as error:  # whatever the model's code raises
        raise CannotBuild(f"{type(error).__name__}: {' '.join(str(error).split())[:200]}") from error


def scrambled(names: Iterable[str], seed: str) -> dict[str, str]:
    """Name -> the same with random words; "layer_norm1" and "layer_norm2" stay alike."""
    generator, words = random.Random(seed), {}

    def word(known: str) -> str:
        if known and known not in words:
            new = None
            while new is None or new in words.values():
                pairs = range(generator.randint(2, 4))
                new = "".join(generator.choice("bdfgklmnprstvz") + generator.choice("aeiou") for _ in pairs)
            words[known] = new
        return words.get(known, "")

    def part(text: str, is_last: bool) -> str:
        if is_last and text in ("weight", "bias"):
            return text
        stem, number = re.fullmatch(r"(.*?)(\d*)", text).groups()
        return word(stem) + number

    found = {}
    for name in names:
        *path, leaf = name.split(".")
        found[name] = ".".join([*(part(text, False) for text in path), part(leaf, True)])
    return found


def layout(shapes: dict[str, tuple[int, ...]]) -> Counter:
    """Each shape with the numbers of the layers that it stands in, and how often."""
    return Counter((*re.findall(r"(?:^|(?<=\.))\d+(?=\.)", name), shape) for name, shape in shapes.items())


def is_identical(own: dict, own_config, other: str, mappings: AutoMappings) -> bool | None:
    """Whether a model of another type has this structure at these sizes; None where it cannot be built so."""
    try:
        config_class = config_class_of(other)
        given = own_config.to_dict()
        for name in ("model_type", "architectures", "transformers_version"):
            given.pop(name, None)
        default = config_class()
        config = config_class(**{name: value for name, value in given.items() if hasattr(default, name)})
        return layout(saved_shapes(build(class_of(other, mappings), config))) == layout(own)
    except Exception:  # whatever the other model's code raises
        return None


def attempt(model_type: str, index, mappings: AutoMappings, seed: int) -> dict:
    """One model, in this process."""
    line: dict = {"built": False, "known": False, "first": [], "place": None, "identical": None, "reason": None}
    try:
        model, config = tiny_model(model_type, mappings)
        shapes = saved_shapes(model)
        line |= {"built": True, "class": type(model).__name__, "weights": len(shapes)}
        new_names = scrambled(shapes, f"{seed}/{model_type}")
        began = time.perf_counter()
        rows = rank({new_names[name]: shape for name, shape in shapes.items()}, index)
        line["ranking"] = round(time.perf_counter() - began, 2)
        line["place"] = next((number for number, row in enumerate(rows, 1) if model_type in row.types), None)
        line["first"] = list(rows[0].types[:SHOWN]) if rows else []
        if rows and line["place"] != 1:
            found = (is_identical(shapes, config, other, mappings) for other in rows[0].types)
            line["identical"] = any(answer for answer in found)
        line["known"] = line["place"] == 1 or bool(line["identical"])
    except CannotBuild as error:
        line["reason"] = str(error)
    except (CheckFailed, CannotRun) as error:
        line["reason"] = f"refused: {error}"
    except BaseException as error:
        line["reason"] = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
    return line


def summary(lines: list[dict]) -> list[str]:
    """Shares by kind; then the models that are not known, and those that could not be built."""
    built = [line for line in lines if line["built"]]
    text = []
    for kind in (*table.KINDS, "all"):
        rows = [line for line in built if kind in (line["kind"], "all")]
        if rows:
            own, known = sum(row["place"] == 1 for row in rows), sum(row["known"] for row in rows)
            shown = f"itself first {own:3}  an identical one {known - own:3}  known {known / len(rows):6.1%}"
            text.append(f"{kind:16} {len(rows):4}  {shown}")
    for line in built:
        if not line["known"]:
            where = line["reason"] or f"place {line['place'] or '-'}, first {', '.join(line['first'])}"
            text.append(f"  {line['kind']:16} {line['model']}: {where}")
    text += [f"  not built: {line['model']}: {line['reason']}" for line in lines if not line["built"]]
    return text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("report", type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--count", type=int)
    parser.add_argument(
        "--seed", type=int, default=0, help="of the random words, and of the models that --count draws"
    )
    parser.add_argument("--model", action="append")
    parser.add_argument("--again", action="store_true", help="try those again that are not known")
    arguments = parser.parse_args()
    from transformers.utils import logging

    transformers, release = installed_transformers()
    mappings = auto_mappings_of(transformers)
    names = arguments.model or [
        name for name, model in table.models().items() if not model.wrapper and name in mappings.configs
    ]
    if arguments.count:
        names = random.Random(arguments.seed).sample(names, arguments.count)
    done = lines_of(arguments.report, release=release, seed=arguments.seed)
    if arguments.again:
        done = {name: row for name, row in done.items() if row["known"]}
    import_common_modules()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    index = load_index()
    began = time.monotonic()
    with arguments.report.open("a") as report:
        left = [name for name in names if name not in done]
        died = {"built": True, "known": False, "first": [], "place": None, "identical": None}
        for name, line in each_in_child(
            left, lambda name, _: attempt(name, index, mappings, arguments.seed), died, arguments.jobs
        ):
            known = table.find(name)
            told = {
                "release": release,
                "seed": arguments.seed,
                "model": name,
                "kind": known.kind if known else "other",
            }
            done[name] = told | line
            report.write(json.dumps(done[name]) + "\n")
            report.flush()
            said = "known" if line["known"] else "not known" if line["built"] else "not built"
            print(f"{name:40} {said:10} {line['seconds']:6.1f} s  {line['reason'] or ', '.join(line['first'])}"[:160])
    lines = [done[name] for name in names]
    took = f"{time.monotonic() - began:.0f} s, {arguments.jobs} at a time, {date.today()}"
    print("\n".join([f"Transformers {release}, words of seed {arguments.seed}: {took}", *summary(lines)]))
    built = [line for line in lines if line["built"]]
    return 0 if built and sum(line["known"] for line in built) >= BAR * len(built) else 1


if __name__ == "__main__":
    sys.exit(main())
