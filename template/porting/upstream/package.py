"""One `tests` package: the workspace's tests, upstream's common tests, and stand-ins for what is absent."""

import importlib
import sys
import types
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path

from porting.upstream.sdist import CommonTests


_STAND_INS = Path(__file__).with_name("stand_ins")


def compose(root: Path, common: CommonTests) -> None:
    """Make `tests.test_modeling_common` and its siblings importable beside the tests under `root`."""
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    package = importlib.import_module("tests")
    places = [str(root / "tests"), str(common.path)]
    if common.kind == "sdist":
        places.append(str(_STAND_INS))
        sys.meta_path.append(PipelineTestStandIns())
        _import_installed_instead_of_source_tree()
    else:
        sys.path.append(str(common.path.parent))  # upstream's pipeline tests import the clone's `utils`
    package.__path__ = places


def _import_installed_instead_of_source_tree() -> None:
    """`PipelineTesterMixin` imports Transformers from `../src` beside its tests; let it have the installed one."""
    import transformers.utils

    transformers.utils.direct_transformers_import = lambda *_args, **_kwargs: sys.modules["transformers"]


class PipelineTestStandIns(MetaPathFinder, Loader):
    """Answers for `tests.pipelines.test_pipelines_<task>`, which a release does not carry.

    `PipelineTesterMixin` names one class of each such module. They would only come to run with tiny
    checkpoints from the hub, which a new model does not have, so an empty class serves.
    """

    _PREFIX = "tests.pipelines.test_pipelines_"

    def find_spec(self, fullname, path=None, target=None):
        return ModuleSpec(fullname, self) if fullname.startswith(self._PREFIX) else None

    def exec_module(self, module: types.ModuleType) -> None:
        def empty_test_class(name: str) -> type:
            if not name.endswith("PipelineTests"):
                raise AttributeError(name)
            return type(name, (), {})

        module.__getattr__ = empty_test_class
