"""The files of a converted checkpoint, planned before the first byte is written."""

import json
from dataclasses import dataclass
from pathlib import Path

from porting.conversion.plan import Group, Plan, Target
from porting.conversion.sources.safetensors_files import DTYPES


DTYPE_NAMES = {dtype: name for name, dtype in DTYPES.items()}


@dataclass(frozen=True)
class Shard:
    """One file and what is in it, in the order of writing."""

    name: str
    groups: list[Group]

    @property
    def targets(self) -> list[Target]:
        return [target for group in self.groups for target in group.targets]

    def header(self) -> bytes:
        """The start of the safetensors file: 8 bytes of length, then names, dtypes, shapes and offsets as JSON."""
        entries: dict = {"__metadata__": {"format": "pt"}}
        offset = 0
        for target in self.targets:
            entries[target.name] = {
                "dtype": DTYPE_NAMES[target.dtype],
                "shape": list(target.shape),
                "data_offsets": [offset, offset + target.nbytes],
            }
            offset += target.nbytes
        text = json.dumps(entries, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        return len(text).to_bytes(8, "little") + text


def plan_shards(plan: Plan, shard_bytes: int) -> list[Shard]:
    """Cut the plan into files of at most `shard_bytes`, or of one group where that alone is larger."""
    # Wide dtypes first: then every tensor of a file is aligned to its own width.
    groups = sorted(plan.groups, key=lambda group: -max(target.dtype.itemsize for target in group.targets))
    parts: list[list[Group]] = [[]]
    size = 0
    for group in groups:
        if parts[-1] and size + group.nbytes > shard_bytes:
            parts.append([])
            size = 0
        parts[-1].append(group)
        size += group.nbytes
    if len(parts) == 1:
        return [Shard("model.safetensors", parts[0])]
    return [Shard(f"model-{i:05}-of-{len(parts):05}.safetensors", part) for i, part in enumerate(parts, start=1)]


def write_index(shards: list[Shard], folder: Path) -> None:
    """Say in `model.safetensors.index.json` which weight is in which file, where there are several files."""
    if len(shards) == 1:
        return
    places = {target.name: shard.name for shard in shards for target in shard.targets}
    total = sum(target.nbytes for shard in shards for target in shard.targets)
    index = {"metadata": {"total_size": total}, "weight_map": dict(sorted(places.items()))}
    text = json.dumps(index, indent=2) + "\n"
    (folder / "model.safetensors.index.json").write_text(text, encoding="utf-8")
