"""The sentence that documentation made by `auto_docstring` begins with, for classes that it has none for."""

import ast
import re
from pathlib import Path


def introduced_endings(transformers: Path) -> frozenset[str]:
    """The endings of names of models for which the package in a directory has an introduction."""
    source = transformers / "utils" / "auto_docstring.py"
    for node in ast.parse(source.read_text(encoding="utf-8")).body if source.is_file() else ():
        if isinstance(node, ast.ClassDef) and node.name == "ClassDocstring":
            lines = [line for line in node.body if isinstance(line, ast.Assign)]
            return frozenset(line.targets[0].id for line in lines if isinstance(line.targets[0], ast.Name))
    return frozenset()


def introduction(name: str, prefix: str) -> str:
    """What a class of the port is, told from its name: "The mask decoder of Oak." for OakMaskDecoder, "Oak for block
    diffusion." for OakForBlockDiffusion."""
    words = re.split(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_", name.removeprefix(prefix))
    said = " ".join(word if word.isupper() else word.lower() for word in words if word)
    if not said:
        return f"The {prefix} model."
    return f"{prefix} {said}." if said.startswith("for ") else f"The {said} of {prefix}."
