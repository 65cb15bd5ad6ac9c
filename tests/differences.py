"""The differences of the guide, put into a modular file as the guide says."""

import ast
import re
from dataclasses import dataclass


_BLOCK = re.compile(
    r"^\*\*(?P<title>[^*\n]+)\*\*:[^\n]*\n\n```python modular\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Difference:
    """One entry of the guide's list: its title, and the code to write."""

    title: str
    code: str


def differences(guide: str) -> list[Difference]:
    """The entries of a rendered guide."""
    return [Difference(found["title"], found["code"]) for found in _BLOCK.finditer(guide)]


def applied(modular: str, code: str) -> str:
    """A modular file with the classes of `code`: fields go into the configuration, other classes replace or are new."""
    lines = modular.split("\n")
    known = {node.name: node for node in ast.parse(modular).body if isinstance(node, ast.ClassDef)}
    first_model = next(node for name, node in known.items() if not name.endswith("Config"))
    imports, new, edits = [], [], []
    for node in ast.parse(code).body:
        text = ast.get_source_segment(code, node)
        if not isinstance(node, ast.ClassDef):
            imports.append(text)
        elif node.name not in known:
            new.append(text)
        elif node.name.endswith("Config"):
            fields = "\n".join("    " + ast.get_source_segment(code, each) for each in node.body)
            edits.append((known[node.name].end_lineno, 0, "\n" + fields))
        else:
            there = known[node.name]
            edits.append((there.lineno - 1, there.end_lineno - there.lineno + 1, text))
    edits.append((first_model.lineno - 1, 0, "\n\n\n".join(new) + "\n\n" if new else ""))
    last_import = max(node.end_lineno for node in ast.parse(modular).body if isinstance(node, ast.ImportFrom))
    edits.append((last_import, 0, "\n".join(imports)))
    for at, removed, text in sorted(edits, key=lambda edit: edit[0], reverse=True):
        lines[at : at + removed] = text.split("\n")
    return "\n".join(lines)
