"""Build the workspace's own environment, unless the active one already has what is needed; start the port, if none is.

TORCH_INDEX names another index to install PyTorch from, such as that of its builds for CPUs.
Standard library only: this runs before anything is installed.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

from porting.errors import CannotRun, last_line
from porting.releases import say_untested


_READY = "port-ready"

# Run by a candidate interpreter; prints what it lacks, one line each.
_MISSING = """
import importlib.metadata as metadata, sys
try:
    from packaging.requirements import Requirement
except ImportError:
    print("packaging"); sys.exit()
for line in open(sys.argv[1], encoding="utf-8"):
    if line.strip() and not line.startswith("#"):
        needed = Requirement(line.strip())
        try:
            if not needed.specifier.contains(metadata.version(needed.name), prereleases=True):
                print(needed)
        except metadata.PackageNotFoundError:
            print(needed)
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--own", action="store_true", help="build .venv even if the active environment would do")


def run(arguments: argparse.Namespace) -> None:
    root = Path(__file__).resolve().parents[1]
    python = prepare(root, own=arguments.own)
    if not started(root) and subprocess.run([python, "-m", "porting", "start"], cwd=root).returncode:
        raise CannotRun(
            "the environment is there, but the port was not started, for the reason above; then: make start"
        )


def answer(root: Path, key: str) -> str | None:
    """A plain answer of one word, None if there is none. The workspace's other modules read answers as YAML."""
    text = (root / ".copier-answers.yml").read_text(encoding="utf-8")
    found = re.search(rf'^"?{key}"?: *["\']?([\w.-]+)["\']?$', text, re.MULTILINE)
    return found[1] if found else None


def started(root: Path) -> bool:
    """Whether `make start` has nothing to do: files of the model are there, were once, or come with the template."""
    model_type = answer(root, "model_type")
    folder = root / "src" / "transformers" / "models" / str(model_type)
    there = [
        kind for kind in ("modular", "configuration", "modeling") if (folder / f"{kind}_{model_type}.py").is_file()
    ]
    return answer(root, "base_model") in (None, "none") or bool(there) or (root / ".modular.json").is_file()


def prepare(root: Path, own: bool = False) -> Path:
    """Return an interpreter that has what the workspace needs and sees the port; build `.venv` if none has.

    With `own` the active environment does not count. Raises CannotRun.
    """
    python = None if own else ready_python(root)
    if python is None:
        if not own and (active := active_python()):
            print(f"{active} has not {', '.join(missing(root, active))}, which the workspace needs.", flush=True)
        python = build(root)
    else:
        if lacking := missing(root, python):
            mend(root, python, lacking)
        _mount(root, python)
        print(f"{python} has all that is needed, and sees the port now.", flush=True)
    say_untested(python)
    return python


def own_python(root: Path) -> Path:
    """The interpreter of the workspace's own environment, whether or not it exists."""
    venv = root / ".venv"
    return venv / "Scripts" / "python.exe" if os.name == "nt" else venv / "bin" / "python"


def active_python() -> Path | None:
    """The interpreter of the active environment: what `python` means in this shell."""
    found = shutil.which("python") or shutil.which("python3")
    return Path(found) if found else None


def missing(root: Path, python: Path) -> list[str]:
    """The requirements of the workspace that an interpreter does not meet."""
    check = subprocess.run(
        [python, "-c", _MISSING, str(root / "requirements.txt")], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    if check.returncode:
        return ["a working Python"]
    return check.stdout.decode().split("\n")[:-1]


def ready_python(root: Path) -> Path | None:
    """An interpreter that meets every requirement: the workspace's own, else the active one, else None."""
    own = own_python(root)
    if (root / ".venv" / _READY).is_file() and own.exists():
        return own
    active = active_python()
    if active is not None and not missing(root, active):
        return active
    return None


def build(root: Path) -> Path:
    """Make `.venv` with the tested versions and mount the port in it; return its interpreter.

    Raises CannotRun, naming the step that failed. A half-built `.venv` is rebuilt by the next call.
    """
    python = own_python(root)
    pip = _pip(python)
    steps = [
        ("make .venv", [sys.executable, "-m", "venv", "--clear", ".venv"]),
        ("install PyTorch", [*pip, *torch_index(), "torch"]),
        ("install Transformers, the linters and the test tools", [*pip, "--requirement", "requirements.txt"]),
    ]
    started = time.monotonic()
    for number, (what, command) in enumerate(steps, start=1):
        print(f"[{number}/{len(steps)}] {what} ...", flush=True)
        done = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            raise CannotRun(f"could not {what}: {last_line(done.stdout)}; mend that, then run `make setup` again")
    _mount(root, python)
    (root / ".venv" / _READY).touch()
    print(f"{python} is ready, after {time.monotonic() - started:.0f} s of installing.", flush=True)
    return python


def torch_index() -> list[str]:
    """The options of pip for TORCH_INDEX; none where it is not given. Raises CannotRun if it is no address."""
    address = os.environ.get("TORCH_INDEX", "")
    if address and not re.match(r"(https?|file)://\S+$", address):
        raise CannotRun(
            f"TORCH_INDEX is {address!r}, which is no address; take the one behind --index-url that "
            "https://pytorch.org/get-started/locally shows for your system"
        )
    return ["--index-url", address] if address else []


def mend(root: Path, python: Path, lacking: list[str]) -> None:
    """Install into the workspace's own environment what it has not, or has at another version. Raises CannotRun."""
    print(f"{python} has not {', '.join(lacking)}; installing ...", flush=True)
    command = [*_pip(python), *lacking]
    done = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise CannotRun(
            f"could not install {', '.join(lacking)}: {last_line(done.stdout)}; mend that, then run `make setup` again"
        )


def _pip(python: Path) -> list[str | Path]:
    """The command that installs at the tested versions, without what is to be installed."""
    quietly = ("--disable-pip-version-check", "--quiet", "--constraint", "constraints.txt")
    return [python, "-m", "pip", "install", *quietly]


def _mount(root: Path, python: Path) -> None:
    """Have every interpreter of an environment mount the port when it imports Transformers."""
    name = f"port_template_{answer(root, 'model_type')}"
    site_packages = _site_packages(python)
    try:
        shutil.copyfile(_site_mount(root), site_packages / f"{name}.py")
        line = f"import {name}; {name}.watch({str(root)!r})\n"
        (site_packages / f"{name}.pth").write_text(line, encoding="utf-8")
    except OSError as error:
        raise CannotRun(
            f"the port could not be mounted in {site_packages} ({error.strerror}); "
            "run `make setup PYTHON=...` with an environment of your own"
        ) from None


def renew_mounts(root: Path) -> None:
    """Mount the port anew where an older version of the tools did: its file in the environment looks for the mount
    where that no longer is, and says nothing. For the workspace's own environment and the active one."""
    for python in dict.fromkeys(
        python for python in (own_python(root), active_python()) if python and python.exists()
    ):
        try:
            renew_mount(root, python, _site_packages(python))
        except (OSError, subprocess.CalledProcessError, CannotRun):
            continue  # an environment that is not ours to write


def renew_mount(root: Path, python: Path, site_packages: Path) -> None:
    """Mount the port anew in an environment that has an outdated entry for this workspace; else do nothing."""
    entry = site_packages / f"port_template_{answer(root, 'model_type')}.py"
    if not entry.is_file() or not entry.with_suffix(".pth").is_file():
        return
    ours = repr(str(root)) in entry.with_suffix(".pth").read_text(encoding="utf-8")
    if ours and entry.read_bytes() != _site_mount(root).read_bytes():
        _mount(root, python)


def _site_mount(root: Path) -> Path:
    return root / "porting" / "mount" / "site_mount.py"


def _site_packages(python: Path) -> Path:
    if Path(sys.executable) == python:
        return Path(sysconfig.get_path("purelib"))
    asked = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], stdout=subprocess.PIPE, check=True
    )
    return Path(asked.stdout.decode().strip())
