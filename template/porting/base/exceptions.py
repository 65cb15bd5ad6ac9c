"""What a modular file has to say because the converters change one name too many.

They put the port's name in the place of the parent's wherever it stands: also in what is not the parent's own.
Wav2Vec2 imports `Wav2Vec2BaseModelOutput` from Transformers' common outputs; ViTPose's configuration names the model type
`vitpose_backbone`, another model; the configuration of a part takes the name of the whole's, and is taken for it.
"""

import ast

from porting.base.parent import Parent
from porting.modular.expansion.names import FIXED
from porting.mount.naming import renamed


_PART = """
@property
def {name}(self):
    \"""The configuration itself: the part is the whole here.\"""
    return self
"""


def aliases(parent: Parent, model_type: str, prefix: str) -> dict[str, tuple[str, str]]:
    """Name that the port's code will ask for -> the module that has it, and its name there."""
    found = {}
    mentioned = parent.mentioned
    for name, module in parent.sources.imported.items():
        own = renamed(name, parent.module, parent.cased, model_type, prefix)
        if module.startswith("...") and own != name and name in mentioned and name not in FIXED:
            found[own] = (module, name)
    return found


def overrides(config: str, parent: Parent, own: dict[str, str], model_type: str, prefix: str) -> list[ast.stmt]:
    """The attributes of a configuration class that name another model's type, with the port's classes in them."""
    kept = []
    for line in parent.sources.classes[config].node.body:
        if isinstance(line, ast.Assign | ast.AnnAssign) and line.value is not None:
            texts = [node.value for node in ast.walk(line.value) if isinstance(node, ast.Constant)]
            if any(_is_another(text, parent, model_type, prefix) for text in texts if isinstance(text, str)):
                kept.append(_OwnNames(own).visit(ast.parse(ast.unparse(line)).body[0]))
    return kept


def parts_of_itself(whole: set[str], parent: Parent) -> list[ast.stmt]:
    """Properties for the configuration of a port of a part, under the names of parts that code asks it for.

    `config.vision_config.hidden_size if isinstance(config, SiglipConfig) else config.hidden_size` comes along with the
    port's configuration in the place of Siglip's, whose name it has. `whole`: the configurations whose name it has.
    """
    found: dict[str, None] = {}
    for name in parent.sources.reached(parent.models):
        known = parent.sources.classes.get(name)
        nodes = [*ast.walk(known.node)] if known else []
        asked = {
            ast.unparse(node.args[0])
            for node in nodes
            if isinstance(node, ast.Call)
            and ast.unparse(node.func) == "isinstance"
            and ast.unparse(node.args[1]) in whole
        }
        for node in nodes:
            if isinstance(node, ast.Attribute) and node.attr.endswith("_config") and ast.unparse(node.value) in asked:
                found[node.attr] = None
    return [ast.parse(_PART.format(name=name)).body[0] for name in found]


def imports_of(statements: list[ast.stmt], parent: Parent) -> dict[str, str]:
    """Name -> module, of what statements of the parent's mention and import."""
    names = {node.id for line in statements for node in ast.walk(line) if isinstance(node, ast.Name)}
    return {name: module for name, module in parent.sources.imported.items() if name in names}


def _is_another(text: str, parent: Parent, model_type: str, prefix: str) -> bool:
    """Whether a string is the type of a model of another directory, and would not be after renaming."""
    if text not in parent.auto.configs or parent.auto.module_of(text) == parent.module:
        return False
    return renamed(text, parent.module, parent.cased, model_type, prefix) != text


class _OwnNames(ast.NodeTransformer):
    def __init__(self, own: dict[str, str]):
        self.own = own

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self.own.get(node.id, node.id), node.ctx)
