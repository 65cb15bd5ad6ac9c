"""What is known of every model of the installed Transformers, kept in the user's cache."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from porting.errors import CannotRun
from porting.nearest.describe import Bag, Description, bag_of, describe
from porting.nearest.names import Piece


# Raised whenever what is kept, or how it is made, changes.
VERSION = 1
# What many entries have alike is kept once.
_TABLES = ("words", "layers", "outside", "sizes")


@dataclass(frozen=True)
class Structure:
    """What models hold: for each list of layers its kinds, as (bag, bag with fused projections apart, count, which)."""

    lists: tuple[tuple[tuple[Bag, Bag, int, str], ...], ...]
    outside: Bag


@dataclass(frozen=True)
class Entry:
    """One way to build a type: its class, the option that differs from the default, and what comes of it.

    `layers` has the modules of each kind of layer of each list, and `outside` those beside, as rows that
    `names.Piece` is made of; `sizes` are the numbers of the configuration.
    """

    model_type: str
    class_name: str
    option: str
    structure: int
    words: frozenset[str]
    layers: list
    outside: list
    sizes: dict[str, int]


@dataclass
class Index:
    """All entries, the structures they share, how many modular files build on a type, and what could not be built."""

    release: str
    structures: list[Structure] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    built_on: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    @cached_property
    def types(self) -> list[str]:
        return sorted({entry.model_type for entry in self.entries})

    @cached_property
    def rarity(self) -> dict[str, float]:
        """Word -> how much it says: 1 for one that a single type has, towards 0 for one that all have."""
        from math import log

        of_types: dict[str, set[str]] = {}
        for entry in self.entries:
            for word in entry.words:
                of_types.setdefault(word, set()).add(entry.model_type)
        total = log(len(self.types) + 1)
        return {word: 1 - log(len(types)) / total for word, types in of_types.items()}


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
    index = _read(path, release)
    if index is None:
        from porting.nearest.survey import model_types

        index = _built(release, model_types())
        _keep(path, index)
    return index


def cache_path(release: str) -> Path:
    """Where the index of a release is kept."""
    from huggingface_hub.constants import HF_HOME

    return Path(HF_HOME) / "port-template" / f"nearest-{release}-{VERSION}.json"


def _built(release: str, types: list[str]) -> Index:
    from porting.nearest.building import survey_all
    from porting.nearest.progress import shown

    with shown(f"reading the {len(types)} models of Transformers {release}, once", len(types)) as advance:
        surveyed = []
        for result in survey_all(types):
            surveyed.append(result)
            advance()
    order = {name: number for number, name in enumerate(types)}
    surveyed.sort(key=lambda result: order[result[0]])
    index = assemble(release, surveyed)
    if not index.entries:
        reason = next(iter(index.left_out.values()), "there is none")
        raise CannotRun(f"no model of Transformers {release} can be built ({reason}); run `make setup`")
    return index


def assemble(release: str, surveyed: Iterable[tuple[str, list[dict], str]]) -> Index:
    """The index of what was surveyed."""
    from porting.nearest.survey import built_on

    index = Index(release, built_on=built_on())
    numbers: dict[str, int] = {}
    for model_type, models, error in surveyed:
        if error:
            index.left_out[model_type] = error
        seen = set()
        plain: list[Entry] = []
        for model in models:
            for found in _descriptions(model):
                entry = _entry(model, structure_of(found), found, index, numbers)
                if (entry.structure, entry.option) not in seen:
                    seen.add((entry.structure, entry.option))
                    index.entries.append(entry)
                    plain += [] if entry.option else [entry]
        core = _core(plain)
        if core is not None:
            structure = Structure(index.structures[plain[0].structure].lists, bag_of(pieces_of(core)))
            number = _number(structure, index, numbers)
            if all(entry.structure != number for entry in plain):
                index.entries.append(replace(plain[0], structure=number, outside=core))
    return index


def _descriptions(model: dict) -> Iterator[Description]:
    """A model as its state dict has it, and without the names that share a weight with another."""
    shapes = {name: tuple(shape) for name, shape in model["shapes"].items()}
    untied = {name: shape for name, shape in shapes.items() if name not in model["tied"]}
    yield describe(shapes)
    if len(untied) < len(shapes):
        yield describe(untied)


def _entry(model: dict, structure: Structure, found: Description, index: Index, numbers: dict) -> Entry:
    number = _number(structure, index, numbers)
    layers = [[_piece_rows(kind.pieces) for kind in each.kinds] for each in found.lists]
    return Entry(
        model["model_type"],
        model["class_name"],
        model["option"],
        number,
        frozenset(found.words),
        layers,
        _piece_rows(found.outer_pieces),
        model["sizes"],
    )


def _piece_rows(found: list[Piece]) -> list:
    return [[piece.path, piece.kind, list(piece.sides), piece.bias] for piece in found]


def pieces_of(rows: list) -> list[Piece]:
    """The modules that an entry has as rows."""
    return [Piece(path, kind, tuple(sides), bias) for path, kind, sides, bias in rows]


def _number(structure: Structure, index: Index, numbers: dict[str, int]) -> int:
    number = numbers.setdefault(json.dumps(_written(structure)), len(numbers))
    if number == len(index.structures):
        index.structures.append(structure)
    return number


def _core(entries: list[Entry]) -> list | None:
    """What all classes of a type have outside of their layers, by name: no pooler, no head."""
    others = [[path for path, *_ in entry.outside] for entry in entries[1:]]
    if not others:
        return None
    return [row for row in entries[0].outside if all(any(p.endswith(row[0]) for p in paths) for paths in others)]


def structure_of(found: Description) -> Structure:
    lists = tuple(
        tuple((kind.bag, kind.plain, kind.count, kind.fused) for kind in layers.kinds) for layers in found.lists
    )
    return Structure(lists, found.outside)


def _read(path: Path, release: str) -> Index | None:
    """The index that is kept, None where there is none that can be read whole."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["version"] != VERSION or kept["release"] != release or kept["sum"] != _sum(kept["content"]):
            return None
        content = kept["content"]
        structures = [
            Structure(
                tuple(tuple((_bag(b), _bag(p), *rest) for b, p, *rest in kinds) for kinds in lists), _bag(outside)
            )
            for lists, outside in content["structures"]
        ]
        tables = [content[name] for name in _TABLES]
        entries = [
            Entry(name, cls, option, number, frozenset(tables[0][a]), tables[1][b], tables[2][c], tables[3][d])
            for name, cls, option, number, a, b, c, d in content["entries"]
        ]
        return Index(release, structures, entries, content["built_on"], content["left_out"])
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def _keep(path: Path, index: Index) -> None:
    """Write the index whole or not at all. Where the cache cannot be written it is built again the next time."""
    tables: list[dict[str, int]] = [{} for _ in _TABLES]

    def number_of(table: int, value) -> int:
        return tables[table].setdefault(json.dumps(value, sort_keys=True), len(tables[table]))

    content = {
        "structures": [_written(structure) for structure in index.structures],
        "entries": [
            [
                entry.model_type,
                entry.class_name,
                entry.option,
                entry.structure,
                number_of(0, sorted(entry.words)),
                number_of(1, entry.layers),
                number_of(2, entry.outside),
                number_of(3, entry.sizes),
            ]
            for entry in index.entries
        ],
        "built_on": index.built_on,
        "left_out": index.left_out,
    }
    for name, table in zip(_TABLES, tables):
        content[name] = [json.loads(text) for text in table]
    kept = {"version": VERSION, "release": index.release, "sum": _sum(content), "content": content}
    scratch = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_text(json.dumps(kept, separators=(",", ":")), encoding="utf-8")
        scratch.replace(path)
    except OSError as error:
        print(f"the index is not kept ({error.strerror}: {path.parent}); set HF_HOME to a folder that can be written")
    finally:
        scratch.unlink(missing_ok=True)


def _sum(content: dict) -> str:
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


def _written(structure: Structure) -> list:
    lists = [[[_rows(bag), _rows(plain), *rest] for bag, plain, *rest in kinds] for kinds in structure.lists]
    return [lists, _rows(structure.outside)]


def _rows(bag: Bag) -> list:
    return sorted([kind, list(sides), *entry] for (kind, sides), entry in bag.items())


def _bag(rows: list) -> Bag:
    return {(kind, tuple(sides)): [count, biased] for kind, sides, count, biased in rows}
