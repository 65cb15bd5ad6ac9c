"""JSON reports under `reports/`, written whole or not at all."""

import json
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
