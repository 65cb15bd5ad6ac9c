"""Every modular file of a release of Transformers, expanded and held against the files that the release ships.

    python tests/corpus.py DIRECTORY [MODEL …]      DIRECTORY: of the package `transformers`, installed or unpacked

`nox -s corpus` runs it for the tested releases. Equal trees are equal definitions and imports, in any order, comments
aside. A third of the models, drawn by the seed, was out of sight while the expander was built; both figures are shown.
Exits 1 below what blueprint and issue ask for, or where a difference has no reason in corpus_reasons.txt.
"""

import ast
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from porting.modular.errors import ModularError
from porting.modular.expansion import Expander
from porting.modular.formatting import formatted


SEED = 12
REASONS = Path(__file__).with_name("corpus_reasons.txt")
# What is asked for, in per cent.
EQUAL, EQUAL_TEXT, IDENTICAL = 97, 99, 90
OTHER_THAN_TEXT = ("processing", "image_processing", "video_processing", "feature_extraction")


@dataclass
class Compared:
    """One generated file beside the shipped one."""

    model: str
    file: str
    identical: bool
    equal: bool
    text: bool = False

    @property
    def held_out(self) -> bool:
        return random.Random(f"{SEED}/{self.model}").random() < 1 / 3


def main() -> int:
    transformers, only = Path(sys.argv[1]).resolve(), sys.argv[2:]
    expander = Expander(transformers, None)
    began = time.monotonic()
    unformatted, failed, count = {}, [], 0
    for modular in sorted(transformers.glob("models/*/modular_*.py")):
        if not only or modular.parent.name in only:
            count += 1
            try:
                unformatted |= {modular.parent / name: text for name, text in expander.unformatted(modular).items()}
            except ModularError as error:
                failed.append(str(error))
    texts = formatted({str(path): text for path, text in unformatted.items()})
    took = time.monotonic() - began
    of_text_models = text_models(transformers)
    compared = [compare(Path(path), text, of_text_models) for path, text in texts.items()]
    release = re.search(r'__version__ = "(.+?)"', (transformers / "__init__.py").read_text(encoding="utf-8"))[1]
    print(f"Transformers {release}: {count} modular files, {len(compared)} files, {took / count:.2f} s a modular file")
    reached = [show("all", compared, EQUAL, IDENTICAL)]
    text_files = [each for each in compared if each.text]
    reached.append(show("configuration and modeling of text models", text_files, EQUAL_TEXT, IDENTICAL))
    for held_out in (False, True):
        name = f"{'held out' if held_out else 'seen'} (seed {SEED})"
        show(name, [each for each in compared if each.held_out == held_out])
    unexplained = show_differences(compared, release)
    for line in failed:
        print(f"  FAILED {line}")
    return 0 if all(reached) and not unexplained and not failed else 1


def compare(path: Path, text: str, of_text_models: set[str]) -> Compared:
    shipped = path.read_text(encoding="utf-8") if path.is_file() else ""
    of_text_model = path.parent.name in of_text_models and path.name.startswith(("configuration_", "modeling_"))
    equal = tree(text) == tree(shipped)
    return Compared(path.parent.name, path.name, text == shipped, equal, of_text_model)


def tree(text: str) -> Counter[str]:
    """The definitions and imports of a module, each imported name by itself, however they are ordered."""
    found: Counter[str] = Counter()
    for node in ast.parse(text).body:
        if isinstance(node, ast.If) and not node.orelse and all(map(_is_import, node.body)):
            found.update(f"if {ast.dump(node.test)}: {name}" for line in node.body for name in _imported(line))
        elif _is_import(node):
            found.update(_imported(node))
        else:
            found[ast.dump(node)] += 1
    return found


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, (ast.Import, ast.ImportFrom))


def _imported(node: ast.Import | ast.ImportFrom) -> Iterable[str]:
    source = f"from {'.' * node.level}{node.module} " if isinstance(node, ast.ImportFrom) else ""
    return [f"{source}import {alias.name} as {alias.asname}" for alias in node.names]


def text_models(transformers: Path) -> set[str]:
    """Models that have a language modeling head, and nothing that prepares other inputs than text."""
    auto = ast.parse((transformers / "models" / "auto" / "modeling_auto.py").read_text(encoding="utf-8"))
    mappings = [f"MODEL_FOR_{task}_MAPPING_NAMES" for task in ("CAUSAL_LM", "MASKED_LM", "SEQ_TO_SEQ_CAUSAL_LM")]
    classes = {
        node.value
        for statement in auto.body
        if isinstance(statement, ast.Assign) and getattr(statement.targets[0], "id", None) in mappings
        for node in ast.walk(statement.value)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    found = set()
    for path in transformers.glob("models/*/modeling_*.py"):
        defined = re.findall(r"^class (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        others = [other for kind in OTHER_THAN_TEXT for other in path.parent.glob(f"{kind}_*.py")]
        if classes & set(defined) and not others:
            found.add(path.parent.name)
    return found


def show(name: str, compared: list[Compared], equal: float = 0, identical: float = 0) -> bool:
    """Print the figures of these files; whether they reach these percentages."""
    if not compared:
        return True
    shares = [
        100 * sum(values) / len(compared) for values in zip(*((c.equal, c.identical) for c in compared), strict=True)
    ]
    print(f"  {name}: {len(compared)} files, equal trees {shares[0]:.1f} %, identical {shares[1]:.1f} %")
    return shares[0] >= equal and shares[1] >= identical


def show_differences(compared: list[Compared], release: str) -> bool:
    """Print each file that differs with its reason; whether one has none."""
    reasons = {}
    for line in REASONS.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            key, _, reason = line.partition(": ")
            reasons[tuple(key.split())] = reason
    unexplained = False
    for each in compared:
        if not each.identical:
            reason = reasons.get((release, each.file)) or reasons.get(("*", each.file))
            unexplained |= reason is None
            where = "text only" if each.equal else "tree"
            held = ", held out" if each.held_out else ""
            print(f"  {each.model}/{each.file} ({where}{held}): {reason or 'NO REASON GIVEN'}")
    return unexplained


if __name__ == "__main__":
    sys.exit(main())
