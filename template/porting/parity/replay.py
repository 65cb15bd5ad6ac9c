"""Forced replay: run the port, and at every aligned module put the original's tensors in the place of the port's.

Nothing accumulates that way. A module whose output differs, given the original's input, is itself at fault; a module
whose input differs got it from the code of the module around it, between its previous call and this one.
"""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch.overrides import TorchFunctionMode

from porting.parity.alignment import Alignment, Link
from porting.parity.layout import arrange


@dataclass(frozen=True)
class Place:
    """Where a tensor was seen: at the `input` or `output` side of one call of one module of the port.

    `blamed` is the module whose code made the tensor: the module itself for an output, the one around it for an input.
    """

    batch: str
    call: str
    path: str
    side: str
    blamed: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.batch, self.call, self.side


@dataclass
class Frame:
    """A call that is under way. `given` are its own input tensors, `made` what its children were given and gave.

    `judged` are the inputs of its children that were compared, `verified` says that its own input was.
    """

    path: str
    call: str
    outer: "Frame | None" = None
    given: list = field(default_factory=list)
    made: dict[str, torch.Tensor] = field(default_factory=dict)
    judged: dict[int, tuple] = field(default_factory=dict)
    verified: bool = False


# visit(place, frame of the blamed call, port's tensor, original's tensor in the port's layout, (batch, length) mask)
Visit = Callable[[Place, Frame, torch.Tensor, torch.Tensor, torch.Tensor | None], None]


class Widen(TorchFunctionMode):
    """Turns every cast to 32 bits in the model's code into one to 64, so that a model in 64 bits stays there."""

    resting = False

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if Widen.resting:
            return func(*args, **(kwargs or {}))
        if func is torch.Tensor.float:
            func = torch.Tensor.double
        args = tuple(torch.float64 if argument is torch.float32 else argument for argument in args)
        kwargs = {key: torch.float64 if value is torch.float32 else value for key, value in (kwargs or {}).items()}
        return func(*args, **kwargs)


@contextmanager
def as_written():
    """Within it casts mean what they say: for the code of the replay itself, which runs amid the model's."""
    Widen.resting = True
    try:
        yield
    finally:
        Widen.resting = False


class Replay:
    """Runs `model` on one batch of the trace. `unforced` holds (module path, side) pairs that are only looked at."""

    def __init__(self, model, trace, batch: str, alignment: Alignment, unforced=frozenset(), forced: bool = True):
        self.model, self.trace, self.batch = model, trace, batch
        self.links, self.unforced, self.forced = alignment.links, unforced, forced
        self.inputs = trace.inputs(batch)
        self.masks = padding_masks(self.inputs)
        self.calls = trace.calls(batch)
        self.unmatched: set[str] = set()

    def run(self, visit: Visit) -> dict[str, torch.Tensor]:
        """Run the model once and return its final outputs; `visit` sees every tensor that has a counterpart."""
        self.visit = visit
        self.stack: list[Frame] = []
        self.counts: dict[str, int] = {}
        self.dtype = next(self.model.parameters()).dtype
        hooks = []
        for path, module in self.model.named_modules():
            hooks.append(module.register_forward_pre_hook(self._before(path), with_kwargs=True))
            hooks.append(module.register_forward_hook(self._after(path)))
        try:
            return run_model(self.model, self.inputs)
        finally:
            for hook in hooks:
                hook.remove()

    def _before(self, path):
        @as_written()
        def before(module, args, kwargs):
            number = self.counts.get(path, 0)
            self.counts[path] = number + 1
            outer = self.stack[-1] if self.stack else None
            frame = Frame(path, f"{path}#{number}", outer, given=tensors_in((args, kwargs)))
            link = self.links.get(path)
            slot = main_slot(args, kwargs)
            if link and slot is not None and self.stack:
                value = slot.get(args, kwargs)
                expected = self._expected_input(link, number, value)
                blamed = self._maker_of(value)
                if expected is not None and not self._was_judged(blamed, value, expected):
                    if (
                        path,
                        "input",
                    ) not in self.unforced:  # else whoever gets the same tensor next is to be shown too
                        blamed.judged[id(value)] = (value, expected)
                    self._show(path, frame.call, "input", blamed, value, expected)
                if expected is not None and self.forced and (path, "input") not in self.unforced:
                    expected = self._keep_padding(value, expected)
                    args, kwargs = slot.put(args, kwargs, expected)
                    frame.given.append(expected)
                    frame.verified = True
                    self.stack[-1].made[f"input of {path}"] = expected
            self.stack.append(frame)
            return args, kwargs

        return before

    def _after(self, path):
        @as_written()
        def after(module, args, output):
            frame = self.stack.pop()
            link = self.links.get(path)
            value = main_output(output) if path else self._final_output(link, output)
            if value is not None:
                value, output = self._judge_output(path, frame, link, value, output)
                if self.stack:
                    self.stack[-1].made[frame.call] = value
            return output

        return after

    def _final_output(self, link, output):
        name = link.originals[0].removeprefix("output:") if link else None
        return output.get(name) if hasattr(output, "get") else main_output(output)

    def _judge_output(self, path, frame, link, value, output):
        number = int(frame.call.rpartition("#")[2])
        expected = self._expected_output(link, number, value) if link else None
        if expected is None:
            return value, output
        self._show(path, frame.call, "output", frame, value, expected)
        if self.forced and (path, "output") not in self.unforced:
            expected = self._keep_padding(value, expected)
            return expected, put_output(output, value, expected)
        return value, output

    def _show(self, path, call, side, blamed: Frame, value, expected):
        place = Place(self.batch, call, path, side, blamed.path)
        self.visit(place, blamed, value, expected, self._mask_of(value, path))

    @staticmethod
    def _was_judged(blamed: Frame, value, expected) -> bool:
        """Whether the same tensor was already held against the same original, at another child of the same call."""
        known = blamed.judged.get(id(value))
        return known is not None and torch.equal(known[1], expected)

    def _maker_of(self, value) -> Frame:
        """The innermost call under way that did not merely receive `value` from outside."""
        for frame in reversed(self.stack):
            if not any(value is given for given in frame.given):
                return frame
        return self.stack[0]

    def _expected_input(self, link: Link, number: int, value) -> torch.Tensor | None:
        if not value.is_floating_point() or link.skip == "input":
            return None
        for original in link.originals:
            call = self.calls.get(f"{original}#{number + link.first_call}")
            for entry in call.inputs.values() if call else ():
                tensor = self.trace.tensor(entry)
                if tensor.is_floating_point():
                    found = arrange(tensor, value, link.inputs, link.input_features, self._mask_of(value, link.port))
                    if found is not None:
                        return found
        return None

    def _expected_output(self, link: Link, number: int, value) -> torch.Tensor | None:
        tensors = []
        if link.skip == "output":
            return None
        for original in link.originals:
            if original.startswith("output:"):
                entries = [self.trace.outputs(self.batch).get(original.removeprefix("output:"))]
            else:
                call = self.calls.get(f"{original}#{number + link.first_call}")
                entries = list(call.outputs.values()) if call else [None]
            tensors.append([self.trace.tensor(entry) for entry in entries if entry])
        if not all(tensors):
            self.unmatched.add(link.port)
            return None
        valid = self._mask_of(value, link.port)
        if len(tensors) > 1:
            joined = torch.cat([group[0] for group in tensors], dim=-1)
            return arrange(joined, value, link.outputs, link.output_features, valid)
        for tensor in tensors[0]:
            if tensor.is_floating_point():
                found = arrange(tensor, value, link.outputs, link.output_features, valid)
                if found is not None:
                    return found
        self.unmatched.add(link.port)
        return None

    def _mask_of(self, value, path) -> torch.Tensor | None:
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


def run_model(model, inputs: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The model's final outputs; in 64 bits throughout if its weights are."""
    arguments = dict(inputs)
    if getattr(model.config, "use_cache", None) is not None:
        arguments["use_cache"] = False
    wide = next(model.parameters()).dtype == torch.float64
    default = torch.get_default_dtype()
    try:
        torch.set_default_dtype(torch.float64 if wide else default)
        with torch.no_grad():
            if wide:
                with Widen():
                    output = model(**arguments)
            else:
                output = model(**arguments)
    finally:
        torch.set_default_dtype(default)
    return {name: value for name, value in output.items() if isinstance(value, torch.Tensor)}


# --- where the main tensor of a call is ----------------------------------------------------------


@dataclass(frozen=True)
class Slot:
    """The place of one tensor among the arguments of a call."""

    where: int | str

    def get(self, args, kwargs):
        return args[self.where] if isinstance(self.where, int) else kwargs[self.where]

    def put(self, args, kwargs, value):
        if isinstance(self.where, int):
            return (*args[: self.where], value, *args[self.where + 1 :]), kwargs
        return args, {**kwargs, self.where: value}


def main_slot(args: tuple, kwargs: dict) -> Slot | None:
    """The argument a module works on: the first floating tensor that is no attention mask."""
    if isinstance(kwargs.get("hidden_states"), torch.Tensor):
        return Slot("hidden_states")
    for where, value in [*enumerate(args), *kwargs.items()]:
        if (
            isinstance(value, torch.Tensor)
            and value.is_floating_point()
            and value.ndim in (2, 3)
            and "mask" not in str(where)
        ):
            return Slot(where)
    return None


def main_output(output) -> torch.Tensor | None:
    """The tensor a module returns, or the first floating one of several."""
    return next((tensor for tensor in tensors_in(output) if tensor.is_floating_point()), None)


def put_output(output, value, replacement):
    """`output` with the tensor `value` replaced."""
    if output is value:
        return replacement
    if isinstance(output, tuple):
        return tuple(replacement if item is value else item for item in output)
    if isinstance(output, list):
        return [replacement if item is value else item for item in output]
    for key, item in output.items():
        if item is value:
            output[key] = replacement
    return output


def tensors_in(value) -> list[torch.Tensor]:
    """All tensors in nested tuples, lists and mappings, in order."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, tuple | list):
        return [tensor for item in value for tensor in tensors_in(item)]
    if hasattr(value, "values") and callable(value.values):
        return [tensor for item in value.values() for tensor in tensors_in(item)]
    return []
