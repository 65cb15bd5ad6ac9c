"""How many layers a tiny configuration has, so that every kind of layer is there once."""

import re

from porting.tiny.roles import role_of


_LISTS = str | int | float | bool | None
_MOST_IDS = 4


class LayerPlan:
    """The layer counts of one configuration, and what goes by them: lists with an entry for each layer, periods,
    first layers, and numbers of layers."""

    def __init__(self, values: dict):
        self.values = values
        self.counts = {
            name: value
            for name, value in values.items()
            if role_of(name) == "layers"
            and isinstance(value, int)
            and not isinstance(value, bool)
            and value > 0
            and not name.endswith("shared_layers")
        }
        main = next(
            (name for name in ("num_hidden_layers", "n_layer", "depth", "num_layers") if name in self.counts), None
        )
        self.main = main or next(iter(self.counts), None)

    def choose(self) -> dict:
        """Field -> tiny value, for all fields about layers."""
        chosen = {}
        for name, count in self.counts.items():
            lists = self._lists(count) if count > 2 else {}
            if count <= 8 and self._is_stages(lists):
                continue
            chosen.update(self._cut(name, count, lists, main=name == self.main))
        return {name: value for name, value in chosen.items() if value != self.values[name]}

    def _lists(self, count: int) -> dict[str, list]:
        return {
            name: value
            for name, value in self.values.items()
            if isinstance(value, list | tuple) and len(value) == count and role_of(name) not in ("token", "layer_ids")
        }

    @staticmethod
    def _is_stages(lists: dict) -> bool:
        """Lists of widths or depths belong to stages, not to equal layers: their number stays."""
        return any(role_of(name) in ("width", "layers", "keep", "heads") for name in lists)

    def _cut(self, name: str, count: int, lists: dict, main: bool) -> dict:
        chosen = {}
        kept = _cover([[_key(item) for item in value] for value in lists.values()], count)
        layers = max(2, len(kept)) if count > 1 else 1
        if main:
            layers, further = self._of_ids(count, layers, lists)
            chosen.update(further)
            layers = max(layers, self._of_periods(chosen), self._of_patterns(count), self._of_sections(name, count))
        shared = next(
            (n for n, v in self.values.items() if n.endswith("shared_layers") and isinstance(v, int) and v > 1), None
        )
        if main and shared:  # the last layers use what earlier ones of the same kind made
            twice = 1 if self.values[shared] >= count else 2  # all of them where another model makes it
            chosen[shared] = max(1, len(kept))
            chosen.update({other: [value[number] for number in kept] * twice for other, value in lists.items()})
            chosen[name] = twice * max(1, len(kept))
            return chosen
        layers = min(layers, count)
        kept = sorted({*kept, *[number for number in range(count) if number not in kept][: layers - len(kept)]})
        for other, value in lists.items():
            chosen[other] = [value[number] for number in kept]
        chosen[name] = layers
        return chosen

    def _of_ids(self, count: int, layers: int, lists: dict) -> tuple[int, dict]:
        """Numbers of layers: as many as there were if few, and a layer beside them that is none of them."""
        chosen, every = {}, []
        for name, value in self.values.items():
            if role_of(name) != "layer_ids" or name in lists or not isinstance(value, list | tuple) or not value:
                continue
            if len(value) == count and list(value) == list(range(count)):
                every.append(name)
                continue
            if not all(isinstance(item, int) and -count <= item <= count for item in value):
                continue
            if all(item < 0 for item in value):
                continue
            wanted = len(value) if len(value) <= _MOST_IDS else 1
            order = sorted(range(len(value)), key=lambda index: value[index])[:wanted]
            rank = {index: number for number, index in enumerate(order)}
            chosen[name] = [rank[index] + 1 for index in range(len(value)) if index in rank]
            layers = max(layers, wanted + (0 if count in value else 1))
        chosen.update({name: list(range(layers)) for name in every})
        return layers, chosen

    def _of_sections(self, name: str, count: int) -> int:
        """Sections of layers that add up to all of them."""
        others = [value for other, value in self.counts.items() if other != name]
        return sum(min(2, value) for value in others) if len(others) > 1 and sum(others) == count else 1

    def _of_patterns(self, count: int) -> int:
        """Lists of a few kinds of layers that are repeated: once through."""
        lengths = [
            len(value)
            for value in self.values.values()
            if isinstance(value, list | tuple)
            and 1 < len(value) < count
            and all(isinstance(item, str) for item in value)
        ]
        return max([1, *[length for length in lengths if length <= 8]])

    def _of_periods(self, chosen: dict) -> int:
        layers = 1
        for name, value in self.values.items():
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                continue
            role = role_of(name)
            if role == "period" and value > 1:
                chosen[name] = 2
                layers = max(layers, 2)
            elif role == "first":
                chosen[name] = 1
                layers = max(layers, 2)
        return layers


def _key(item) -> str:
    return repr(item) if isinstance(item, _LISTS) else re.sub(r"\s+", " ", repr(item))


def _cover(lists: list[list[str]], count: int) -> list[int]:
    """The fewest of `count` places (greedily) where every list shows each of its values."""
    missing = {(which, item) for which, value in enumerate(lists) for item in value}
    if len(missing) > 12 * max(1, len(lists)):  # a number of its own for each layer: nothing to keep
        return list(range(min(2, count)))
    kept = []
    while missing:
        shown = [{(which, value[place]) for which, value in enumerate(lists)} & missing for place in range(count)]
        best = max(range(count), key=lambda place: len(shown[place]))
        kept.append(best)
        missing -= shown[best]
    return sorted(kept)
