"""Upstream's own converter, out of a clone of Transformers, on the parents of the installed release."""

import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

from porting.errors import CannotRun, last_line
from porting.modular.files import was_generated
from porting.modular.plan import Made
from porting.modular.sources import installed_transformers
from porting.modular.stamp import sha256


CLONE = "clone "  # how the stamp calls an expander that is a clone's
_PARTS = ("modular_model_converter.py", "create_dependency_mapping.py", "modular_integrations.py")
_NOT_WRITTEN = b"\n# not written by the converter\n"

# The copy of the workspace is mounted: the converter finds the installed parents, the workspace's own, and the port's
# name in the configuration mapping, which gives it the classes' prefix.
_RUN = """
import multiprocessing, runpy, sys
root, tools, utils, modular = sys.argv[1:5]
sys.path.insert(0, tools)
from porting import mount
mount.install(root)
sys.path[0] = utils
multiprocessing.set_start_method("fork")
sys.argv = ["modular_model_converter.py", "--files_to_parse", modular, "--num_workers", "1"]
runpy.run_path(f"{utils}/modular_model_converter.py", run_name="__main__")
"""


def by_clone(clone: Path) -> Made:
    """What expands with the converter of a clone. Raises CannotRun if there is none at `clone`."""
    clone = clone.expanduser().resolve()
    utils = clone / "utils"
    if missing := [name for name in _PARTS[:1] if not (utils / name).is_file()]:
        raise CannotRun(f"CONVERTER={clone} has no utils/{missing[0]}; give the root of a clone of Transformers")
    content = b"".join((utils / name).read_bytes() for name in _PARTS if (utils / name).is_file())
    directory, release = installed_transformers()
    return Made(partial(_expand, clone), directory, release, f"{CLONE}{sha256(content)[:12]}")


def _expand(clone: Path, modular: Path, transformers: Path, models: Path) -> dict[str, str]:
    """Run the converter on a modular file of a scratch tree; what it wrote. Raises CannotRun with its last line."""
    root = models.parents[2]
    tools = Path(__file__).resolve().parents[2]
    for source in (clone / "pyproject.toml", tools / ".copier-answers.yml"):
        if source.is_file():
            shutil.copyfile(source, root / source.name)
    standing = _made_from(modular)
    for path in standing:
        path.write_bytes(path.read_bytes() + _NOT_WRITTEN)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])  # it calls `ruff`
    command = [sys.executable, "-c", _RUN, root, tools, clone / "utils", modular.relative_to(root)]
    done = subprocess.run(
        [str(part) for part in command],
        cwd=root,
        env=os.environ | {"PATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        raise CannotRun(f"the clone's converter did not convert {modular.name}: {last_line(done.stdout)}")
    written = [path for path in _made_from(modular) if not path.read_bytes().endswith(_NOT_WRITTEN)]
    return {path.name: path.read_text(encoding="utf-8") for path in written}


def _made_from(modular: Path) -> list[Path]:
    """The files beside a modular file that say they were generated from it."""
    name = modular.name.encode()
    beside = [path for path in sorted(modular.parent.glob("*.py")) if path != modular]
    return [path for path in beside if was_generated(content := path.read_bytes()) and name in content[:3000]]
