"""Run the forced replay in 32 and in 64 bits and judge every difference against the port's own rounding noise."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch

from porting.parity.alignment import Alignment
from porting.parity.replay import Frame, Place, Replay
from porting.parity.trace_file import Trace


FACTOR = 16.0
# Two runs of one module on one input never differ by more than this share of its largest value, unless it is random.
MOST_NOISE = 1e-3


@dataclass
class Measurement:
    """One place. `difference` is max |original - port in 64 bits| over real tokens, `noise` what rounding explains.

    `noise` = max(max |port in 32 bits - port in 64 bits|, half an ulp of the largest value of the original).
    """

    place: Place
    difference: float
    noise: float
    scale: float
    order: int
    is_random: bool = False

    @property
    def ratio(self) -> float:
        return self.difference / self.noise if self.noise else 0.0

    @property
    def guilty(self) -> bool:
        return not self.ratio <= FACTOR


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


def measure(model, trace, alignment: Alignment, unforced=frozenset(), batches=None) -> list[Measurement]:
    """Every place of every batch, in the order of the calls. `model` is left in 64 bits."""
    batches = batches or trace.batches
    with Spill() as spill:
        model.float()
        for batch in batches:
            Replay(model, trace, batch, alignment, unforced).run(
                lambda place, frame, port, original, valid: spill.write(place.key, port)
            )
        measurements: list[Measurement] = []

        def compare(place: Place, frame: Frame, port, original, valid):
            narrow = (
                spill.read(place.key) if place.key in spill.index else port
            )  # a random port may call other modules
            measurements.append(
                _measure_one(place, port, narrow, original, valid, len(measurements), trace.original_dtype)
            )

        model.double()
        for batch in batches:
            Replay(model, trace, batch, alignment, unforced).run(compare)
    return measurements


def collect(model, trace, alignment: Alignment, places: list[Place], unforced=frozenset()) -> dict[tuple, Evidence]:
    """The Evidence at each of `places`, by `place.key`; one more replay of the batches concerned, in 64 bits."""
    wanted = {place.key for place in places}
    found: dict[tuple, Evidence] = {}
    model.double()
    for batch in dict.fromkeys(place.batch for place in places):
        replay = Replay(model, trace, batch, alignment, unforced)

        def look(place: Place, frame: Frame, port, original, valid, replay=replay):
            if place.key in wanted:
                found[place.key] = Evidence(
                    place,
                    port.detach(),
                    original,
                    valid,
                    list(frame.given),
                    dict(frame.made),
                    around(frame),
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


def _measure_one(place, port, narrow, original, valid, order, dtype) -> Measurement:
    if valid is not None:
        port, narrow, original = port[valid], narrow[valid], original[valid]
    difference = (original - port).abs()
    noise = (narrow.to(port.dtype) - port).abs()
    scale = float(original.abs().max()) if original.numel() else 0.0
    largest = float(difference.max()) if difference.numel() else 0.0
    return Measurement(
        place,
        difference=largest,
        noise=max(min(_finite(noise), MOST_NOISE * scale), torch.finfo(dtype).eps / 2 * scale, 1e-30),
        scale=scale,
        order=order,
        is_random=_finite(noise) > MOST_NOISE * scale,
    )


def _finite(noise: torch.Tensor) -> float:
    finite = noise[noise.isfinite()]
    return float(finite.max()) if finite.numel() else 0.0


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
