"""Layers of models whose modules were numbered as they were made, whatever they are part of: `dense`, `dense_1` …"""

import re
from collections import defaultdict

from porting.nearest.names import Shape, Shapes


_COUNTED = re.compile(r"^(?P<word>.*?[A-Za-z])(?:_?(?P<number>\d+))?$")


def automatic_layers(shapes: Shapes) -> tuple[list[Shapes], Shapes]:
    """The layers, each with what is in it by the name of its kind and its place, and what is in none; or no layers.

    Of the modules of one kind every layer has as many, in their order; the first or last may stand outside.
    """
    kinds: dict[tuple[str, str], dict[int, Shapes]] = defaultdict(lambda: defaultdict(dict))
    counted = _counted(shapes)
    for name, shape in shapes.items():
        path, word, number, rest = _split(name, counted)
        kinds[path, word][number][rest] = shape
    counts = [
        len(modules)
        for modules in kinds.values()
        if len(modules) > 1 and any(len(shape) > 1 for one in modules.values() for shape in one.values())
    ]
    best: tuple[int, int] = (0, 0)
    for layers in sorted(set(counts)):
        covered = sum(
            len(modules) // layers * layers for modules in kinds.values() if _start(modules, layers) is not None
        )
        spread = sum(_start(modules, layers) is not None for modules in kinds.values())
        if spread > 1 and (covered, layers) > best:
            best = (covered, layers)
    count = best[1]
    if count < 2:
        return [], shapes
    found: list[Shapes] = [{} for _ in range(count)]
    outside: Shapes = {}
    for (path, word), modules in kinds.items():
        start = _start(modules, count)
        each = len(modules) // count
        for place, number in enumerate(sorted(modules)):
            for rest, shape in modules[number].items():
                if start is not None and start <= place < start + each * count:
                    layer, within = divmod(place - start, each)
                    found[layer][f".{word}_{within}.{rest}"] = shape
                else:
                    outside[".".join(filter(None, (path, f"{word}_{number}" if rest else word, rest)))] = shape
    return found, outside


def _counted(shapes: Shapes) -> set[tuple[str, str]]:
    """(what stands before, word) of all words that have a number somewhere."""
    found = set()
    for name in shapes:
        parts = name.split(".")
        for place, part in enumerate(parts[:-1]):
            match = _COUNTED.match(part)
            if match and match["number"]:
                found.add((".".join(parts[:place]), match["word"]))
    return found


def _split(name: str, counted: set[tuple[str, str]]) -> tuple[str, str, int, str]:
    """What stands before the first counted word, the word, its number (0 without one), and what follows."""
    parts = name.split(".")
    for place, part in enumerate(parts[:-1]):
        match = _COUNTED.match(part)
        path = ".".join(parts[:place])
        if match and (path, match["word"]) in counted:
            return path, match["word"], int(match["number"] or 0), ".".join(parts[place + 1 :])
    return "", name, 0, ""


def _start(modules: dict[int, Shapes], layers: int) -> int | None:
    """The place of the first module that is in a layer: from there on their shapes repeat, layer by layer."""
    each = len(modules) // layers
    if not each:
        return None
    looks = [_look(modules[number]) for number in sorted(modules)]
    for start in range(len(looks) - each * layers + 1):
        taken = looks[start : start + each * layers]
        if all(look == taken[place % each] for place, look in enumerate(taken)):
            return start
    return None


def _look(module: Shapes) -> tuple[tuple[str, Shape], ...]:
    return tuple(sorted(module.items()))
