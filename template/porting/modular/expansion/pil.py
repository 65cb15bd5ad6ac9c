"""The image processor that works without torchvision: it cannot import what stands in the file of the other one."""

import re

import libcst as cst

from porting.modular.expansion.placement import Draft
from porting.modular.expansion.trees import dotted, only


def with_image_processing(pil: Draft, other: Draft, imports: list[cst.CSTNode]) -> None:
    """Copy into `pil` what it would import (`imports`) from the file that `other` becomes.

    A copy stands just before the class or function, or just after the constant, that has its place in `pil`; where
    there is none, at the end.
    """
    for name in _imported(imports):
        if name not in other.nodes:
            continue
        place = other.places[name]
        there = next((found for found, its in pil.places.items() if its == place and found in pil.nodes), None)
        if there is None:
            pil.put(name, other.nodes[name])
            continue
        before = isinstance(pil.nodes[there], (cst.ClassDef, cst.FunctionDef))
        pil.nodes[name] = other.nodes[name]
        pil.places[name] = other.places[name] = place + (-0.5 if before else 0.5)


def _imported(imports: list[cst.CSTNode]) -> list[str]:
    for node in imports:
        statement = only(node, cst.ImportFrom)
        if statement and re.match(r"image_processing_(?!backends|utils|outputs)", dotted(statement.module) or ""):
            return [alias.evaluated_name for alias in statement.names]
    return []
