"""Tiny configuration, inputs and every public class of every model type of the installed Transformers.

    python tests/all_models.py RESULTS.jsonl [--only TYPE ...] [--part seen|held-out|all] [--seed 12] [--jobs 1]

Each type runs in a child forked from a process that imported torch and Transformers once. One JSON line for each type;
types that the file already has are skipped, so a run that was stopped goes on. Prints the shares by kind, and every
failure with its reason.
"""

import argparse
import json
import os
import random
import signal
import sys
import time
import warnings
from collections import defaultdict
from pathlib import Path


sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "template"))

TIMEOUT, LARGEST = 60, 2_000_000
# Kind of a model by the mappings it stands in; the first that fits.
_KIND_BY_MAPPING = (
    ("vision-language", ("IMAGE_TEXT_TO_TEXT",)),
    ("encoder-decoder", ("SEQ_TO_SEQ_CAUSAL_LM",)),
    ("audio-language", ("SPEECH_SEQ_2_SEQ",)),
    ("audio", ("AUDIO", "CTC", "RNNT", "TDT", "TEXT_TO_SPECTROGRAM", "TEXT_TO_WAVEFORM")),
    (
        "vision",
        (
            "IMAGE_CLASSIFICATION",
            "SEGMENTATION",
            "DETECTION",
            "DEPTH",
            "BACKBONE",
            "FOR_IMAGE",
            "KEYPOINT",
            "MASK_GENERATION",
            "POSE",
            "MATTING",
            "NORMAL",
            "POINTMAP",
            "CAUSAL_IMAGE",
            "TEXT_RECOGNITION",
            "TABLE_RECOGNITION",
            "VIDEO_CLASSIFICATION",
        ),
    ),
    ("decoder", ("CAUSAL_LM",)),
    ("encoder", ("MASKED_LM", "TEXT_ENCODING")),
)


def classes_by_type() -> dict[str, list[str]]:
    """model_type -> the classes that the auto mappings have for it."""
    from transformers.models.auto import modeling_auto

    found = defaultdict(dict)
    for mapping in sorted(
        name for name in vars(modeling_auto) if name.startswith("MODEL") and name.endswith("_NAMES")
    ):
        for model_type, names in getattr(modeling_auto, mapping).items():
            for name in [names] if isinstance(names, str) else names:
                found[model_type].setdefault(name, []).append(mapping)
    return found


def kind_of(model_type: str, classes: dict[str, list[str]]) -> str:
    mappings = " ".join(mapping for names in classes.values() for mapping in names)
    if "MULTIMODAL_LM" in mappings and "IMAGE_TEXT_TO_TEXT" not in mappings:
        return "audio-language"
    for kind, words in _KIND_BY_MAPPING:
        if any(word in mappings for word in words):
            return kind
    if any(word in model_type for word in ("vision", "vit", "image")):
        return "vision"
    if any(word in model_type for word in ("audio", "speech", "codec")):
        return "audio"
    return "decoder" if "text" in model_type and "PRETRAINING" not in mappings else "other"


def check_type(model_type: str, class_names: list[str]) -> dict:
    import transformers
    from porting.base.check_class import check_class, config_for
    from porting.base.tiny_config import tiny_config
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    started = time.perf_counter()
    result = {"type": model_type, "classes": {}, "error": None, "parameters": 0, "inputs": {}}
    try:
        config_class = CONFIG_MAPPING[model_type]
        tiny_config(config_class)
    except Exception as error:
        result["error"] = f"configuration: {type(error).__name__}: {error}"[:600]
    else:
        for name in class_names:
            try:
                model_class = getattr(transformers, name)
                found = check_class(model_class, config_for(model_class, tiny_config(config_class)))
                result["parameters"] = max(result["parameters"], found.parameters)
                result["classes"][name] = None
                result["inputs"][name] = found.inputs
            except Exception as error:
                import traceback

                last = traceback.extract_tb(error.__traceback__)[-1]
                where = f"{Path(last.filename).name}:{last.lineno}"
                result["classes"][name] = f"{type(error).__name__}: {error} ({where})"[:600]
    result["seconds"] = round(time.perf_counter() - started, 2)
    return result


def in_child(model_type: str, class_names: list[str], out: Path) -> None:
    """Append the result of one type to the file, whatever becomes of the child that works it out."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        signal.alarm(TIMEOUT)
        try:
            text = json.dumps(check_type(model_type, class_names))
            with os.fdopen(write, "w") as pipe:
                pipe.write(text)
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    if not text:
        text = json.dumps(
            {"type": model_type, "classes": {}, "error": f"no result within {TIMEOUT} s", "seconds": TIMEOUT}
        )
    with out.open("a", encoding="utf-8") as lines:
        lines.write(text + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--part", choices=("seen", "held-out", "all"), default="all")
    parser.add_argument("--seed", type=int, default=12)
    parser.add_argument("--failures", action="store_true", help="run again what failed or is too large")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    import torch

    import transformers
    from transformers.utils import logging

    torch.set_num_threads(1)
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    classes = classes_by_type()
    types = sorted(classes)
    held_out = set(random.Random(arguments.seed).sample(types, len(types) // 3))
    if arguments.part != "all":
        types = [name for name in types if (name in held_out) == (arguments.part == "held-out")]
    if arguments.only:
        types = [name for name in types if name in arguments.only]
    lines = arguments.results.read_text(encoding="utf-8").splitlines() if arguments.results.is_file() else []
    done = {entry["type"]: entry for entry in map(json.loads, lines)}
    if arguments.failures or arguments.only:
        done = {
            name: entry
            for name, entry in done.items()
            if not (_failed(entry) or _large(entry) or arguments.only) or name not in types
        }
        arguments.results.write_text("".join(json.dumps(entry) + "\n" for entry in done.values()), encoding="utf-8")
    import transformers.generation.utils  # noqa: F401
    import transformers.models.llama.modeling_llama  # noqa: F401  (children find it imported)

    for name in types:
        if name not in done:
            in_child(name, list(classes[name]), arguments.results)
    results = {entry["type"]: entry for entry in map(json.loads, arguments.results.read_text().splitlines())}
    print(f"Transformers {transformers.__version__}, seed {arguments.seed}, part {arguments.part}")
    report([results[name] for name in types], classes)


def _failed(entry: dict) -> bool:
    return bool(entry["error"]) or any(entry["classes"].values())


def _large(entry: dict) -> bool:
    return entry.get("parameters", 0) > LARGEST


def report(results: list[dict], classes: dict) -> None:
    kinds = defaultdict(list)
    for entry in results:
        kinds[kind_of(entry["type"], classes[entry["type"]])].append(entry)
    for kind, entries in sorted(kinds.items()):
        for entry in entries:
            if entry["error"]:
                print(f"  {kind:16} {entry['type']:32} {entry['error'].splitlines()[0][:260]}")
            for name, error in entry["classes"].items():
                if error:
                    print(f"  {kind:16} {entry['type']:32} {name}: {' '.join(error.split())[:260]}")
            if _large(entry):
                print(f"  {kind:16} {entry['type']:32} LARGE: {entry['parameters']:,} parameters")
    for kind, entries in sorted(kinds.items()):
        green = sum(not _failed(entry) for entry in entries)
        print(f"{kind:16} {green:4} of {len(entries):4}  {100 * green / len(entries):5.1f} %")
    seconds = [entry["seconds"] for entry in results]
    sizes = sorted(entry.get("parameters", 0) for entry in results if entry.get("parameters"))
    if sizes:
        print(
            f"{sum(seconds) / len(seconds):.2f} s a type; median {sizes[len(sizes) // 2]:,} parameters, largest {sizes[-1]:,}"
        )


if __name__ == "__main__":
    main()
