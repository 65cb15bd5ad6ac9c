"""Surveys many model types in processes that fork from one with the common modules imported."""

import contextlib
import gc
import importlib
import multiprocessing
import os
import signal
from collections.abc import Iterator


# Types that one process surveys before another takes its place: what it imported is given back.
_CHUNK = 12
_SECONDS = 60
_COMMON = (
    "conversion_mapping",
    "models.auto.modeling_auto",
    "models.detr.modeling_detr",
    "models.llama.modeling_llama",
)
# More would share the memory of 2 GB.
_MOST_WORKERS = 2


def survey_all(types: list[str]) -> Iterator[tuple[str, list[dict], str]]:
    """(model type, its models as `described`, why there is none) for each type, in the order they come."""
    with without_network():
        if len(types) <= 2 or not hasattr(os, "fork"):
            for name in types:
                yield _survey_one(name)
            return
        import_common_modules()
        workers = min(_MOST_WORKERS, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)
        context = multiprocessing.get_context("fork")
        with context.Pool(workers, initializer=_quiet, maxtasksperchild=_CHUNK) as pool:
            yield from pool.imap_unordered(_survey_one, types)


@contextlib.contextmanager
def without_network():
    """What a model's code would fetch is not fetched."""
    before = {name: os.environ.get(name) for name in ("HF_HUB_OFFLINE", "TOKENIZERS_PARALLELISM")}
    os.environ.update(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false")
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _survey_one(model_type: str) -> tuple[str, list[dict], str]:
    from porting.nearest.entries import described
    from porting.nearest.survey import survey

    alarm = hasattr(signal, "SIGALRM") and multiprocessing.parent_process() is not None
    found = []
    try:
        if alarm:
            signal.signal(signal.SIGALRM, _too_long)
            signal.alarm(_SECONDS)
        for model in survey(model_type):
            found += described(model)
        return model_type, found, ""
    except Exception as error:  # a type that cannot be built is left out, and counted
        return model_type, found, "" if found else f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
    finally:
        if alarm:
            signal.alarm(0)


def _too_long(number, frame):
    raise TimeoutError(f"not built within {_SECONDS} seconds")


def _quiet() -> None:
    """Workers end with the one who asked; what models say while they are made helps nobody."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def import_common_modules() -> None:
    """Import in this process what most models need, once, before others fork from it."""
    importlib.import_module("torch").set_num_threads(1)
    for name in _COMMON:
        with contextlib.suppress(Exception):  # whatever an import raises; the models that need it say so
            importlib.import_module(f"transformers.{name}")
    gc.freeze()
