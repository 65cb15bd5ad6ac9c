"""How the name of a model is spelt, and how names, strings and comments go from one model to another.

A model has a type in lower case (`gpt_neox`) and a prefix for its classes (`GPTNeoX`). The auto mapping of the
installed release says which belong together; for a model that is not in it they follow from each other.
"""

import ast
import re
from collections.abc import Mapping

import libcst as cst

from porting.modular.expansion.trees import Handlers, rewrite, rewrite_below


# Names of packages and of their functions that contain the name of a model and are no model's.
FIXED = frozenset(
    ["mamba_ssm", "mamba-ssm", "use_mambapy", "is_mambapy_available", "mamba_inner_fn", "mamba2_chunk_scan"]
    + ["mamba_selective_scan", "mamba_selective_state_update", "mamba2_selective_state_update"]
    + ["mamba2_split_conv1d_scan_combined"]
)
# The beginnings of the names of files that are generated.
KINDS = ("configuration", "modeling", "tokenization", "processing", "image_processing_pil", "image_processing")
KINDS += ("video_processing", "feature_extraction")
ANY_KIND = "|".join(KINDS)


class ModelNames:
    """The types of models and the prefixes of their classes."""

    def __init__(self, configurations: Mapping[str, str]):
        """`configurations`: from type to configuration class, as in the auto mapping."""
        self.configurations = dict(configurations)
        self._types = {config: model_type for model_type, config in self.configurations.items()}

    def prefix(self, model_type: str) -> str:
        """`GPTNeoX` for `gpt_neox`."""
        for key in (model_type, model_type.replace("_", "-")):
            if key in self.configurations:
                return self.configurations[key].replace("Config", "")
        return "".join(word.title() for word in model_type.split("_"))

    def model_type(self, prefix: str) -> str:
        """`gpt_neox` for `GPTNeoX`."""
        known = self._types.get(f"{prefix}Config")
        return known if known is not None else "_".join(re.findall(r"[A-Z][^A-Z]*", prefix)).lower()

    def with_models(self, configurations: Mapping[str, str]) -> "ModelNames":
        """These, and those of `configurations` of which neither type nor class is among them."""
        new = {
            model_type: configuration
            for model_type, configuration in configurations.items()
            if self.configurations.keys().isdisjoint([model_type, model_type.replace("_", "-")])
            and configuration not in self._types
        }
        return ModelNames(self.configurations | new)


def auto_mapping(*sources: str) -> dict[str, str]:
    """CONFIG_MAPPING_NAMES as the modules with these sources make it, one after the other, read but never run."""
    mapping: dict[str, str] = {}
    for source in sources:
        for statement in ast.parse(source).body:
            if isinstance(statement, ast.Assign):
                target, value = statement.targets[0], statement.value
            elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
                target, value = statement.value.func, statement.value
            else:
                continue
            if any(getattr(node, "id", None) == "CONFIG_MAPPING_NAMES" for node in ast.walk(target)):
                added = dict(_pairs(value))
                carries_on = any(
                    isinstance(node, ast.Name) and node.id == "CONFIG_MAPPING_NAMES" for node in ast.walk(value)
                )
                front = isinstance(statement, ast.Assign) and carries_on
                mapping = added | mapping if front else mapping | added
    return mapping


def _pairs(value: ast.expr) -> list[tuple[str, str]]:
    """What is written down in `value` as pairs of strings, in dictionaries or tuples."""
    found: list[tuple[ast.expr | None, ast.expr]] = []
    for node in ast.walk(value):
        if isinstance(node, ast.Dict):
            found += zip(node.keys, node.values, strict=True)
        elif isinstance(node, ast.Tuple) and len(node.elts) == 2:
            found.append((node.elts[0], node.elts[1]))
    strings = [(getattr(key, "value", None), getattr(entry, "value", None)) for key, entry in found]
    return [(key, entry) for key, entry in strings if isinstance(key, str) and isinstance(entry, str)]


class Renaming:
    """From the names of one model to those of another, case by case.

    `llama` becomes the new type, `LLAMA` the new type in capitals, `Llama` and any other mixture of cases the new
    prefix; only where no letter or digit stands before it. Modules of the new model keep the name of `owner`, the
    model whose files are being made, where classes go by another prefix.
    """

    def __init__(self, names: ModelNames, old: str, new: str, owner: str | None = None):
        old, new = old.replace("-", "_"), new.replace("-", "_")
        self.new, self.owner = new, owner
        self.new_prefix = names.prefix(new)
        # Where the prefix is the type in capitals (CLIP), the two are one entry, and what follows decides.
        self.spellings = {old: new, old.upper(): new.upper()} | {names.prefix(old): self.new_prefix}
        self._same_capitals = len(self.spellings) == 2
        either = "|".join(re.escape(spelling) for spelling in self.spellings)
        self._pattern = re.compile(f"(?<![a-z0-9])({either})(.|$)", re.IGNORECASE | re.DOTALL)
        self._seen: dict[str, str] = {}

    def text(self, text: str) -> str:
        """A name, string or comment under the new name."""
        renamed = self._seen.get(text)
        if renamed is None:
            fixed = text in FIXED or text.strip('"') in FIXED
            renamed = self._seen[text] = text if fixed else self._pattern.sub(self._replacement, text)
        return renamed

    def _replacement(self, match: re.Match) -> str:
        found, following = match.groups()
        replacement = self.spellings.get(found, self.new_prefix)
        if self._same_capitals and found.isupper() and not following.isalpha():
            replacement = self.spellings[found.lower()].upper()
        return replacement + following

    def tree(self, node: cst.CSTNode, names: bool = True) -> cst.CSTNode:
        """`node` under the new name; strings and comments only, if `names` is false."""
        handlers: dict = {cst.SimpleString: self._in_token, cst.Comment: self._in_token}
        if names:
            handlers[cst.Name] = self._in_token
        handlers[cst.ImportFrom] = lambda found: self._in_import(found, handlers)
        return rewrite(node, handlers)

    def _in_token(self, node: cst.CSTNode) -> cst.CSTNode | None:
        if "# Copied from" in node.value:
            return None
        renamed = self.text(node.value)
        return node if renamed == node.value else node.with_changes(value=renamed)

    def _in_import(self, node: cst.ImportFrom, handlers: Handlers) -> cst.ImportFrom:
        """Other packages keep their names; files of the new model are named after it, whatever the prefix."""
        if not node.relative:
            return node
        node = rewrite_below(node, handlers)
        if self.owner is not None and self.owner != self.new and isinstance(node.module, cst.Name):
            module = re.sub(rf"({ANY_KIND})_{self.new}", rf"\g<1>_{self.owner}", node.module.value)
            node = node.with_changes(module=node.module.with_changes(value=module))
        return node
