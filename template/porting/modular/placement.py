"""Which definition goes into which file, and where in it."""

from collections import defaultdict
from dataclasses import dataclass, field

import libcst as cst

from porting.modular.classes import merged_class
from porting.modular.errors import Refused, unforeseen
from porting.modular.modular_file import ModularFile
from porting.modular.needs import reached
from porting.modular.outline import Definition
from porting.modular.renamed import RenamedModule
from porting.modular.trees import names_in


# At the head of a file, in this order, wherever they are needed first.
_FIRST = ("logger", "_CHECKPOINT_FOR_DOC", "_CONFIG_FOR_DOC")


@dataclass
class Draft:
    """The definitions of a file in the making. A definition that is put again moves to the end."""

    places: dict[str, float] = field(default_factory=dict)
    nodes: dict[str, cst.CSTNode] = field(default_factory=dict)
    length: int = 0

    def put(self, name: str, node: cst.CSTNode) -> None:
        self.nodes[name] = node
        if name in _FIRST:
            self.places[name] = _FIRST.index(name) - len(_FIRST)
        else:
            self.places[name] = self.length
            self.length += 1

    def body(self) -> list[cst.CSTNode]:
        return [self.nodes[name] for name in sorted(self.nodes, key=self.places.__getitem__)]


def drafts_of(modular: ModularFile) -> tuple[dict[str, Draft], list[cst.CSTNode]]:
    """By kind of file what goes into it, and the imports that connect the files. Raises Refused."""
    drafts: dict[str, Draft] = defaultdict(Draft)
    connections: dict[str, dict[str, cst.CSTNode]] = defaultdict(dict)
    for name, definition in modular.classes.items():
        kind = modular.kind_of(name)
        try:
            _place_class(name, definition.source, kind, drafts[kind], modular, connections[kind])
        except Refused:
            raise
        except Exception as error:
            raise Refused(unforeseen(name, error), f"class {name}") from error
    for kind, node in modular.answering().items():
        if kind in drafts:
            _place_with_needs("__getattr__", node, kind, drafts[kind], modular, connections[kind])
    for kind, line in modular.exported().items():
        drafts[kind].put("__all__", line)
    return drafts, [line for lines in connections.values() for line in lines.values()]


def _place_class(
    name: str,
    node: cst.ClassDef,
    kind: str,
    draft: Draft,
    modular: ModularFile,
    connections: dict[str, cst.CSTNode],
) -> None:
    """Put a class of the modular file into its file, after what it needs and the file does not have yet."""
    parent = modular.parent_class(node)
    if parent:
        elsewhere = modular.neighbours(kind) | connections.keys()
        module = modular.renamed[modular.parent_of[parent]]
        base = module.parent_class(parent, module.renaming.text(parent))
        node = merged_class(node, base, parent, modular.names, modular.rules)
        used = (names_in(node) & module.nodes.keys()) - {name} - elsewhere
        needed = _connected(module.with_closures(used), module, kind, modular, connections)
        # A class of the modular file comes when its turn does.
        needed = reached(needed - modular.classes.keys(), module.class_needs, draft.nodes.keys())
        for needed_name in module.in_order(needed):
            draft.put(needed_name, module.nodes[needed_name].node)
        draft.put(name, node)
    else:
        _place_with_needs(name, node, kind, draft, modular, connections)


def _place_with_needs(
    name: str,
    node: cst.CSTNode,
    kind: str,
    draft: Draft,
    modular: ModularFile,
    connections: dict[str, cst.CSTNode],
) -> None:
    """Put what stands in the modular file as it stands there, after what it needs of the modular file."""
    elsewhere = modular.neighbours(kind) | connections.keys()
    used = (names_in(node) & modular.nodes.keys()) - {name} - elsewhere
    needed = _connected(modular.with_closures(used), modular, kind, modular, connections)
    for needed_name in modular.in_order(needed):
        if needed_name not in draft.nodes:
            draft.put(needed_name, modular.nodes[needed_name].node)
    draft.put(name, node)


def _connected(
    needed: set[str],
    module: ModularFile | RenamedModule,
    kind: str,
    modular: ModularFile,
    connections: dict[str, cst.CSTNode],
) -> set[str]:
    """`needed` without the classes that belong to another file: these are imported from there."""
    for name in sorted(needed):
        definition: Definition = module.nodes[name]
        if definition.is_class and (other := modular.kind_of(name)) != kind:
            connections[name] = cst.parse_statement(f"from .{other}_{modular.model} import {name}")
    return {name for name in needed if name not in connections}
