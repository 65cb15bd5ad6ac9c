"""Let the installed Transformers see the models of a workspace, as if they were part of it.

Installing a mount costs one entry in `sys.meta_path`. Nothing else happens until something imports
`transformers`; then some of its modules are completed right after they ran:

    utils.import_utils     `define_import_structure` also lists the workspace's classes
    models                 `__path__` also holds the workspace's model directory
    models.auto.*          the mappings also hold the workspace's entries
    conversion_mapping     the parent's entries hold under the names of a port too

Standard library only: `site_mount` loads this package in interpreters that know nothing of `porting`.
"""

import importlib.abc
import sys
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from types import ModuleType


_AUTO = (
    "auto_mappings",
    "configuration_auto",
    "modeling_auto",
    "processing_auto",
    "image_processing_auto",
    "video_processing_auto",
    "feature_extraction_auto",
    "tokenization_auto",
)
_MODELS = Path("src", "transformers", "models")


class MountFinder(importlib.abc.MetaPathFinder):
    """Finds what the other finders find, and completes the modules named in the table below."""

    def __init__(self, root: Path):
        self.root = root
        self.completions: dict[str, Callable] = {
            "transformers.utils.import_utils": self._complete_import_utils,
            "transformers.models": self._complete_models,
            **{f"transformers.models.auto.{name}": self._complete_auto for name in _AUTO},
            "transformers.conversion_mapping": self._complete_conversion,
        }

    def find_spec(self, fullname, path=None, target=None):
        complete = self.completions.get(fullname)
        if complete is None or not (self.root / _MODELS).is_dir():
            return None
        spec = _find_further(self, fullname, path, target)
        if spec is None or spec.loader is None:
            return spec
        run = spec.loader.exec_module

        def run_then_complete(module):
            run(module)
            complete(sys.modules.get(fullname, module))

        spec.loader.exec_module = run_then_complete
        return spec

    def _complete_import_utils(self, module):
        define = module.define_import_structure
        models = self.root / _MODELS

        @wraps(define)
        def define_with_workspace(module_path, prefix=None):
            structure = define(module_path, prefix)
            if not _is_models_package(module_path):
                return structure
            for backends, modules in define(str(models), prefix).items():
                structure.setdefault(backends, {}).update(modules)
            return structure

        module.define_import_structure = define_with_workspace

    def _complete_models(self, module):
        models = str(self.root / _MODELS)
        if models not in module.__path__:
            module.__path__.insert(0, models)

    def _complete_auto(self, module: ModuleType):
        from . import entries

        for port in self._ports():
            entries.enter(port, module)

    def _complete_conversion(self, module: ModuleType):
        from . import conversion_entries

        for port in self._ports():
            conversion_entries.enter(port, module, self.root / "conversion" / "rules.py")

    @cache  # noqa: B019  (one finder lives as long as its interpreter)
    def _ports(self) -> list:
        from .registration import read_registration

        answers = _answers(self.root)
        reused = answers.get("tokenizer_class") if answers.get("tokenizer") == "reuse" else None
        ports = []
        for directory in sorted((self.root / _MODELS).iterdir()):
            if (directory / f"configuration_{directory.name}.py").is_file():
                own = directory.name == answers.get("model_type")
                base = answers.get("base_model") if own else None
                prefix = answers.get("camelcase_name") if own else None
                ports.append(read_registration(directory, reused, base, prefix))
        return ports


def install(root: str | Path) -> None:
    """Mount the workspace at `root`; a second call for the same workspace does nothing.

    Raises RuntimeError if `transformers` was imported before: a half-mounted library helps nobody.
    """
    root = Path(root).resolve()
    if mounted(root):
        return
    if "transformers" in sys.modules:
        raise RuntimeError(f"{root} cannot be mounted: transformers is already imported; mount first, then import it")
    sys.meta_path.insert(0, MountFinder(root))


def mounted(root: str | Path) -> bool:
    """Whether this interpreter has the workspace at `root` mounted."""
    root = Path(root).resolve()
    # By name: site_mount loads this source as a package of its own, so the class may exist twice.
    return any(type(finder).__name__ == "MountFinder" and finder.root == root for finder in sys.meta_path)


def _find_further(finder, fullname, path, target):
    """What the finders behind this one find. Those before it were asked already; with two workspaces mounted, asking
    them again would never end."""
    for further in sys.meta_path[sys.meta_path.index(finder) + 1 :]:
        spec = further.find_spec(fullname, path, target) if hasattr(further, "find_spec") else None
        if spec is not None:
            return spec
    return None


def _is_models_package(module_path: str) -> bool:
    path = Path(module_path)
    directory = path.parent if path.suffix == ".py" else path
    return directory.parts[-2:] == ("transformers", "models")


def _answers(root: Path) -> dict:
    import yaml  # Transformers depends on it, and is being imported

    return yaml.safe_load((root / ".copier-answers.yml").read_text(encoding="utf-8")) or {}
