"""Lets the parent's conversion rules hold under the names of a port, until the port has rules of its own.

Standard library only.
"""

import ast
from functools import wraps
from pathlib import Path
from types import ModuleType

from .kinship import kinship_of
from .registration import Registration


def enter(port: Registration, module: ModuleType, rules: Path) -> None:
    """Complete `transformers.conversion_mapping`, which builds its mapping when it is first asked for.

    `RULES` of `rules`, when not empty, stands in the place of the parent's entries under every name of the port.
    """
    build = getattr(module, "_build_checkpoint_conversion_mapping", None)
    if build is None or port.base_model is None:
        return

    @wraps(build)
    def build_with_port():
        mapping = build()
        kinship = kinship_of(port)
        if has_rules(rules):
            main = {name for name, config in kinship.configs.items() if config == kinship.configs[port.model_type]}
            mapping.update(dict.fromkeys(main, load_rules(rules)))
            return mapping
        for parent_name in list(mapping):
            for own_name in (*kinship.types.get(parent_name, ()), kinship.counterpart(parent_name)):
                if own_name:
                    mapping.setdefault(own_name, list(mapping[parent_name]))
        return mapping

    module._build_checkpoint_conversion_mapping = build_with_port


def has_rules(source: Path) -> bool:
    """Whether a file gives `RULES` anything but an empty list; nothing of it is run."""
    try:
        body = ast.parse(source.read_text(encoding="utf-8")).body
    except (OSError, SyntaxError, ValueError):
        return False
    for statement in body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == "RULES" for target in targets):
            value = statement.value
            return not (isinstance(value, ast.List | ast.Tuple) and not value.elts)
    return False


def load_rules(source: Path) -> list:
    """`RULES` of a file. Raises RuntimeError, in one line, if the file does not load."""
    import importlib.util

    spec = importlib.util.spec_from_file_location("port_conversion_rules", source)
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # whatever the porter's file raises
        raise RuntimeError(f"conversion/rules.py does not load ({type(error).__name__}: {error}); mend it") from error
    return list(module.RULES)
