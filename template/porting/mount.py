"""Let the installed Transformers see the models of a workspace, as if they were part of it.

Installing a mount costs one entry in `sys.meta_path`. Nothing else happens until something imports
`transformers`; then five of its modules are completed right after they ran:

    utils.import_utils     `define_import_structure` also lists the workspace's classes
    models                 `__path__` also holds the workspace's model directory
    models.auto.*          the mappings also hold the workspace's entries

Standard library only: `porting.site_mount` loads this file in interpreters that know nothing of `porting`.
"""

import importlib.abc
import sys
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path


_MODELS = Path("src", "transformers", "models")


class MountFinder(importlib.abc.MetaPathFinder):
    """Finds what the other finders find, and completes the modules named in the table below."""

    def __init__(self, root: Path):
        self.root = root
        self.completions: dict[str, Callable] = {
            "transformers.utils.import_utils": self._complete_import_utils,
            "transformers.models": self._complete_models,
            "transformers.models.auto.auto_mappings": self._complete_configs,
            "transformers.models.auto.modeling_auto": self._complete_modeling,
            "transformers.models.auto.tokenization_auto": self._complete_tokenization,
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

    def _complete_configs(self, module):
        for registration in self._registrations():
            module.CONFIG_MAPPING_NAMES.update(registration.configs)

    def _complete_modeling(self, module):
        for registration in self._registrations():
            for mapping, class_name in registration.models.items():
                getattr(module, mapping)[registration.model_type] = class_name

    def _complete_tokenization(self, module):
        for registration in self._registrations():
            if registration.tokenizer:
                module.TOKENIZER_MAPPING_NAMES[registration.model_type] = registration.tokenizer

    @cache  # noqa: B019  (one finder lives as long as its interpreter)
    def _registrations(self) -> list:
        read_registration = _load_sibling("registration").read_registration
        reused = _reused_tokenizer(self.root)
        return [
            read_registration(directory, reused)
            for directory in sorted((self.root / _MODELS).iterdir())
            if (directory / f"configuration_{directory.name}.py").is_file()
        ]


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
    # By name: site_mount loads this source as a module of its own, so the class may exist twice.
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


def _load_sibling(name: str):
    import importlib.util

    spec = importlib.util.spec_from_file_location(f"port_{name}", Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _reused_tokenizer(root: Path) -> str | None:
    import yaml  # Transformers depends on it, and is being imported

    answers = yaml.safe_load((root / ".copier-answers.yml").read_text(encoding="utf-8")) or {}
    return answers.get("tokenizer_class") if answers.get("tokenizer") == "reuse" else None
