"""Runs once after `copier copy`, in the new workspace: environment, style, smoke.

The workspace is whole before this starts. So nothing here may take it away: whatever fails, or is
interrupted, is named with the command that does it later, and the exit code stays 0. Standard library only.
"""

import argparse
import signal
import subprocess
import sys
from pathlib import Path


# make target -> what is true while it has not run
STEPS = {
    "setup": "There is no environment",
    "style": "The code is not formatted",
    "smoke": "The model has not been tried",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--setup", choices=["yes", "no"], required=True)
    parser.add_argument(
        "--style", choices=["yes", "no"], default="yes", help="no: the porter's files were here before"
    )
    arguments = parser.parse_args()
    root = Path.cwd()
    sys.path.insert(0, str(root))
    sys.dont_write_bytecode = True

    done = set()

    def interrupted(*_) -> None:
        # At once: Copier, interrupted by the same key, gives its tasks a quarter of a second.
        print("\nInterrupted.")
        report(done)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupted)
    try:
        python = find_environment(root, may_build=arguments.setup == "yes")
        if python is not None:
            done.add("setup")
            for target in ("style", "smoke"):
                if target == "style" and arguments.style == "no":
                    print("Files of a port were here before: none was changed, and none is formatted.", flush=True)
                elif subprocess.run([python, "-m", "porting", target], cwd=root).returncode == 0:
                    done.add(target)
    except KeyboardInterrupt:
        return
    report(done)


def report(done: set[str]) -> None:
    """Say what has not run, and the command for later."""
    if done != set(STEPS):
        print("\nThe workspace is complete, but:")
        for target, what in STEPS.items():
            if target not in done:
                print(f"  {what}; later: make {target}")
        sys.stdout.flush()


def find_environment(root: Path, may_build: bool) -> Path | None:
    """An interpreter that can run the workspace's tools; None, with the reason printed, if there is none."""
    from porting import environment
    from porting.errors import CannotRun

    try:
        return environment.prepare(root) if may_build else environment.ready_python(root)
    except (CannotRun, OSError) as error:
        print(f"The environment could not be built: {error}")
        return None


if __name__ == "__main__":
    main()
