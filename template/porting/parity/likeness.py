"""Align what the conversion rules leave over: by the shapes and the order of the calls, then by their values.

Both look only within a call that is aligned already: what the port calls there against what the original calls there.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import torch

from porting.parity.layout import arrange
from porting.parity.links import Alignment, Link
from porting.parity.precision import as_written
from porting.parity.replay import Replay, padding_masks, run_model
from porting.parity.slots import main_output, main_slot


# A fingerprint: this many of the sorted values, evenly spaced. Two match if none differs by more than this share.
KEPT, CLOSE = 256, 1e-3


@dataclass(frozen=True)
class Sight:
    """One call of a module, of the port or of the original, and how many numbers it was given and gave."""

    call: str
    path: str
    outer: str | None
    given: int | None
    gave: int | None

    @property
    def number(self) -> int:
        return int(self.call.rpartition("#")[2])


@dataclass(frozen=True)
class Ambiguous:
    """Calls of one shape within one pair of aligned calls, of which the original has more or fewer than the port."""

    port: tuple[Sight, ...]
    original: tuple[Sight, ...]


class Watching:
    """While it is open, `sights` fills with the calls of the modules of `model`; `visit` also sees their tensors."""

    def __init__(self, model, visit: Callable = lambda sight, given, gave: None):
        self.model, self.visit = model, visit
        self.sights: list[Sight] = []

    def __enter__(self):
        self.stack: list[tuple] = []
        self.counts: Counter = Counter()
        self.hooks = []
        for path, module in self.model.named_modules():
            self.hooks.append(module.register_forward_pre_hook(self._before(path), with_kwargs=True))
            self.hooks.append(module.register_forward_hook(self._after(path)))
        return self

    def __exit__(self, *error):
        for hook in self.hooks:
            hook.remove()

    def _before(self, path):
        @as_written()
        def before(module, args, kwargs):
            slot = main_slot(args, kwargs)
            self.stack.append((f"{path}#{self.counts[path]}", slot.get(args, kwargs) if slot else None))
            self.counts[path] += 1

        return before

    def _after(self, path):
        @as_written()
        def after(module, args, output):
            call, given = self.stack.pop()
            gave = main_output(output)
            outer = self.stack[-1][0] if self.stack else None
            self.sights.append(Sight(call, path, outer, _size(given), _size(gave)))
            self.visit(self.sights[-1], given, gave)

        return after


def look(model, trace) -> list[Sight]:
    """The port's calls on the first batch of the trace."""
    with Watching(model) as watching:
        run_model(model, trace.inputs(trace.batches[0]))
    return watching.sights


def _size(tensor) -> int | None:
    return tensor.numel() if tensor is not None else None


def align_by_shape(alignment: Alignment, trace, sights: list[Sight]) -> list[Ambiguous]:
    """Link modules whose calls are, within aligned calls, as many as the original has of the same shape, in their order.

    Shapes count as equal up to layout: as many numbers in and out. Returns the calls of which there are not as many.
    """
    pairs, ambiguous = [], []
    for port, original in _by_scope(alignment, trace, sights):
        if len(port) == len(original):
            pairs += zip(port, original, strict=True)
        elif original:
            ambiguous.append(Ambiguous(tuple(port), tuple(original)))
    _link(alignment, pairs, "shape")
    return ambiguous


def align_by_fingerprint(alignment: Alignment, model, trace, ambiguous: list[Ambiguous]) -> None:
    """Link calls that were given and gave the same values, in whichever order: one forced replay of the first batch."""
    if not ambiguous:
        return
    batch = trace.batches[0]
    candidates = {sight.call: group.original for group in ambiguous for sight in group.port}
    masks = padding_masks(trace.inputs(batch))
    pairs, taken = [], set()

    def visit(sight: Sight, given, gave):
        for original in candidates.get(sight.call, ()):
            if original.call not in taken and _alike(trace, batch, original, given, gave, masks):
                taken.add(original.call)
                pairs.append((sight, original))
                return

    with Watching(model, visit):
        Replay(model, trace, batch, alignment).run(lambda *seen: None)
    _link(alignment, pairs, "fingerprint")


def _alike(trace, batch: str, original: Sight, given, gave, masks) -> bool:
    call = trace.calls(batch)[original.call]
    for entries, value in ((call.inputs, given), (call.outputs, gave)):
        if value is None:
            continue
        valid = next((mask for mask in masks if value.shape[:2] == mask.shape), None)
        found = arrange(trace.tensor(_main(trace, entries)), value, valid=valid)
        if found is None:
            return False
        theirs, ours = fingerprint(found, valid), fingerprint(value, valid)
        if not float((theirs - ours).abs().max()) <= CLOSE * float(theirs.abs().max()):
            return False
    return True


def fingerprint(tensor: torch.Tensor, valid: torch.Tensor | None) -> torch.Tensor:
    """Values of real tokens, sorted, at KEPT evenly spaced places: the same in whichever order the values come."""
    values = (tensor if valid is None else tensor[valid]).flatten().sort().values
    return values[torch.linspace(0, len(values) - 1, KEPT).round().long()]


def _by_scope(alignment: Alignment, trace, sights: list[Sight]):
    """For each pair of aligned calls and each shape: the unaligned calls of the port and of the original within them."""
    scopes = {"#0": "#0"}
    for sight in sights:
        link = alignment.links.get(sight.path)
        if link is not None and len(link.originals) == 1 and not link.originals[0].startswith("output:"):
            scopes[sight.call] = f"{link.originals[0]}#{sight.number + link.first_call}"
    linked = {original for link in alignment.links.values() for original in link.originals}
    theirs = _sights_of(trace)
    port, original = defaultdict(list), defaultdict(list)
    for sight in _in_order(sights):
        if sight.path and sight.path not in alignment.links and sight.gave:
            scope = _enclosing(sight, {each.call: each for each in sights}, scopes)
            port[scopes[scope], sight.given, sight.gave].append(sight)
    known, ends = {each.call: each for each in theirs}, set(scopes.values())
    for sight in theirs:
        if sight.path and sight.path not in linked and sight.gave:
            original[_enclosing(sight, known, ends), sight.given, sight.gave].append(sight)
    return [(calls, original[key]) for key, calls in port.items()]


def _in_order(sights: list[Sight]) -> list[Sight]:
    """Calls in the order in which they began, as a trace has them; hooks see them end."""
    inner = defaultdict(list)
    for sight in sights:
        inner[sight.outer].append(sight)
    ordered: list[Sight] = []

    def walk(call):
        for sight in inner[call]:
            ordered.append(sight)
            walk(sight.call)

    walk(None)
    return ordered


def _sights_of(trace) -> list[Sight]:
    """The original's calls on the first batch, without taps."""
    sights = []
    for call in trace.calls(trace.batches[0]).values():
        given, gave = _main(trace, call.inputs), _main(trace, call.outputs)
        if not call.module.startswith("tap:"):
            sizes = [trace.size(entry) if entry else None for entry in (given, gave)]
            sights.append(Sight(call.id, call.module, call.parent, *sizes))
    return sights


def _main(trace, entries: dict[str, dict]) -> dict | None:
    return next((entry for entry in entries.values() if "float" in entry["dtype"]), None)


def _enclosing(sight: Sight, known: dict[str, Sight], ends) -> str:
    at = sight.outer
    while at not in ends and at in known:
        at = known[at].outer
    return at if at in ends else "#0"


def _link(alignment: Alignment, pairs: list[tuple[Sight, Sight]], how: str) -> None:
    """Links for the modules of which every call was paired with a call of one module, all with the same offset."""
    found = defaultdict(set)
    for port, original in pairs:
        found[port.path].add((original.path, original.number - port.number))
    for path, originals in found.items():
        if len(originals) == 1:
            ((original, offset),) = originals
            alignment.links[path] = Link(path, (original,), how, first_call=offset)
            if path in alignment.without:
                alignment.without.remove(path)
