"""What `generate()` of the installed Transformers passes to a model, and the port's forward lets vanish in **kwargs.

A forward that does not name the cache still runs, and generates wrong text without a word. Read from sources, never
imported: standard library only, for an update asks before there need be an environment.
"""

import ast
import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path


# The models of the installed release that say what a port without a parent has to name.
_DECODER, _ENCODER_DECODER = ("llama", "LlamaForCausalLM"), ("bart", "BartForConditionalGeneration")
# `generate` looks for these in the signature itself, and refuses or leaves out what is not there.
_OLD_CACHES = ("past_key_values", "cache_params", "cache")
_LOOKED_FOR = {"input_ids", "inputs_embeds", "logits_to_keep"}


@dataclass(frozen=True)
class Swallowed:
    """`key` is what `generate` of `release` passes; the forward at `line` does not name it but takes **kwargs. `old`
    is the name under which it takes the same thing, `classes` are those whose forward is alike."""

    line: int
    key: str
    old: str | None
    classes: tuple[str, ...]
    release: str

    @property
    def what(self) -> str:
        """What to write, in one line."""
        instead = f" instead of `{self.old}`" if self.old else ""
        return (
            f"name the parameter `{self.key}`{instead} in the forward of {', '.join(self.classes)} and all it calls: "
            f"`generate()` of Transformers {self.release} passes it, and **kwargs swallows it"
        )


def installed(root: Path) -> Path | None:
    """The directory of this interpreter's Transformers, else of the workspace's environment; None without either."""
    try:
        spec = importlib.util.find_spec("transformers")
    except (ImportError, ValueError):
        spec = None
    if spec and spec.origin:
        return Path(spec.origin).parent
    inits = root.glob(".venv/[Ll]ib/**/site-packages/transformers/__init__.py")
    return next((path.parent for path in sorted(inits)), None)


def release(transformers: Path) -> str:
    """The release in a directory, from the metadata beside it."""
    for path in sorted(transformers.parent.glob("transformers-*.dist-info")):
        return path.name.removeprefix("transformers-").removesuffix(".dist-info")
    return "as installed"


def swallowed(modeling: Path, transformers: Path) -> list[Swallowed]:
    """What the generating classes of a modeling file swallow: one entry for each key, at the first class that does."""
    module, generation = _parse(modeling), _parse(transformers / "generation" / "utils.py")
    if module is None or generation is None:
        return []
    passed, caches = _passed(generation), _cache_names(generation)
    parents = _parents(modeling)
    named = {name for node in ast.walk(module) if _is_forward(node) for name in _names(node)}
    found: dict[str, tuple[int, str | None, list[str]]] = {}
    for node in module.body:
        forward = _method(node, "forward") if isinstance(node, ast.ClassDef) and _generates(node) else None
        if forward is None or forward.args.kwarg is None:
            continue
        wanted = passed & _reference(transformers, parents.get(node.name), "decoder_input_ids" in _names(forward))
        for key in sorted(wanted - named):
            if key in caches and caches & named:
                continue
            old = next((name for name in _names(forward) if name in _OLD_CACHES), None) if key in caches else None
            if old is None and any(_method(node, name) for name in ("generate", "prepare_inputs_for_generation")):
                continue  # the class decides itself what it is passed
            found.setdefault(key, (forward.lineno, old, []))[2].append(node.name)
    number = release(transformers)
    return [Swallowed(line, key, old, tuple(classes), number) for key, (line, old, classes) in found.items()]


def _is_forward(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == "forward"


@cache
def _parse(path: Path) -> ast.Module | None:
    try:
        return ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None


def _generates(node: ast.ClassDef) -> bool:
    return any(isinstance(base, ast.Name) and base.id == "GenerationMixin" for base in node.bases)


def _method(node: ast.ClassDef, name: str) -> ast.FunctionDef | None:
    return next((item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == name), None)


def _names(function: ast.FunctionDef) -> list[str]:
    return [argument.arg for argument in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]


def _mixin(generation: ast.Module) -> ast.ClassDef | None:
    return next((n for n in generation.body if isinstance(n, ast.ClassDef) and n.name == "GenerationMixin"), None)


def _passed(generation: ast.Module) -> set[str]:
    """The keys that every `generate` passes and whose loss it does not notice: what its preparation names. A model may
    count positions itself, so `position_ids` is not among them; token types are there only if the caller gave them."""
    mixin = _mixin(generation)
    prepare = _method(mixin, "prepare_inputs_for_generation") if mixin else None
    return {*_names(prepare), "encoder_outputs"} - _LOOKED_FOR if prepare else set()


def _cache_names(generation: ast.Module) -> set[str]:
    """The names under which a model may take its cache, one of them is enough; not those that are deprecated."""
    for node in generation.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == "ALL_CACHE_NAMES":
            value = node.value.left if isinstance(node.value, ast.BinOp) else node.value
            return {item.value for item in getattr(value, "elts", ()) if isinstance(item, ast.Constant)}
    return set()


def _parents(modeling: Path) -> dict[str, tuple[str, str]]:
    """Class -> (module, class) that it inherits from, as the modular file beside the modeling file says."""
    module = _parse(modeling.with_name(modeling.name.replace("modeling_", "modular_", 1)))
    if module is None:
        return {}
    imported = {
        alias.asname or alias.name: (node.module.split(".")[0], alias.name)
        for node in module.body
        if isinstance(node, ast.ImportFrom) and node.level == 2 and node.module
        for alias in node.names
    }
    return {
        node.name: imported[base.id]
        for node in module.body
        if isinstance(node, ast.ClassDef)
        for base in node.bases[:1]
        if isinstance(base, ast.Name) and base.id in imported
    }


@cache
def _reference(transformers: Path, parent: tuple[str, str] | None, encodes: bool) -> set[str]:
    """The parameters that the forward of the parent names, else those of a model of the same kind."""
    for folder, class_name in filter(None, (parent, _ENCODER_DECODER if encodes else _DECODER)):
        for path in sorted((transformers / "models" / folder).glob("modeling_*.py")):
            module = _parse(path)
            for node in module.body if module else ():
                if isinstance(node, ast.ClassDef) and node.name == class_name:
                    if forward := _method(node, "forward"):
                        return set(_names(forward))
    return set()
