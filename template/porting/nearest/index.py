"""The index of all models of the installed Transformers: built once, and kept in the user's cache."""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

from porting.errors import CannotRun
from porting.nearest.entries import Entry, Index, assemble, read, written


# Raised whenever what is kept, or how it is made, changes.
VERSION = 1
# What many entries have alike is kept once.
_TABLES = ("words", "layers", "outside", "sizes", "modules")


def load_index(types: Iterable[str] | None = None) -> Index:
    """The index of the installed release: from the cache, or built and kept there.

    `types` limits it to some model types; such an index is built anew and not kept. Raises CannotRun if nothing can be
    built.
    """
    from porting.modular.sources import installed_transformers

    release = installed_transformers()[1]
    if types is not None:
        return _built(release, list(types))
    path = cache_path(release)
    index = _kept(path, release)
    if index is None:
        from porting.nearest import survey

        index = _built(release, survey.model_types())
        _keep(path, index)
    return index


def cache_path(release: str) -> Path:
    """Where the index of a release is kept."""
    from huggingface_hub import constants

    return Path(constants.HF_HOME) / "port-template" / f"nearest-{release}-{VERSION}.json"


def _built(release: str, types: list[str]) -> Index:
    from porting.nearest.building import survey_all
    from porting.nearest.survey import built_on
    from porting.terminal import progress_of_steps

    with progress_of_steps(f"reading {len(types)} models of Transformers {release}", len(types)) as advance:
        surveyed = []
        for result in survey_all(types):
            surveyed.append(result)
            advance()
    order = {name: number for number, name in enumerate(types)}
    surveyed.sort(key=lambda result: order[result[0]])
    index = assemble(release, surveyed, built_on())
    if not index.entries:
        reason = next(iter(index.left_out.values()), "there is none")
        raise CannotRun(f"no model of Transformers {release} can be built ({reason}); run `make setup`")
    return index


def _kept(path: Path, release: str) -> Index | None:
    """The index that is kept, None where there is none that can be read whole."""
    try:
        total, _, text = path.read_text(encoding="utf-8").partition("\n")
        if total != _sum(text):
            return None
        content = json.loads(text)
        if content["version"] != VERSION or content["release"] != release:
            return None
        tables = [content[name] for name in _TABLES]
        tables[0] = [frozenset(words) for words in tables[0]]
        entries = [
            Entry(*row[:4], *(table[number] for table, number in zip(tables, row[4:]))) for row in content["entries"]
        ]
        structures = [read(rows) for rows in content["structures"]]
        return Index(release, structures, entries, content["built_on"], content["left_out"])
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def _keep(path: Path, index: Index) -> None:
    """Write the index whole or not at all. Where the cache cannot be written it is built again the next time."""
    tables: list[dict[str, int]] = [{} for _ in _TABLES]

    def number_of(table: int, value) -> int:
        return tables[table].setdefault(json.dumps(value, sort_keys=True), len(tables[table]))

    entries = [
        [
            entry.model_type,
            entry.class_name,
            entry.option,
            entry.structure,
            *map(number_of, range(5), (sorted(entry.words), entry.layers, entry.outside, entry.sizes, entry.modules)),
        ]
        for entry in index.entries
    ]
    content = {
        "version": VERSION,
        "release": index.release,
        "structures": [written(structure) for structure in index.structures],
        "entries": entries,
        "built_on": index.built_on,
        "left_out": index.left_out,
        **{name: [json.loads(text) for text in table] for name, table in zip(_TABLES, tables)},
    }
    text = json.dumps(content, separators=(",", ":"))
    scratch = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_text(f"{_sum(text)}\n{text}", encoding="utf-8")
        scratch.replace(path)
    except OSError as error:
        print(f"the index is not kept ({error.strerror}: {path.parent}); set HF_HOME to a folder that can be written")
    finally:
        with contextlib.suppress(OSError):
            scratch.unlink(missing_ok=True)


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
