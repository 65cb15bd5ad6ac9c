"""How the models spell themselves that are being made, and so are in no auto mapping yet."""

import ast
from collections.abc import Iterator
from pathlib import Path


def configurations_of(model: str, source: str) -> dict[str, str]:
    """The entries that the auto mapping will have for this model, read from its modular or configuration file.

    That is each configuration class that says its `model_type`, and for `qwen3_5_next` what its classes begin with
    (`Qwen3_5Next`), letter for letter but for case and underscores.
    """
    try:
        classes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)]
    except (SyntaxError, ValueError):
        return {}
    entries = {}
    for node in classes:
        for model_type in _model_types(node):
            if node.name.endswith("Config"):
                entries[model_type] = node.name
    for prefix in (found for node in sorted(classes, key=_configuration_first) for found in _prefixes(node, model)):
        entries.setdefault(model, f"{prefix}Config")
    return entries


def entries_of(models: Path) -> dict[str, str]:
    """Those of all models in this directory of a workspace."""
    entries: dict[str, str] = {}
    for beginning in ("modular_", "configuration_"):
        for path in sorted(models.glob(f"*/{beginning}*.py")):
            found = configurations_of(path.stem.removeprefix(beginning), path.read_text(encoding="utf-8"))
            entries = found | entries
    return entries


def _configuration_first(node: ast.ClassDef) -> bool:
    return not node.name.endswith("Config")


def _model_types(node: ast.ClassDef) -> Iterator[str]:
    for line in node.body:
        if isinstance(line, (ast.Assign, ast.AnnAssign)) and isinstance(line.value, ast.Constant):
            target = line.targets[0] if isinstance(line, ast.Assign) else line.target
            if isinstance(target, ast.Name) and target.id == "model_type" and isinstance(line.value.value, str):
                yield line.value.value


def _prefixes(node: ast.ClassDef, model: str) -> Iterator[str]:
    wanted = model.replace("_", "")
    for length in range(len(wanted), len(node.name)):
        if node.name[:length].replace("_", "").lower() == wanted and node.name[length].isupper():
            yield node.name[:length]
