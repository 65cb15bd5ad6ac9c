"""Run the forced replay in 32 and, where that cannot decide, in 64 bits; judge by the port's own rounding noise.

A place is guilty if |original - port in 64 bits| > FACTOR * noise, where noise is what rounding did to the port, and
never less than half an ulp of the largest value. A difference in 32 bits of (FACTOR - 1) such halves or less therefore
proves innocence: 64 bits can add no more than the noise itself. Only the other places are computed again.
"""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import torch

from porting.parity.links import Alignment
from porting.parity.replay import Called, Frame, Place, Replay, spare
from porting.parity.spread import agree
from porting.parity.trace_file import Trace


FACTOR = 16.0
# Two runs of one module on one input never differ by more than this share of its largest value, unless it is random.
MOST_NOISE = 1e-3


@dataclass
class Measurement:
    """One place. `difference` is max |original - port| over real tokens, `noise` what rounding explains of it.

    With `bits` 64 the port was computed in 64 bits, and `noise` = max(max |port in 32 bits - port in 64 bits|, half an
    ulp of the original's largest value); with 32 that half ulp alone was enough to see that the place is innocent.
    """

    place: Place
    difference: float
    noise: float
    scale: float
    order: int
    bits: int = 64
    is_random: bool = False

    @property
    def ratio(self) -> float:
        return self.difference / self.noise if self.noise else 0.0

    @property
    def guilty(self) -> bool:
        return self.bits == 64 and not self.ratio <= FACTOR


@dataclass
class Measured:
    """All measurements in the order of the calls, and by batch what the replay noted of each call."""

    measurements: list[Measurement] = field(default_factory=list)
    called: dict[str, dict[str, Called]] = field(default_factory=dict)


@dataclass
class Evidence:
    """The tensors at one guilty place, in 64 bits: what the port has, what the original has, and what was around.

    `given` are the inputs of the blamed call; `made` are the tensors its children gave until then, by call.
    `trace` is where other tensors of the original can be looked up.
    `verified` says that the main input of the blamed call was held against the original's.
    `around` are the calls that enclose the blamed one, innermost first, each as (path, its inputs).
    `valid` is the (batch, length) mask of real tokens, None where it does not apply.
    """

    place: Place
    port: torch.Tensor
    original: torch.Tensor
    valid: torch.Tensor | None
    given: list[torch.Tensor]
    made: dict[str, torch.Tensor]
    around: list[tuple[str, list[torch.Tensor]]]
    inputs: dict[str, torch.Tensor]
    trace: Trace | None = None
    verified: bool = True


def measure(model, trace, alignment: Alignment, unforced=frozenset(), batches=None) -> Measured:
    """Every place of every batch."""
    measured = Measured()
    for batch in batches or trace.batches:
        with Spill() as spill:
            _measure_batch(model, trace, batch, alignment, unforced, spill, measured)
    measured.measurements = agree(measured.measurements)
    return measured


def _measure_batch(model, trace, batch, alignment, unforced, spill, measured) -> None:
    at: dict[tuple, int] = {}

    def screen(place: Place, frame: Frame, port, original, valid):
        measurement = _screen(place, port, original, valid, len(measured.measurements), trace.original_dtype)
        if measurement.bits == 64:
            spill.write(place.key, port)
            at[place.key] = measurement.order
        measured.measurements.append(measurement)

    def decide(place: Place, frame: Frame, port, original, valid):
        if place.key in at and place.key in spill.index:
            measured.measurements[at[place.key]] = _measure_one(
                place, port, spill.read(place.key), original, valid, at[place.key], trace.original_dtype
            )

    narrow = Replay(model, trace, batch, alignment, unforced)
    narrow.run(screen)
    measured.called[batch] = narrow.called
    at = agree(at)
    if at:
        spared = spare(narrow.called, [(call, side) for _, call, side in at])
        Replay(model, trace, batch, alignment, unforced, wide=True, spared=spared).run(decide)


def collect(model, trace, alignment: Alignment, places: list[Place], measured: Measured) -> dict[tuple, Evidence]:
    """The Evidence at each of `places`, by `place.key`; one more replay of the batches concerned, in 64 bits."""
    found: dict[tuple, Evidence] = {}
    for batch in dict.fromkeys(place.batch for place in places):
        wanted = {place.key: place for place in places if place.batch == batch}
        called = measured.called[batch]
        replay = Replay(
            model,
            trace,
            batch,
            alignment,
            wide=True,
            spared=spare(called, [side for each in wanted.values() for side in each.calls]),
            keep=frozenset(place.maker for place in wanted.values()),
        )

        def look(place: Place, frame: Frame, port, original, valid, replay=replay, wanted=wanted):
            if place.key in wanted:
                here: dict[int, torch.Tensor] = {}  # from whatever device, each once: causes go by identity

                def bring(tensor):
                    return here.setdefault(id(tensor), tensor.cpu())

                found[place.key] = Evidence(
                    place,
                    port.detach(),
                    original,
                    valid,
                    [bring(tensor) for tensor in frame.given],
                    {call: bring(tensor) for call, tensor in frame.made.items()},
                    [(path, [bring(tensor) for tensor in given]) for path, given in around(frame)],
                    replay.inputs,
                    trace,
                    frame.verified,
                )

        replay.run(look)
    return found


def around(frame: Frame) -> list[tuple[str, list[torch.Tensor]]]:
    """(path, inputs) of each call that encloses `frame`, innermost first."""
    calls = []
    while frame.outer is not None:
        frame = frame.outer
        calls.append((frame.path, list(frame.given)))
    return calls


def _screen(place, port, original, valid, order, dtype) -> Measurement:
    """What 32 bits tell; `bits` is 64 if they cannot decide."""
    scale = _largest(original, valid)
    difference = 0.0 if torch.equal(original, port) else _largest(original - port, valid)
    floor = _floor(scale, dtype)
    decided = difference <= (FACTOR - 1) * floor
    return Measurement(place, difference, floor, scale, order, bits=32 if decided else 64)


def _measure_one(place, port, narrow, original, valid, order, dtype) -> Measurement:
    scale = _largest(original, valid)
    rounding = (narrow.to(port.dtype) - port).nan_to_num_(0.0, 0.0, 0.0)
    noise = _largest(rounding, valid)
    return Measurement(
        place,
        difference=_largest(original - port, valid),
        noise=max(min(noise, MOST_NOISE * scale), _floor(scale, dtype)),
        scale=scale,
        order=order,
        is_random=noise > MOST_NOISE * scale,
    )


def _floor(scale: float, dtype: torch.dtype) -> float:
    return max(torch.finfo(dtype).eps / 2 * scale, 1e-30)


def _largest(tensor: torch.Tensor, valid: torch.Tensor | None) -> float:
    """The largest absolute value, over real tokens; NaN if one of them is."""
    if not tensor.numel():
        return 0.0
    if valid is not None and not bool(valid.all()):
        tensor = tensor[valid]
    low, high = (float(each) for each in tensor.aminmax())
    return max(-low, high)


class Spill:
    """Tensors put aside on disk, so that a replay holds no more than one module's activations in memory."""

    def __enter__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="parity-")
        self.file = open(Path(self.directory.name) / "tensors", "w+b")
        self.index: dict[tuple, tuple[int, torch.Size]] = {}
        return self

    def __exit__(self, *error):
        self.file.close()
        self.directory.cleanup()

    def write(self, key: tuple, tensor: torch.Tensor) -> None:
        self.file.seek(0, 2)
        self.index[key] = (self.file.tell(), tensor.shape)
        self.file.write(tensor.detach().float().contiguous().cpu().numpy().data)

    def read(self, key: tuple) -> torch.Tensor:
        """The tensor in 32 bits. Raises KeyError if the two runs of the port did not make the same calls."""
        start, shape = self.index[key]
        self.file.seek(start)
        raw = bytearray(self.file.read(shape.numel() * 4))
        return torch.frombuffer(raw, dtype=torch.float32).reshape(shape) if raw else torch.empty(shape)
