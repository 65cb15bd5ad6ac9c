"""The `tests/` of the installed Transformers: from its clone, or from its sdist, cached."""

import importlib.metadata
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from porting.errors import CannotRun, last_line
from porting.upstream.archive import unpack


_LEFT_OUT = {"utils/tiny_model_summary.json": "{}", "fixtures/sample_text.txt": "A sample.\n"}


@dataclass(frozen=True)
class CommonTests:
    """Where the common tests come from: `kind` is "clone" or "sdist"."""

    kind: str
    version: str
    path: Path

    def __str__(self) -> str:
        if self.kind == "clone":
            return f"a clone of Transformers {self.version} (every common test)"
        return f"the sdist of Transformers {self.version} (upstream's generation and export tests need a clone)"


def installed_version() -> str:
    """The version of the installed Transformers, without importing it."""
    try:
        return importlib.metadata.version("transformers")
    except importlib.metadata.PackageNotFoundError:
        raise CannotRun(
            f"transformers is not installed in {sys.executable}; run `make setup`, or name an interpreter: PYTHON=..."
        ) from None


def find_common_tests() -> CommonTests:
    """Common tests that match the installed Transformers.

    `UPSTREAM` names a clone; an editable install is its own clone; otherwise the sdist of the release
    is used and, where it is not in the cache, fetched with pip. Raises CannotRun if that fails, or if
    the clone is of another version: tests of one version say little about the code of another.
    """
    version = installed_version()
    if os.environ.get("UPSTREAM"):
        clone = Path(os.environ["UPSTREAM"]).expanduser()
        found = _version_of_clone(clone)
        if found != version:
            raise CannotRun(
                f"UPSTREAM={clone} holds Transformers {found}, but {version} is installed; "
                f"run `pip install -e {clone}` or leave UPSTREAM out"
            )
    else:
        clone = _clone_of_installed()
    if clone is not None:
        return CommonTests("clone", version, clone / "tests")
    cached = cache_directory() / f"transformers-{version}" / "tests"
    if not cached.is_dir():
        _fetch(version, cached.parent)
    _add_missing(cached)
    return CommonTests("sdist", version, cached)


def cache_directory() -> Path:
    """Where fetched tests are kept: `PORT_TEMPLATE_CACHE`, else the user's cache directory."""
    if os.environ.get("PORT_TEMPLATE_CACHE"):
        return Path(os.environ["PORT_TEMPLATE_CACHE"])
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "~/AppData/Local")
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    return Path(base).expanduser() / "port-template"


def _clone_of_installed() -> Path | None:
    spec = importlib.util.find_spec("transformers")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parents[2]
    return root if (root / "tests" / "test_modeling_common.py").is_file() else None


def _version_of_clone(clone: Path) -> str:
    try:
        source = (clone / "src" / "transformers" / "__init__.py").read_text(encoding="utf-8")
    except OSError:
        raise CannotRun(f"UPSTREAM={clone} is not a clone of Transformers: it has no src/transformers") from None
    stated = re.search(r'^__version__ = "(.+)"', source, flags=re.MULTILINE)
    return stated[1] if stated else "of no stated version"


def _fetch(version: str, destination: Path) -> None:
    destination.parent.mkdir(parents=True, exist_ok=True)
    print(f"Fetching the common tests of Transformers {version} (once per release) ...", flush=True)
    with tempfile.TemporaryDirectory(dir=destination.parent) as scratch:
        download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "transformers"]
        pip = subprocess.run(
            [*download, "--dest", scratch, f"transformers=={version}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        archives = list(Path(scratch).glob("transformers-*.tar.gz"))
        if pip.returncode or not archives:
            raise CannotRun(
                f"pip could not fetch the sdist of transformers=={version} ({last_line(pip.stdout)}); go online once, or install "
                "Transformers from a clone with `pip install -e`"
            )
        unpacked = Path(scratch) / "tests"
        unpack(archives[0], "tests", unpacked)
        (unpacked / "__init__.py").touch()
        complete = Path(scratch) / "complete"
        complete.mkdir()
        unpacked.rename(complete / "tests")
        try:
            complete.rename(destination)  # in one step: an interrupted fetch leaves nothing that looks finished
        except OSError:
            if not (destination / "tests").is_dir():  # else another process was faster
                raise


def _add_missing(tests: Path) -> None:
    """Add what the mixins open and a release leaves out; also to a cache that an older revision of this file filled."""
    for name, content in _LEFT_OUT.items():
        if not (tests / name).is_file():
            (tests / name).parent.mkdir(exist_ok=True)
            (tests / name).write_text(content, encoding="utf-8")
