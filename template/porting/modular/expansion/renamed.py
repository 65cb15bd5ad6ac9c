"""A parent's module as the new model sees it: under the new name, with what the modular file says otherwise."""

import re
from collections.abc import Mapping
from functools import cached_property

import libcst as cst

from porting.modular.errors import Refused
from porting.modular.expansion.names import Renaming
from porting.modular.expansion.needs import by_place, reached
from porting.modular.expansion.outline import Definition, Outline
from porting.modular.expansion.parents import Source
from porting.modular.expansion.trees import code_of, only


# Of constants that both the parent and the modular file define, the parent's holds but for those with these in
# their names; of the second pattern's, the modular file's holds unless it is None.
_OURS = re.compile("_CHECKPOINT|_EXPECTED|_FOR_DOC|_HIDDEN_STATES_START_POSITION")
_OURS_UNLESS_NONE = re.compile("_DOCSTRING")


class RenamedModule:
    """The definitions of one parent module, renamed when asked for, and what they need.

    `nodes` holds everything that a definition may find under a name: the parent's own, functions and constants of
    the modular file, which win, its new classes, and what `adopt` brought from other parents.
    """

    def __init__(self, source: Source, renaming: Renaming):
        self.outline, self.text, self.renaming = source.outline, source.text, renaming
        self.classes = self._renamed(self.outline.classes)
        self.functions = self._renamed(self.outline.functions)
        self.assignments = self._renamed(self.outline.assignments)
        self.neighbours = {renaming.text(name) for name in self.outline.neighbours()}
        self.uses = {renaming.text(name): uses.under(renaming) for name, uses in self.outline.uses.items()}
        self.nodes = self.assignments | self.classes | self.functions
        self.order: dict[str, int] = {}
        for name in self.outline.order:
            self.order.setdefault(renaming.text(name), len(self.order))
        self.modular_order: Mapping[str, int] = {}
        self._closures: dict[str, set[str]] = {}
        self._adopted_closures: dict[str, set[str]] = {}
        self._class_needs: dict[str, set[str]] = {}

    @cached_property
    def imports(self) -> list[cst.CSTNode]:
        return [self.renaming.tree(node) for node in self.outline.imports]

    def _renamed(self, nodes: Mapping[str, cst.CSTNode]) -> dict[str, Definition]:
        new = {name: self.renaming.text(name) for name in nodes}
        return {
            new[name]: Definition(node, self.renaming)
            for name, node in nodes.items()
            if not _is_former_name(name, node, new)
        }

    def merge(self, modular: Outline) -> None:
        """Let the modular file's functions, some of its constants and its new classes stand here too."""
        uses = {name: found.names | found.foreign for name, found in modular.uses.items()}
        self.functions |= {name: Definition(node) for name, node in modular.functions.items()}
        self.uses |= {name: names for name, names in uses.items() if name in modular.functions}
        for name, line in modular.assignments.items():
            if name not in self.assignments or _is_ours(name, line):
                self.assignments[name] = Definition(line)
                if name in uses:
                    self.uses[name] = uses[name]
        new_classes = {
            name: Definition(node)
            for name, node in modular.classes.items()
            if name not in self.classes and name not in self.neighbours
        }
        self.nodes |= self.functions | self.assignments | new_classes
        self.modular_order = modular.order
        known = self._known = set(self.nodes)
        self.uses = {name: names & known for name, names in self.uses.items()}

    def adopt(self, name: str, definition: Definition, closure: set[str], nodes: Mapping[str, Definition]) -> None:
        """Let a function that the modular file imports from another parent stand here, with what it needs."""
        self.nodes[name] = definition
        if closure:
            self._adopted_closures[name] = closure
            self.nodes |= {needed: nodes[needed] for needed in closure}

    def closure(self, name: str) -> set[str]:
        """What a function or constant needs, directly or not."""
        if name not in self._closures:
            self._closures[name] = reached(self.uses.get(name, ()), lambda found: self.uses.get(found, ()))
        return self._closures[name]

    def with_closures(self, names: set[str]) -> set[str]:
        """`names` and what the functions and constants among them need, adopted ones included."""
        return names.union(*(self._adopted_closures.get(name) or self.closure(name) for name in names))

    def class_needs(self, name: str) -> set[str]:
        """What a class of the parent needs directly, and through functions and constants."""
        if name not in self.classes:
            return set()
        if name not in self._class_needs:
            original = self.classes[name].source
            names = self.outline.class_uses[original.name.value].under(self.renaming)
            direct = (names & self._known) - {name}
            self._class_needs[name] = direct.union(*(self.closure(used) for used in direct))
        return self._class_needs[name]

    def in_order(self, names: set[str]) -> list[str]:
        """Class by class in the parent's order, before each what it needs: the parent's own, then the modular file's.

        Then the rest, in the same two parts.
        """
        placed: dict[str, None] = {}
        for name in sorted((name for name in names if name in self.classes), key=self.order.__getitem__):
            needed = (self.class_needs(name) & names) - placed.keys()
            own = {used for used in needed if used in self.order}
            placed |= dict.fromkeys([*by_place(own, self.order), *by_place(needed - own, self.modular_order), name])
        rest = names - placed.keys()
        from_modular = {name for name in rest if name in self.modular_order}
        return [
            *placed,
            *by_place(rest - from_modular, self.order),
            *by_place(from_modular, self.modular_order),
        ]

    def parent_class(self, name: str, renamed: str) -> cst.ClassDef:
        """The class that the modular file calls `name`, renamed. Raises Refused."""
        if renamed not in self.classes:
            raise Refused(
                f"the parent {name} is not a class of the file it is imported from: import it from the file that "
                "defines it",
                name,
            )
        return self.classes[renamed].node


def _is_ours(name: str, line: cst.CSTNode) -> bool:
    if _OURS.search(name):
        return True
    value = only(line, cst.Assign).value
    return bool(_OURS_UNLESS_NONE.search(name)) and code_of(value) != "None"


def _is_former_name(name: str, node: cst.CSTNode, new: Mapping[str, str]) -> bool:
    """Whether a class is kept under a former name: it inherits from the one that the same new name belongs to."""
    bases = [base.value.value for base in getattr(node, "bases", ()) if isinstance(base.value, cst.Name)]
    return any(base != name and new.get(base) == new[name] for base in bases)
