"""Forced replay: run the port, and at every aligned module put the original's tensors in the place of the port's.

Nothing accumulates that way. A module whose output differs, given the original's input, is itself at fault; a module
whose input differs got it from the code of the module around it, between its previous call and this one.

And so a call that is not in question need not be computed a second time: what it would give is in the trace.
"""

import weakref
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field

import torch

from porting.parity.layout import arrange
from porting.parity.links import Alignment, Link
from porting.parity.precision import as_written, in_64_bits
from porting.parity.slots import main_output, main_slot, put_output, tensors_in
from porting.parity.spread import device_of, part, whole


@dataclass(frozen=True)
class Place:
    """Where a tensor was seen: at the `input` or `output` side of one call of one module of the port.

    `maker` is the call whose code made the tensor: the call itself for an output; for an input the one around it, or
    one that is over and gave the tensor, where the original has nothing to hold its output against.
    """

    batch: str
    call: str
    path: str
    side: str
    maker: str

    @property
    def blamed(self) -> str:
        """The module whose code made the tensor."""
        return self.maker.rpartition("#")[0]

    @property
    def calls(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """The (call, side) places that show the tensor and how it was made."""
        return (self.call, self.side), (self.maker, "output")

    @property
    def key(self) -> tuple[str, str, str]:
        return self.batch, self.call, self.side


@dataclass
class Frame:
    """A call that is under way. `given` are its own input tensors, `made` what its children were given and gave.

    `judged` are the inputs of its children that were compared, `verified` says that its own input was, or is the original's. `gave` are its
    children that are over, by the tensor that they gave and that was not compared.
    """

    path: str
    call: str
    outer: "Frame | None" = None
    given: list = field(default_factory=list)
    made: dict[str, torch.Tensor] = field(default_factory=dict)
    judged: dict[int, tuple] = field(default_factory=dict)
    gave: dict[int, tuple] = field(default_factory=dict)
    verified: bool = False
    spared: bool = False

    def remember(self, value: torch.Tensor, key, expected: torch.Tensor) -> None:
        self.judged = {each: known for each, known in self.judged.items() if known[0]() is not None}
        self.judged[id(value)] = weakref.ref(value), key, expected

    def has_judged(self, value: torch.Tensor, key, expected: torch.Tensor) -> bool:
        """Whether the same tensor was already held against the same original, at another child of this call."""
        known = self.judged.get(id(value))
        if known is None or known[0]() is not value:
            return False
        return known[1] == key or torch.equal(known[2], expected)

    def child_that_gave(self, value: torch.Tensor) -> "Frame | None":
        """The child that is over and gave this very tensor, not compared, if its own input was."""
        known = self.gave.get(id(value))
        return known[1] if known is not None and known[0]() is value else None


@dataclass
class Called:
    """What one replay notes of a call for the next. `shape` is that of its output where the trace alone can supply it.

    `device` is where that output was. `inner` counts the calls of each module within it.
    """

    outer: str | None
    shape: torch.Size | None = None
    device: torch.device | None = None
    inner: Counter = field(default_factory=Counter)


# visit(place, frame of the blamed call, port's tensor, original's tensor in the port's layout, (batch, length) mask)
Visit = Callable[[Place, Frame, torch.Tensor, torch.Tensor, torch.Tensor | None], None]


class Replay:
    """Runs `model` on one batch of the trace, in 64 bits if `wide`.

    unforced  (module path, side) pairs that are only looked at
    spared    calls that are not computed: the trace supplies their output. See `spare`
    keep      calls of which `Frame.made` is wanted
    """

    def __init__(
        self,
        model,
        trace,
        batch: str,
        alignment: Alignment,
        unforced=frozenset(),
        forced: bool = True,
        wide: bool = False,
        spared: dict[str, Called] | None = None,
        keep=frozenset(),
    ):
        self.model, self.trace, self.batch = model, trace, batch
        self.links, self.unforced, self.forced = alignment.links, unforced, forced
        self.wide, self.spared, self.keep = wide, spared or {}, keep
        self.inputs = trace.inputs(batch)
        self.masks = padding_masks(self.inputs)
        self.calls = trace.calls(batch)
        self.called: dict[str, Called] = {}

    def run(self, visit: Visit) -> dict[str, torch.Tensor]:
        """Run the model once and return its final outputs; `visit` sees every tensor that has a counterpart."""
        self.visit = visit
        self.stack: list[Frame] = []
        self.counts: Counter = Counter()
        self.originals: dict[int, weakref.ref] = {}
        spared_paths = {call.rpartition("#")[0] for call in self.spared}
        hooks, replaced = [], []
        for path, module in self.model.named_modules():
            hooks.append(module.register_forward_pre_hook(self._before(path), with_kwargs=True))
            hooks.append(module.register_forward_hook(self._after(path)))
            if path in spared_paths:
                replaced.append((module, module.__dict__.get("forward")))
                module.forward = self._unless_spared(path, module.forward)
        try:
            return run_model(self.model, self.inputs, self.wide)
        finally:
            for hook in hooks:
                hook.remove()
            for module, forward in replaced:
                del module.forward
                if forward is not None:
                    module.forward = forward

    def _before(self, path):
        @as_written()
        def before(module, args, kwargs):
            number = self.counts[path]
            self.counts[path] += 1
            outer = self.stack[-1] if self.stack else None
            frame = Frame(path, f"{path}#{number}", outer, given=tensors_in((args, kwargs)))
            self.called[frame.call] = Called(outer.call if outer else None)
            link = self.links.get(path)
            slot = main_slot(args, kwargs)
            if slot is not None and self.stack:
                frame.verified = self._is_the_originals(slot.get(args, kwargs))
                if link:
                    args, kwargs = self._judge_input(module, frame, link, number, slot, args, kwargs)
            self.stack.append(frame)
            return args, kwargs

        return before

    def _judge_input(self, module, frame: Frame, link: Link, number: int, slot, args, kwargs):
        own = slot.get(args, kwargs)
        value = whole(module, "input", own)
        key, expected = self._expected_input(link, number, value)
        if expected is None:
            return args, kwargs
        free = (frame.path, "input") in self.unforced
        blamed = self._maker_of(own)
        if not blamed.has_judged(own, key, expected):
            if not free:  # else whoever gets the same tensor next is to be shown too
                blamed.remember(own, key, expected)
            self._show(frame.path, frame.call, "input", blamed, value, expected)
        if self.forced and not free:
            expected = self._keep_padding(value, expected)
            forced = part(expected, module, own)
            args, kwargs = slot.put(args, kwargs, forced)
            frame.given += [expected] if forced is expected else [forced, expected]
            frame.verified = True
            self.originals[id(forced)] = weakref.ref(forced)
            if self.stack[-1].call in self.keep:
                self.stack[-1].made[f"input of {frame.path}"] = expected
        return args, kwargs

    def _after(self, path):
        @as_written()
        def after(module, args, output):
            frame = self.stack.pop()
            called = self.called[frame.call]
            if called.outer is not None:
                self.called[called.outer].inner.update([path, *called.inner.elements()])
            link = self.links.get(path)
            own = main_output(output) if path else self._final_output(link, output)
            if own is not None:
                value = whole(module, "output", own)
                expected = None if frame.spared else self._judge_output(path, frame, link, value)
                if expected is not None:
                    if output is own is value and self.trace.is_finite:
                        called.shape, called.device = value.shape, value.device
                    forced = part(expected, module, own)
                    value, output = expected, put_output(output, own, forced)
                    self.originals[id(forced)] = weakref.ref(forced)
                elif self.stack and self._answers_for_its_output(frame, module):
                    self.stack[-1].gave[id(own)] = weakref.ref(own), frame
                if self.stack and self.stack[-1].call in self.keep:
                    self.stack[-1].made[frame.call] = value
            return output

        return after

    def _answers_for_its_output(self, frame: Frame, module) -> bool:
        """Whether a call of the port's own code, given what the original was given, made what was not compared."""
        return frame.verified and not frame.spared and type(module).__module__ == type(self.model).__module__

    def _is_the_originals(self, value: torch.Tensor) -> bool:
        """Whether this very tensor was put in the place of the port's."""
        known = self.originals.get(id(value))
        return known is not None and known() is value

    def _unless_spared(self, path, forward):
        def instead(*args, **kwargs):
            frame = self.stack[-1]
            known = self.spared.get(frame.call)
            if known is None:
                return forward(*args, **kwargs)
            with as_written():
                like = torch.empty(known.shape, dtype=torch.float64 if self.wide else torch.float32, device="meta")
                number = int(frame.call.rpartition("#")[2])
                supplied = self._expected_output(self.links[path], number, like, known.device)
            if supplied is None:  # only the port's own values tell which of several layouts it is
                return forward(*args, **kwargs)
            frame.spared = True
            self.counts.update(known.inner)
            self.called[frame.call].inner = known.inner
            return supplied

        return instead

    def _final_output(self, link, output):
        name = link.originals[0].removeprefix("output:") if link else None
        return output.get(name) if hasattr(output, "get") else main_output(output)

    def _judge_output(self, path, frame, link, value) -> torch.Tensor | None:
        """Show what a call gave beside the original's; the result is what it is to give instead, None to leave it."""
        number = int(frame.call.rpartition("#")[2])
        expected = self._expected_output(link, number, value, value.device) if link else None
        if expected is None:
            return None
        self._show(path, frame.call, "output", frame, value, expected)
        if self.forced and (path, "output") not in self.unforced:
            return self._keep_padding(value, expected)
        return None

    def _show(self, path, call, side, blamed: Frame, value, expected):
        place = Place(self.batch, call, path, side, blamed.call)
        self.visit(place, blamed, value.cpu(), expected.cpu(), self._mask_of(value))

    def _maker_of(self, value) -> Frame:
        """The innermost call under way that did not merely receive `value` from outside, or its child that gave it."""
        received = (frame for frame in reversed(self.stack) if not any(value is given for given in frame.given))
        maker = next(received, self.stack[0])
        while (child := maker.child_that_gave(value)) is not None:
            maker = child
        return maker

    def _expected_input(self, link: Link, number: int, value) -> tuple:
        """(what tells it from others, the original's tensor in the layout of `value`); (None, None) if there is none."""
        if not value.is_floating_point() or link.skip == "input":
            return None, None
        for original in link.originals:
            call = self.calls.get(f"{original}#{number + link.first_call}")
            for entry in call.inputs.values() if call else ():
                tensor = self.trace.tensor(entry).to(value.device)
                if tensor.is_floating_point():
                    found = arrange(tensor, value, link.inputs, link.input_features, self._mask_of(value))
                    if found is not None:
                        return (entry["key"], id(link.inputs)), found
        return None, None

    def _expected_output(self, link: Link, number: int, value, device) -> torch.Tensor | None:
        tensors = []
        if link.skip == "output":
            return None
        for original in link.originals:
            if original.startswith("output:"):
                entries = [self.trace.outputs(self.batch).get(original.removeprefix("output:"))]
            else:
                call = self.calls.get(f"{original}#{number + link.first_call}")
                entries = list(call.outputs.values()) if call else [None]
            tensors.append([self.trace.tensor(entry).to(device) for entry in entries if entry])
        if not all(tensors):
            return None
        valid = self._mask_of(value)
        if len(tensors) > 1:
            joined = torch.cat([group[0] for group in tensors], dim=-1)
            return arrange(joined, value, link.outputs, link.output_features, valid)
        for tensor in tensors[0]:
            if tensor.is_floating_point():
                found = arrange(tensor, value, link.outputs, link.output_features, valid)
                if found is not None:
                    return found
        return None

    def _mask_of(self, value) -> torch.Tensor | None:
        fitting = [mask for mask in self.masks if value.ndim >= 2 and value.shape[:2] == mask.shape]
        if not fitting:
            return None
        return torch.stack(fitting).all(0)

    def _keep_padding(self, value, expected):
        """Where the original has no number (fully masked padding), the port's own value stays."""
        if self.trace.is_finite:
            return expected
        return torch.where(expected.isnan(), value.to(expected.dtype), expected)


def padding_masks(inputs: dict[str, torch.Tensor]) -> list[torch.Tensor]:
    """(batch, length) bool, true where a token counts: of the input, and of the decoder's input where there is one."""
    masks = []
    for prefix in ("", "decoder_"):
        mask = inputs.get(f"{prefix}attention_mask")
        if mask is None and f"{prefix}input_ids" in inputs:
            mask = torch.ones_like(inputs[f"{prefix}input_ids"])
        if mask is not None:
            masks.append(mask.bool())
    return masks


def spare(called: dict[str, Called], wanted: Iterable[tuple[str, str]]) -> dict[str, Called]:
    """The calls that need not be computed again to see the (call, side) places that are `wanted`."""
    needed = set()
    for call, side in wanted:
        at = call if side == "output" else called[call].outer
        while at is not None and at not in needed:
            needed.add(at)
            at = called[at].outer
    return {call: each for call, each in called.items() if each.shape is not None and call not in needed}


def run_model(model, inputs: dict[str, torch.Tensor], wide: bool = False) -> dict[str, torch.Tensor]:
    """The model's final outputs; computed in 64 bits throughout if `wide`."""
    arguments = {name: value.to(device_of(model)) for name, value in inputs.items()}
    if getattr(model.config, "use_cache", None) is not None:
        arguments["use_cache"] = False
    with torch.no_grad(), in_64_bits() if wide else nullcontext():
        output = model(**arguments)
    return {name: value.cpu() for name, value in output.items() if isinstance(value, torch.Tensor)}
