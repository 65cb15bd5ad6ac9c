"""Tiny widths: what is equal, a part or a multiple in the default configuration stays so, over all its parts."""

import re

from porting.tiny.roles import MAIN_HEADS, MAIN_WIDTHS, role_of
from porting.tiny.values import first, flat, is_int, is_stages, modeling_sources, own_values


WIDTH = 64
# A power of two where there is a good one: what is derived from widths halves them.
_FACTORS = (64, 32, 16, 8, 4, 48, 24, 12, 6, 3, 2)
# Widths up to here are parts of some arithmetic, and small already.
_SMALL = 8


class Widths:
    """The widths of a tree of configurations, and what becomes of them.

    A model of equal layers has one main width, which becomes 64. A model of stages has lists of widths, which one
    factor divides in all parts: what one part gives out another takes in.
    """

    def __init__(self, nodes: list):
        self.main = {
            width
            for values in map(own_values, nodes)
            if (width := first(values, MAIN_WIDTHS)) and not _stage_widths(values)
        }
        self.heard = {
            value
            for node in nodes
            for name, value in own_values(node).items()
            if is_int(value) and ("mel_bins" in name or name.endswith("_mels"))
        }
        self.coarse = any(_in_32_groups(type(node)) for node in nodes)
        self._find_factor([entry for node in nodes for entry in _stage_entries(node)])

    def _find_factor(self, entries: list[tuple]) -> None:
        alone = [_factor([entry]) for entry in entries]
        enough = min(8, max(alone, default=1))
        divisible = [
            entry
            for entry, factor in zip(entries, alone, strict=True)
            if factor >= enough and (factor >= 4 or max(entry[0]) <= 512)
        ]
        self.kept = [
            widths
            for (widths, *_), factor in zip(entries, alone, strict=True)
            if factor < enough and max(widths) <= 512
        ]
        self.staged = {number for widths, *_ in divisible for number in widths if number > _SMALL}
        # Where large widths cannot shrink, none does: they would not meet.
        stay = any(max(widths) >= 64 for widths in self.kept)
        self.factor = _factor(divisible) if divisible and not stay else 1

    def tiny(self, value: int, main: int | None = None) -> int:
        """The tiny width for `value` in a configuration whose main width is `main`."""
        if value % 2 or value <= _SMALL or value in self.heard:
            return value
        if value in self.staged:
            return value // self.factor
        tiny = self._related(value, main)
        return 32 if self.coarse and value % 32 == 0 and tiny % 32 else tiny

    def _related(self, value: int, main: int | None) -> int:
        if value in self.main:
            return WIDTH
        for width in [main, *sorted(self.main)]:
            if width not in self.main | self.staged or width <= 32:
                continue
            tiny = width // self.factor if width in self.staged else WIDTH
            times, part = value // width, width // value
            if value % width == 0 and times <= 16:
                return tiny * times
            if width % value == 0 and tiny % part == 0 and tiny // part >= 4:
                return tiny // part
        of_stages = any(value % number == 0 or number % value == 0 for number in self.staged)
        if self.factor > 1 and of_stages and value % self.factor == 0 and value // self.factor >= 4:
            return value // self.factor
        return value if value <= 32 else 32 if value < 256 else WIDTH


def _stage_widths(values: dict) -> list:
    """The lists of widths of a model of stages."""
    return [v for n, v in values.items() if role_of(n) == "width" and is_stages(v) and max(v) > _SMALL]


def _stage_entries(node) -> list[tuple]:
    """(widths of stages, heads of stages, whether the code has 32 groups) of one configuration."""
    values = own_values(node)
    if "width_coefficient" in values:  # the coefficient is what shrinks
        return []
    heads = next((v for n, v in values.items() if role_of(n) == "heads" and is_stages(v)), None)
    lists = _stage_widths(values)
    one = next((v for n, v in values.items() if n in MAIN_HEADS and is_int(v)), None)
    if heads is None and one:  # as many heads in each stage
        heads = [min(one, 4)] * max(map(len, lists), default=0)
    for name, value in values.items():
        if "block_config" in name and isinstance(value, list | tuple):
            lists.append([number for number in flat(value) if is_int(number) and number > _SMALL])
    width = values.get("embed_dim") or first(values, MAIN_WIDTHS)
    if heads and not lists and is_int(width) and len(heads) > 1:
        if width >> len(heads) - 1 in values.values():
            width >>= len(heads) - 1  # what is named is the width of the last stage
        lists.append([width * 2**stage for stage in range(len(heads))])
    return [(widths, heads, _in_32_groups(type(node))) for widths in lists if widths]


def _factor(entries: list[tuple]) -> int:
    """What the widths of all entries can be divided by."""
    return next((factor for factor in _FACTORS if all(_divides(factor, *entry) for entry in entries)), 1)


def _divides(factor: int, widths: list, heads: list | None, coarse: bool) -> bool:
    """Whether each width stays whole, wide enough, and a multiple of four times its heads if it was one."""
    least, multiple = (32, 32) if coarse and not heads else (4, 2)
    numbers = [number for number in widths if number > _SMALL]
    if not all(n % factor == 0 and n // factor >= least and n // factor % multiple == 0 for n in numbers):
        return False
    pairs = list(zip(widths, heads or ()))
    if any(n % (4 * count) for n, count in pairs):
        return True
    return all(n // factor % (4 * count) == 0 for n, count in pairs)


def _in_32_groups(config_class) -> bool:
    """Whether the code normalises in 32 groups, whatever the width."""
    return bool(re.search(r"GroupNorm\((num_groups=)?32\b", modeling_sources(config_class)))
