"""The auto mappings of a release of Transformers, read from its sources: nothing of it is imported.

Standard library only.
"""

import ast
from dataclasses import dataclass, field
from pathlib import Path


CONFIGS = "CONFIG_MAPPING_NAMES"
MODULES = "SPECIAL_MODEL_TYPE_TO_MODULE_NAME"

# In the order in which Transformers imports them: the later ones add to the mappings of the first.
_FILES = (
    "auto_mappings",
    "configuration_auto",
    "modeling_auto",
    "processing_auto",
    "image_processing_auto",
    "video_processing_auto",
    "feature_extraction_auto",
    "tokenization_auto",
)


@dataclass(frozen=True)
class AutoMappings:
    """`tables`: name of a mapping -> model type -> class name, tuple of them, or dictionary backend -> class name.

    `files`: file of `models/auto`, without ending -> the names of the mappings it writes, in order.
    """

    tables: dict[str, dict[str, object]]
    files: dict[str, list[str]] = field(default_factory=dict)

    @property
    def configs(self) -> dict[str, str]:
        """Model type -> configuration class."""
        return self.tables[CONFIGS]

    def module_of(self, model_type: str) -> str:
        """The directory of `transformers/models` that a model type lives in."""
        return self.tables[MODULES].get(model_type, model_type.replace("-", "_"))

    def models_of(self, model_type: str) -> dict[str, list[str]]:
        """Mapping of `modeling_auto.py` -> the classes it gives for a model type, of the mappings that have it."""
        found = {}
        for name in self.files["modeling_auto"]:
            classes = class_names(self.tables[name].get(model_type))
            if classes:
                found[name] = classes
        return found


def class_names(value: object) -> list[str]:
    """The classes an entry names, whatever its form: a name, a tuple or a dictionary of names, None."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        value = value.values()
    return [name for name in value or () if isinstance(name, str)]


def read_auto_mappings(transformers: Path) -> AutoMappings:
    """Read the mappings of the package in a directory. Raises FileNotFoundError if it has no auto classes."""
    tables: dict[str, dict[str, object]] = {}
    files: dict[str, list[str]] = {}
    for name in _FILES:
        source = transformers / "models" / "auto" / f"{name}.py"
        if not source.is_file() and name != "configuration_auto":
            continue
        files[name] = []
        for statement in _statements(ast.parse(source.read_text(encoding="utf-8")).body):
            written = _run(statement, tables)
            if written and written not in files[name]:
                files[name].append(written)
    tables.setdefault(MODULES, {})
    return AutoMappings(tables, files)


def _statements(body: list[ast.stmt]):
    for statement in body:
        if isinstance(statement, ast.If):
            # `if TYPE_CHECKING:` holds what is for type checkers only.
            checking = isinstance(statement.test, ast.Name) and statement.test.id == "TYPE_CHECKING"
            yield from _statements(statement.orelse if checking else statement.body)
        else:
            yield statement


def _run(statement: ast.stmt, tables: dict[str, dict[str, object]]) -> str | None:
    """Carry out an assignment to a mapping, or an update of one; return the mapping's name."""
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        value = _mapping(statement.value, tables)
        if value is not None:
            tables[statement.targets[0].id] = value
            return statement.targets[0].id
    call = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "update":
        name = getattr(call.func.value, "id", None)
        value = _mapping(call.args[0], tables) if call.args else None
        if name in tables and value is not None:
            tables[name].update(value)
            return name
    return None


def _mapping(node: ast.expr, tables: dict[str, dict[str, object]]) -> dict[str, object] | None:
    """What `OrderedDict([...])`, `OrderedDict(**a, **b)`, `{...}` or the name of a mapping stands for; else None."""
    if isinstance(node, ast.Name):
        return dict(tables[node.id]) if node.id in tables else None
    if isinstance(node, ast.Dict):
        keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
        if not keys or not all(isinstance(key, str) for key in keys):
            return None
        return {key: _value(value) for key, value in zip(keys, node.values, strict=True)}
    if not isinstance(node, ast.Call):
        return None
    called = node.func.value if isinstance(node.func, ast.Subscript) else node.func
    if not isinstance(called, ast.Name) or called.id not in ("OrderedDict", "dict"):
        return None
    found: dict[str, object] = {}
    for argument in node.args:
        if not isinstance(argument, ast.List | ast.Tuple):
            return None
        for pair in argument.elts:
            if isinstance(pair, ast.Tuple) and isinstance(pair.elts[0], ast.Constant):
                found[pair.elts[0].value] = _value(pair.elts[1])
            elif isinstance(pair, ast.Starred):  # *OTHER_NAMES.items() or *list(OTHER_NAMES.items())
                for name in ast.walk(pair):
                    if isinstance(name, ast.Name):
                        found.update(tables.get(name.id, {}))
    for keyword in node.keywords:
        if keyword.arg is None:
            found.update(_mapping(keyword.value, tables) or {})
    return found


def _value(node: ast.expr) -> object:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.IfExp):  # a class if the packages it needs are there: taken to be
        return _value(node.body)
    if isinstance(node, ast.Tuple | ast.List):
        return tuple(_value(item) for item in node.elts)
    if isinstance(node, ast.Dict):
        return {key.value: _value(value) for key, value in zip(node.keys, node.values, strict=True)}
    return None
