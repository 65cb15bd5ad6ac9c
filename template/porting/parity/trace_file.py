"""Read a trace that `original/tracer.py` wrote; tensors are loaded one at a time, when asked for."""

import json
import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from porting.errors import CannotRun
from porting.parity.precision import as_written


SCHEMA = 1


@dataclass(frozen=True)
class Call:
    """One call of one module of the original. `inputs` and `outputs` map a name to the key of a tensor."""

    id: str
    module: str
    parent: str | None
    inputs: dict[str, dict]
    outputs: dict[str, dict]


class Trace:
    """A whole trace. Raises CannotRun if it is missing, cut short or of another schema."""

    def __init__(self, path: Path):
        self.tensor_file = path.with_name(path.name + ".safetensors")
        described = path.with_name(path.name + ".json")
        try:
            self.record = json.loads(described.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise CannotRun(f"{described.name} is missing; run `make trace`") from None
        except ValueError:
            raise CannotRun(f"{described.name} is cut short; run `make trace` again") from None
        if self.record.get("schema") != SCHEMA:
            raise CannotRun(
                f"{described.name} has schema {self.record.get('schema')}, not {SCHEMA}; run `make trace` again"
            )
        try:
            self._file = safe_open(self.tensor_file, framework="pt")
        except FileNotFoundError:
            raise CannotRun(f"{self.tensor_file.name} is missing; run `make trace`") from None
        except SafetensorError:
            raise CannotRun(f"{self.tensor_file.name} is cut short; run `make trace` again") from None
        if (self._file.metadata() or {}).get("trace") != self.record["id"]:
            raise CannotRun(
                f"{self.tensor_file.name} and {described.name} are of different runs; run `make trace` again"
            )

    @property
    def batches(self) -> list[str]:
        return list(self.record["batches"])

    @property
    def weights(self) -> dict[str, dict]:
        """Original weight name -> {"shape", "dtype", "sum", "norm"} and "same_as" where two names share one tensor."""
        return self.record["weights"]

    @cached_property
    def original_dtype(self) -> torch.dtype:
        """The coarsest floating dtype among the original's weights."""
        dtypes = {weight["dtype"] for weight in self.weights.values()}
        return next((getattr(torch, name) for name in ("bfloat16", "float16") if name in dtypes), torch.float32)

    def tensor(self, entry: dict) -> torch.Tensor:
        with as_written():
            return self._file.get_tensor(entry["key"])

    def size(self, entry: dict) -> int:
        """How many numbers a tensor holds; it is not loaded."""
        return math.prod(self._file.get_slice(entry["key"]).get_shape())

    @cached_property
    def is_finite(self) -> bool:
        """Whether no tensor of the trace holds a NaN or an infinity."""
        return not any(
            "not_finite" in entry
            for batch in self.batches
            for call in self.calls(batch).values()
            for entry in (*call.inputs.values(), *call.outputs.values())
        )

    def inputs(self, batch: str) -> dict[str, torch.Tensor]:
        return {name: self.tensor(entry) for name, entry in self.record["batches"][batch]["inputs"].items()}

    def outputs(self, batch: str) -> dict[str, dict]:
        """Name of a final output -> the entry of its tensor."""
        return {name: entry for name, entry in self.record["batches"][batch]["outputs"].items() if entry}

    def calls(self, batch: str) -> dict[str, Call]:
        return self._calls[batch]

    @cached_property
    def _calls(self) -> dict[str, dict[str, Call]]:
        return {
            batch: {
                call["call"]: Call(call["call"], call["module"], call["parent"], call["inputs"], call["outputs"])
                for call in record["calls"]
            }
            for batch, record in self.record["batches"].items()
        }
