"""The line of the port's source to look at for a finding."""

import ast
import inspect
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

from porting.modular.origin import describe_line
from porting.workspace import Workspace


# What the code that a cause speaks of usually contains; searched in the blamed class, forward first, then the rest.
HINTS = {
    "attention_scale": r"self\.\w*scal\w* = ",
    "rope_theta": r"rope_theta|base",
    "rotary_dims": r"partial_rotary|\bdim = |apply_rotary",
    "rotary_frequencies": r"arange",
    "rotary_layout": r"rotary",
    "attention_mask": r"mask",
    "head_grouping": r"attention_interface\(|repeat_kv|groups",
    "head_layout": r"transpose|reshape",
    "activation": r"act",
    "activation_input": r"act|gate",
    "eps": r"eps",
    "norm_type": r"mean|norm",
    "norm_gain": r"weight \*|\* .*weight",
    "dropout": r"dropout",
    "label_shift": r"loss = self\.|shift_labels",
    "cache": r"past_key_values|past_length|\bcache\b[.,=)]",
}


@dataclass(frozen=True)
class SourceLine:
    """A line of a file below the workspace's root."""

    file: str
    number: int
    text: str


def locate(model, root: Path, blamed: str, seen_at: str, side: str, kind: str) -> str:
    """Where the code of module `blamed` made the tensor seen at `side` of module `seen_at`: "file:line", or "".

    In a generated file it is also said where the line was written. For a class that is not the port's own (nn.Linear, say) it is the line that makes the module.
    """
    found = _locate(model, root, blamed, seen_at, side, kind)
    return describe_line(Workspace(root), root / found.file, found.number) if found else ""


def _locate(model, root: Path, blamed: str, seen_at: str, side: str, kind: str) -> SourceLine | None:
    module = model.get_submodule(blamed) if blamed else model
    source = _source(type(module), root)
    if source is None:
        return _made_at(model, root, blamed)
    if kind in HINTS:
        found = _search(source, HINTS[kind])
        if found is not None:
            return found
    if side == "input" and seen_at != blamed:
        child = seen_at.removeprefix(blamed + ".") if blamed else seen_at
        found = _call_of(source, child.split(".")[0])
        if found is not None:
            return found
    return _last_return(source)


@dataclass(frozen=True)
class _Source:
    file: str
    first: int
    lines: list[str]
    tree: ast.ClassDef

    def line(self, offset: int) -> SourceLine:
        return SourceLine(self.file, self.first + offset - 1, self.lines[offset - 1].strip())

    def method(self, name: str) -> ast.FunctionDef | None:
        return next((node for node in self.tree.body if isinstance(node, ast.FunctionDef) and node.name == name), None)


def _source(cls: type, root: Path) -> _Source | None:
    """The source of `cls` if its file is below `root`."""
    try:
        file = Path(inspect.getsourcefile(cls) or "").resolve()
        lines, first = inspect.getsourcelines(cls)
    except (OSError, TypeError):
        return None
    if not file.is_relative_to(root.resolve() / "src"):
        return None
    text = textwrap.dedent("".join(lines))
    tree = next((node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)), None)
    return _Source(str(file.relative_to(root.resolve())), first, text.splitlines(), tree) if tree else None


def _made_at(model, root: Path, path: str) -> SourceLine | None:
    """The line of the nearest own class above `path` that assigns the attribute it hangs from."""
    names = path.split(".")
    for depth in range(len(names) - 1, -1, -1):
        owner = model.get_submodule(".".join(names[:depth])) if depth else model
        source = _source(type(owner), root)
        if source is None:
            continue
        for offset, line in enumerate(source.lines, start=1):
            if re.search(rf"self\.{re.escape(names[depth])}\s*=", line):
                return source.line(offset)
        return source.line(1)
    return None


def _search(source: _Source, pattern: str) -> SourceLine | None:
    methods = [node for node in source.tree.body if isinstance(node, ast.FunctionDef)]
    for method in sorted(methods, key=lambda method: method.name != "forward"):
        body = range(method.body[0].lineno, method.end_lineno + 1)
        for offset in body:
            if re.search(pattern, source.lines[offset - 1]):
                return source.line(offset)
    return None


def _call_of(source: _Source, attribute: str) -> SourceLine | None:
    """The line in `forward` that uses `self.<attribute>`, or the loop over it."""
    method = source.method("forward")
    if method is None:
        return None
    for offset in range(method.body[0].lineno, method.end_lineno + 1):
        if re.search(rf"\bself\.{re.escape(attribute)}\b", source.lines[offset - 1]):
            return source.line(offset)
    return None


def _last_return(source: _Source) -> SourceLine | None:
    method = source.method("forward")
    if method is None:
        return source.line(1)
    returns = [node.lineno for node in ast.walk(method) if isinstance(node, ast.Return)]
    return source.line(max(returns, default=method.lineno))
