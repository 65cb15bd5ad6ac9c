"""JSON reports under `reports/`, written whole or not at all."""

import json
import math
import os
from pathlib import Path


def write_report(directory: Path, name: str, content: dict) -> Path:
    """Write `<directory>/<name>.json` in one step and return its path."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{name}.json"
    scratch = path.with_suffix(f".{os.getpid()}.tmp")
    scratch.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    scratch.replace(path)
    return path


def as_number(value, digits: int = 3):
    """A float rounded for a report, None if it is not finite (JSON has no NaN); anything else as it is."""
    if not isinstance(value, float):
        return value
    return float(f"{value:.{digits}g}") if math.isfinite(value) else None
