"""One class made from a class of the modular file and its parent."""

import libcst as cst

from porting.modular.converter_rules import Rules
from porting.modular.errors import Refused
from porting.modular.methods import Unfolding, decorators_of, is_removed, merged_method
from porting.modular.names import ModelNames, Renaming
from porting.modular.prefixes import common_ending
from porting.modular.trees import assigned, code_of, dotted, is_docstring, only


def merged_class(
    ours: cst.ClassDef, parent: cst.ClassDef, original_parent: str, names: ModelNames, rules: Rules
) -> cst.ClassDef:
    """The standalone class that `ours`, which inherits from `parent` in the modular file, stands for.

    `parent` is renamed already, `original_parent` is what the modular file calls it. Docstring, attributes and
    methods follow each other; of each the parent's come first, in their places those that `ours` has anew, and
    at the end what it adds. Raises Refused.
    """
    if ours.name.value != parent.name.value:
        parent = _renamed_in_words(parent, ours.name.value, names)
    bases = _bases(ours, parent, original_parent, rules)
    decorators = decorators_of(ours, parent, rules)
    docstring = [*filter(is_docstring, ours.body.body)] or [*filter(is_docstring, parent.body.body)]
    parents_methods, our_methods = _methods(parent), _methods(ours)
    if rules.attribute_replaces_method:
        attributes = {_attribute(line) for line in ours.body.body if not _removes(line)}
        parents_methods = {name: method for name, method in parents_methods.items() if name not in attributes}
    methods = []
    for name, method in parents_methods.items():
        if name not in our_methods:
            methods.append(method)
        elif not is_removed(our_methods[name]):
            methods.append(merged_method(our_methods[name], method, rules))
    methods += [method for name, method in our_methods.items() if name not in parents_methods]
    unfolding = Unfolding(ours.name.value, parents_methods, bases, rules)
    methods = [unfolding.unfold(method) if method.name.value in our_methods else method for method in methods]
    body = cst.IndentedBlock(body=[*docstring, *_attributes(ours, parent), *methods])
    return parent.with_changes(body=body, decorators=decorators, bases=bases, name=ours.name)


def _renamed_in_words(parent: cst.ClassDef, name: str, names: ModelNames) -> cst.ClassDef:
    """`parent` with its strings and comments speaking of the class `name`, which is more than renamed."""
    ending = common_ending(name, parent.name.value)
    old, new = parent.name.value.replace(ending, ""), name.replace(ending, "")
    return Renaming(names, names.model_type(old), names.model_type(new)).tree(parent, names=False)


def _bases(ours: cst.ClassDef, parent: cst.ClassDef, original_parent: str, rules: Rules) -> list[cst.Arg]:
    """The parent's bases; a further base of `ours` replaces the one with the same ending, or is added."""
    by_name = {dotted(base.value): base for base in ours.bases}
    if None in by_name:
        raise Refused(
            f"a base of {ours.name.value} is no plain name: give it a name first", f"class {ours.name.value}"
        )
    further = [name for name in by_name if name != original_parent]
    bases = []
    for base in parent.bases:
        if isinstance(base.value, cst.Name):
            for name in further:
                longer = rules.longer_base_replaces and name.endswith(base.value.value)
                if longer or common_ending(base.value.value, name)[:1].isupper():
                    base = base.with_changes(value=base.value.with_changes(value=name))
                    further.remove(name)
                    break
        bases.append(base)
    there = {dotted(base.value) for base in parent.bases}
    bases += [by_name[name] for name in further if name not in there]
    if "GradientCheckpointingLayer" in {dotted(base.value) for base in bases}:
        bases = [base for base in bases if dotted(base.value) != "nn.Module"]
    return bases


def _attributes(ours: cst.ClassDef, parent: cst.ClassDef) -> list[cst.CSTNode]:
    """The parent's attributes, overridden in their places, less those set to `AttributeError()`, then new ones."""
    attributes = {_attribute(line): line for line in parent.body.body if _attribute(line)}
    added = {}
    for line in ours.body.body:
        name = _attribute(line)
        if name and _removes(line):
            if name not in attributes:
                raise Refused(
                    f"{ours.name.value} takes away {name}, which its parent does not have: drop the line",
                    f"{name} = AttributeError",
                )
            del attributes[name]
        elif name:
            added[name] = line
    return [*(attributes | added).values()]


def _attribute(line: cst.CSTNode) -> str | None:
    """The name that a line of a class's body gives a value or a type."""
    target = assigned(line, annotated=True)
    return code_of(target) if target is not None else None


def _removes(line: cst.CSTNode) -> bool:
    assignment = only(line, cst.Assign)
    value = assignment.value if assignment else None
    return isinstance(value, cst.Call) and dotted(value.func) == "AttributeError"


def _methods(node: cst.ClassDef) -> dict[str, cst.FunctionDef]:
    """The methods by name; of two with one name, a property and its setter, the setter is `name_setter`."""
    methods: dict[str, cst.FunctionDef] = {}
    for method in node.body.body:
        if not isinstance(method, cst.FunctionDef):
            continue
        name = method.name.value
        if name not in methods:
            methods[name] = method
        elif method.decorators and dotted(method.decorators[0].decorator) == "property":
            methods[f"{name}_setter"], methods[name] = methods[name], method
        else:
            methods[f"{name}_setter"] = method
    return methods
