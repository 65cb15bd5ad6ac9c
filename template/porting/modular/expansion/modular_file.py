"""The modular file itself: what it defines, the modules its parents are in, what it takes from them by name."""

import re
from collections import Counter, defaultdict

import libcst as cst

from porting.modular.errors import Refused
from porting.modular.expansion.bases import refuse_bases
from porting.modular.expansion.converter_rules import Rules
from porting.modular.expansion.kinds import kind_of_class
from porting.modular.expansion.names import ANY_KIND, ModelNames, Renaming
from porting.modular.expansion.needs import by_place, reached
from porting.modular.expansion.outline import Definition, Outline
from porting.modular.expansion.parents import Library
from porting.modular.expansion.prefixes import names_for_modules, prefix_of
from porting.modular.expansion.renamed import RenamedModule
from porting.modular.expansion.trees import code_of, imported_module, only, walk


# Inherits from nothing in there: it is imported like any other module.
_NO_PARENTS_IN = "auto.modeling_auto"


class ModularFile:
    """A modular file with its parents read and renamed.

    `parent_of` holds for each name that is imported from a parent its module (`llama.modeling_llama`), `renamed`
    the modules as the new model sees them, `nodes` all that a definition of the modular file may need, `absent` the
    imported names that the parent's file does not have, with that file.
    """

    def __init__(self, model: str, module: cst.Module, library: Library, names: ModelNames, rules: Rules):
        self.model, self.names, self.rules = model, names, rules
        self.outline = Outline(module)
        refuse_bases(self.outline.classes, module)
        self.header = module.header
        self.exports = self.outline.assignments.pop("__all__", None)
        self.uses = {name: found.names | found.foreign for name, found in self.outline.uses.items()}
        self.uses.pop("__all__", None)
        self.parent_of = self._parents()
        self.absent: dict[str, str] = {}
        self.imports = [node for node in self.outline.imports if not _names_parents(node)]
        self.renamed = self._read_parents(library)
        self.functions = {name: Definition(node) for name, node in self.outline.functions.items()}
        self.assignments = {name: Definition(node) for name, node in self.outline.assignments.items()}
        self.classes = {name: Definition(node) for name, node in self.outline.classes.items()}
        self._taken_from: dict[str, str] = {}
        self._take_by_name()
        self.nodes = self.assignments | self.classes | self.functions
        self.uses = {name: used & self.nodes.keys() for name, used in self.uses.items()}
        self._closures: dict[str, set[str]] = {}

    def kind_of(self, class_name: str) -> str:
        """The kind of file that a class of this model belongs to."""
        return kind_of_class(class_name, self.model, self.names, self.rules)

    def neighbours(self, kind: str) -> set[str]:
        """The names that the parents' files of this kind import from other files of their model, renamed."""
        modules = [m for name, m in self.renamed.items() if re.match(rf"({ANY_KIND})", name.split(".")[-1])[1] == kind]
        return set().union(*(module.neighbours for module in modules))

    def parent_class(self, node: cst.ClassDef) -> str | None:
        """The base of a class that is imported from a parent's file. Raises Refused where there are several."""
        bases = [base.value.value for base in node.bases if isinstance(base.value, cst.Name)]
        bases = [name for name in bases if name in self.parent_of]
        if len(bases) > 1:
            raise Refused(
                f"{node.name.value} inherits from {' and '.join(bases)}, which both are classes of models: "
                "inherit from one of them, and take the methods of the other by hand",
                f"class {node.name.value}",
            )
        return bases[0] if bases else None

    def with_closures(self, names: set[str]) -> set[str]:
        """`names` and what the functions and constants among them need."""
        for name in names - self._closures.keys():
            self._closures[name] = reached(self.uses.get(name, ()), lambda found: self.uses.get(found, ()))
        return names.union(*(self._closures[name] for name in names))

    def in_order(self, names: set[str]) -> list[str]:
        """What was taken from parents by name, module by module, then the modular file's own."""
        modules: dict[str, list[str]] = defaultdict(list)
        for name in sorted(names & self._taken_from.keys()):
            modules[self._taken_from[name]].append(name)
        taken = [name for module, found in modules.items() for name in by_place(found, self.renamed[module].order)]
        return taken + by_place(names - self._taken_from.keys(), self.outline.order)

    def _parents(self) -> dict[str, str]:
        parents = {}
        for node in self.outline.from_imports:
            module = imported_module(node)
            if module == "transformers":
                raise Refused("imports from transformers itself: import from the file that defines it", module)
            kind = _parent_kind(node, module)
            if kind is None:
                continue
            if isinstance(node.names, cst.ImportStar):
                raise Refused(f"imports everything from {module}: name what you need", module)
            for alias in node.names:
                if kind == "modeling" and "Config" in code_of(alias):
                    raise Refused(
                        f"{alias.evaluated_name} is imported from {module}: import it from the model's "
                        "configuration file",
                        alias.evaluated_name,
                    )
                parents[alias.evaluated_name] = re.sub(r"^(\.|transformers\.|models\.)+", "", module)
        return parents

    def _read_parents(self, library: Library) -> dict[str, RenamedModule]:
        sources = {}
        for name, module in self.parent_of.items():
            model, _, file = module.rpartition(".")
            if not re.match(f"({ANY_KIND})", file):
                raise Refused(f"{module} is no file of a model: import from the file that defines it", module)
            sources[module] = sources.get(module) or library.source(model.replace(".", "/"), file)
            if not re.search(rf"\b{re.escape(name)}\b", sources[module].text):
                self.absent[name] = f"{file} of {model}"
        prefixes: dict[str, Counter[str]] = defaultdict(Counter)
        default = self.names.prefix(self.model)
        for name, node in self.outline.classes.items():
            if parent := self.parent_class(node):
                module = self.parent_of[parent]
                prefixes[module][prefix_of(name, parent, module.split(".")[-2], default, self.names)] += 1
        texts = {module: source.text for module, source in sources.items()}
        renamed = {}
        for module, new in names_for_modules(prefixes, texts, self.model, self.names).items():
            renaming = Renaming(self.names, module.split(".")[-2], new, owner=self.model)
            renamed[module] = RenamedModule(sources[module], renaming)
            renamed[module].merge(self.outline)
        return renamed

    def _take_by_name(self) -> None:
        """Functions and constants that are imported from a parent, with what these need directly."""
        known = self.outline.assignments.keys() | self.outline.classes.keys() | self.outline.functions.keys()
        for name, module in self.parent_of.items():
            parent = self.renamed[module]
            if name in parent.functions and name not in self.functions:
                self._take(name, parent, module, self.functions, known)
                closure = parent.closure(name)
                for other in self.renamed.values():
                    if other is not parent:
                        other.adopt(name, parent.functions[name], closure, parent.nodes)
            elif name in parent.assignments and name not in self.assignments:
                self._take(name, parent, module, self.assignments, known)

    def _take(self, name: str, parent: RenamedModule, module: str, into: dict, known: set[str]) -> None:
        into[name] = parent.nodes[name]
        self._taken_from[name] = module
        if name in parent.uses:
            self.uses[name] = parent.uses[name]
            for needed in parent.uses[name] - known:
                into[needed] = parent.nodes[needed]
                self._taken_from[needed] = module

    def exported(self) -> dict[str, cst.SimpleStatementLine]:
        """The lines `__all__ = […]` of the files, each with the names that go there, by kind of file."""
        if self.exports is None or not isinstance(self.exports.body[0].value, cst.List):
            return {}
        by_kind: dict[str, list[cst.Element]] = defaultdict(list)
        for element in self.exports.body[0].value.elements:
            if isinstance(element.value, cst.SimpleString):
                by_kind[self.kind_of(element.value.evaluated_value)].append(
                    cst.Element(value=cst.SimpleString(element.value.value))
                )
        assignment = self.exports.body[0]
        return {
            kind: self.exports.with_changes(body=[assignment.with_changes(value=cst.List(elements=elements))])
            for kind, elements in by_kind.items()
        }

    def answering(self) -> dict[str, cst.CSTNode]:
        """`__getattr__` of the module, by the kind of file whose names it answers for.

        A call with tables of names is split between the files, anything else goes whole where its strings belong.
        """
        definition = self.nodes.get("__getattr__")
        if definition is None or not self.rules.carries_getattr:
            return {}
        strings = [node for node in walk(definition.source) if isinstance(node, cst.SimpleString)]
        classes = [node for node in strings if re.fullmatch("[A-Z][A-Za-z0-9_]*", str(node.evaluated_value))]
        kinds = sorted({self.kind_of(node.evaluated_value) for node in classes})
        call = only(definition.source, cst.Assign)
        if call is None or not isinstance(call.value, cst.Call):
            return dict.fromkeys(kinds, definition.source)
        split = {}
        for kind in kinds:
            arguments = [self._for_kind(argument, kind) for argument in call.value.args]
            value = call.value.with_changes(args=[argument for argument in arguments if argument is not None])
            split[kind] = definition.source.with_changes(body=[call.with_changes(value=value)])
        return split

    def _for_kind(self, argument: cst.Arg, kind: str) -> cst.Arg | None:
        """An argument, of a table only what is about classes of this kind; None where that is nothing."""
        if isinstance(argument.value, cst.Dict):
            elements = [
                element.with_changes(comma=cst.MaybeSentinel.DEFAULT)
                for element in argument.value.elements
                if isinstance(element, cst.DictElement)
                and self.kind_of(str(getattr(element.key, "evaluated_value", ""))) == kind
            ]
            if not elements:
                return None
            argument = argument.with_changes(value=argument.value.with_changes(elements=elements))
        return argument.with_changes(comma=cst.MaybeSentinel.DEFAULT)


def _parent_kind(node: cst.ImportFrom, module: str) -> str | None:
    """The kind of file that this import takes a parent from, empty if it cannot be told; None for other imports."""
    if _NO_PARENTS_IN in module or not isinstance(node.module, cst.Attribute):
        return None
    found = re.search(rf"transformers\.models\.|\.\.\.models\.|\.\.\w+\.({ANY_KIND})", module)
    return None if found is None else found[1] or ""


def _names_parents(node: cst.CSTNode) -> bool:
    """Whether this line imports from a parent's file: such imports do not go into the generated files."""
    line = only(node, cst.ImportFrom)
    if line is None:
        return False
    module = imported_module(line)
    return _NO_PARENTS_IN not in module and bool(re.search(rf"transformers\.models\.|\.\.\w+\.({ANY_KIND})", module))
