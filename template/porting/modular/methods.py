"""One method made from the modular file's and the parent's; `super()` unfolded."""

import re
from collections.abc import Sequence

import libcst as cst

from porting.modular.converter_rules import Rules
from porting.modular.errors import Refused
from porting.modular.trees import assigned, bare_code_of, body_of, code_of, dotted, is_docstring, only, rewrite_below


def decorators_of(
    ours: cst.ClassDef | cst.FunctionDef, parents: cst.ClassDef | cst.FunctionDef, rules: Rules
) -> Sequence[cst.Decorator]:
    """Those of the modular file where it has any, else the parent's; none under `@no_inherit_decorator`."""
    names = [code_of(decorator.decorator) for decorator in ours.decorators]
    if "no_inherit_decorator" in names:
        if len(names) > 1:
            raise Refused(
                f"{ours.name.value} has other decorators beside @no_inherit_decorator: leave one or the others out",
                f"{'class' if isinstance(ours, cst.ClassDef) else 'def'} {ours.name.value}",
            )
        return []
    if rules.deprecation_adds and all(map(_is_deprecation, ours.decorators)):
        others = [decorator for decorator in parents.decorators if not _is_deprecation(decorator)]
        return [*others, *ours.decorators] if ours.decorators else parents.decorators
    return ours.decorators or parents.decorators


def _is_deprecation(decorator: cst.Decorator) -> bool:
    return isinstance(decorator.decorator, cst.Call) and dotted(decorator.decorator.func) == "deprecate_kwarg"


def is_removed(method: cst.FunctionDef) -> bool:
    """Whether all that the method does is to raise an error: how a modular file takes a method away.

    As upstream has it: after one blank line, without decorator or docstring, the signature on one line.
    """
    return re.match(r"\ndef .*\(.*\).*:.*\n    raise.*Error\(.*", code_of(method)) is not None


def merged_method(ours: cst.FunctionDef, parents: cst.FunctionDef, rules: Rules) -> cst.FunctionDef:
    """The method of the modular file, with what it leaves out taken from the parent's; `super()` still in it.

    That is its docstring, decorators and return annotation, and the parameters where it has `**super_kwargs`.
    """
    body = ours.body.body
    if not any(map(is_docstring, body)):
        body = [*filter(is_docstring, parents.body.body), *body]
    parameters = ours.params
    if isinstance(parameters.star_kwarg, cst.Param) and parameters.star_kwarg.name.value == "super_kwargs":
        by_name = {parameter.name.value: parameter for parameter in parents.params.params}
        by_name |= {parameter.name.value: parameter for parameter in parameters.params[1:]}
        try:
            parameters = parameters.with_changes(params=[*by_name.values()], star_kwarg=parents.params.star_kwarg)
        except cst.CSTValidationError:
            raise Refused(
                f"a parameter of {ours.name.value} beside **super_kwargs has no default and comes after the parent's "
                "that have one: give it a default",
                "super_kwargs",
            ) from None
    return parents.with_changes(
        body=ours.body.with_changes(body=body),
        params=parameters,
        decorators=decorators_of(ours, parents, rules),
        returns=ours.returns or parents.returns,
    )


class Unfolding:
    """Puts the parent's body where a method of the modular file calls `super()` of itself.

    What a method assigns or deletes after that call holds for all later methods of its class too.
    """

    def __init__(self, class_name: str, parents: dict[str, cst.FunctionDef], bases: Sequence[cst.Arg], rules: Rules):
        self.class_name, self.parents, self.rules = class_name, parents, rules
        self.bases = [dotted(base.value) for base in bases]
        self.assigned: dict[str, cst.CSTNode] = {}
        self.deleted: set[str] = set()

    def unfold(self, method: cst.FunctionDef) -> cst.FunctionDef:
        name, body = method.name.value, []
        statements = body_of(method)
        for position, statement in enumerate(statements):
            if _calls_super(statement, name):
                if name not in self.parents:
                    raise Refused(
                        f"{self.class_name}.{name} calls super().{name}, which its parent only inherits: "
                        f"write Base.{name}(self, …) with the class that defines it",
                        f"super().{name}",
                    )
                parents = body_of(self.parents[name])
                body += self._joined(parents, statements[position + 1 :])
                body = _with_init_first(body, parents)
                break
            body.append(self._with_super(statement))
        return method.with_changes(body=method.body.with_changes(body=body))

    def _joined(self, parents: list[cst.CSTNode], ours: list[cst.CSTNode]) -> list[cst.CSTNode]:
        """The parent's statements, replaced or left out where ours assign or delete the same, then the rest of ours."""
        for statement in ours:
            if (target := assigned(statement, self.rules.annotated_counts)) is not None:
                self.assigned[code_of(target)] = statement
            elif deletion := only(statement, cst.Del):
                self.deleted.add(code_of(deletion.target))
        joined = [self._overridden(statement) for statement in parents if not is_docstring(statement)]
        joined = [statement for statement in joined if statement is not None]
        codes = {bare_code_of(statement) for statement in joined}
        for statement in ours:
            if only(statement, cst.Del) or any(statement is other for other in joined):
                continue
            if (code := bare_code_of(statement)) not in codes:
                joined.append(statement)
                codes.add(code)
        return _with_post_init_last(joined)

    def _overridden(self, statement: cst.CSTNode) -> cst.CSTNode | None:
        target = assigned(statement, self.rules.annotated_counts)
        if target is None:
            return statement
        name = code_of(target)
        return None if name in self.deleted else self.assigned.get(name, statement)

    def _with_super(self, statement: cst.CSTNode) -> cst.CSTNode:
        """`Base.f(self, …)` as `super().f(…)`: in a modular file it says that the parent's body is not wanted."""
        handlers = {cst.Call: lambda call: self._as_super(rewrite_below(call, handlers))}
        return rewrite_below(statement, handlers)

    def _as_super(self, call: cst.Call) -> cst.Call:
        if not isinstance(call.func, cst.Attribute) or not isinstance(call.func.value, (cst.Name, cst.Attribute)):
            return call
        if not self._is_base(dotted(call.func.value)):
            return call
        first_is_self = bool(call.args) and isinstance(call.args[0].value, cst.Name)
        first_is_self = first_is_self and call.args[0].value.value == "self"
        return call.with_changes(
            func=call.func.with_changes(value=cst.Call(func=cst.Name("super"))),
            args=call.args[1:] if first_is_self else call.args,
        )

    def _is_base(self, name: str | None) -> bool:
        if name == "nn.Module" and "GradientCheckpointingLayer" in self.bases:
            return True
        if name == "PreTrainedModel" and any(base and "PreTrainedModel" in base for base in self.bases):
            return True
        return name in self.bases


def _calls_super(statement: cst.CSTNode, name: str) -> bool:
    """Whether this line is `super().name(…)`, or returns it."""
    line = only(statement, (cst.Expr, cst.Return))
    match line and line.value:
        case cst.Call(func=cst.Attribute(value=cst.Call(func=cst.Name("super")), attr=cst.Name(called))):
            return called == name
    return False


def _with_post_init_last(body: list[cst.CSTNode]) -> list[cst.CSTNode]:
    for position, statement in enumerate(body[:-1]):
        if "self.post_init(" in bare_code_of(statement):
            return [*body[:position], *body[position + 1 :], statement]
    return body


def _with_init_first(body: list[cst.CSTNode], parents: list[cst.CSTNode]) -> list[cst.CSTNode]:
    """`super().__init__` before what the modular file put before it, where the parent begins with it too."""
    if _late_init(parents) is not None or (position := _late_init(body)) is None:
        return body
    start = _after_docstrings(body)
    return [*body[:start], body[position], *body[start:position], *body[position + 1 :]]


def _late_init(body: list[cst.CSTNode]) -> int | None:
    """Where `super().__init__` is called, if that is not at once."""
    start = _after_docstrings(body)
    for position, statement in enumerate(body[start + 1 :], start + 1):
        if "super().__init__" in bare_code_of(statement):
            return position
    return None


def _after_docstrings(body: list[cst.CSTNode]) -> int:
    start = 0
    while start < len(body) and is_docstring(body[start]):
        start += 1
    return start
