"""Runs once after `copier copy`, in the new workspace: environment, style, smoke.

The workspace is whole before this starts. So nothing here may take it away: whatever fails is named
with the command that does it later, and the exit code stays 0. Standard library only.
"""

import argparse
import subprocess
import sys
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--setup", choices=["yes", "no"], required=True)
    arguments = parser.parse_args()
    root = Path.cwd()
    sys.path.insert(0, str(root))
    sys.dont_write_bytecode = True

    not_done = []
    python = find_environment(root, arguments.setup == "yes", not_done)
    for target, what in (("style", "The code is not formatted"), ("smoke", "The model has not been tried")):
        if python is None or subprocess.run([python, "-m", "porting", target], cwd=root).returncode:
            not_done.append((what, f"make {target}"))
    if not_done:
        print("\nThe workspace is complete, but:")
        for what, command in not_done:
            print(f"  {what}; later: {command}")


def find_environment(root: Path, may_build: bool, not_done: list[tuple[str, str]]) -> Path | None:
    """An interpreter that can run the workspace's tools; None, and a line in `not_done`, if there is none."""
    from porting import environment
    from porting.errors import CannotRun

    try:
        if may_build:
            return environment.prepare(root)
        python = environment.ready_python(root)
        if python is None:
            not_done.append(("No environment was asked for", "make setup"))
        return python
    except (CannotRun, OSError) as error:
        print(f"The environment could not be built: {error}")
        not_done.append(("There is no environment", "make setup"))
    return None


if __name__ == "__main__":
    main()
