"""Runs once after `copier copy`, in the new workspace: environment, start, style, smoke.

The workspace is whole before this starts. So nothing here may take it away: whatever fails, or is
interrupted, is named with the command that does it later, and the exit code stays 0. Standard library only.
"""

import argparse
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path


# make target -> what is true while it has not run
STEPS = {
    "setup": "There is no environment",
    "start": "The port is not started",
    "style": "The code is not formatted",
    "smoke": "The model has not been tried",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--setup", choices=["yes", "no"], required=True)
    parser.add_argument(
        "--style", choices=["yes", "no"], default="yes", help="no: the porter's files were here before"
    )
    parser.add_argument("--start", choices=["yes", "no"], default="no", help="yes: the port starts from a model")
    parser.add_argument("--adopted-from", metavar="TEMPLATE", help="files were here before: say what was added")
    arguments = parser.parse_args()
    root = Path.cwd()
    sys.path.insert(0, str(root))
    sys.dont_write_bytecode = True

    done = set() if arguments.start == "yes" else {"start"}

    def interrupted(*_) -> None:
        # At once: Copier, interrupted by the same key, gives its tasks a quarter of a second.
        print("\nInterrupted.")
        report(done)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupted)
    try:
        if arguments.adopted_from:
            report_adoption(root, arguments.adopted_from)
        python = find_environment(root, may_build=arguments.setup == "yes")
        if python is not None:
            done.add("setup")
            for target in ("start", "style", "smoke"):
                if target == "start" and target in done:
                    continue
                if "start" not in done and target != "start":
                    break  # these need the port
                if target == "style" and arguments.style == "no":
                    print("Files of a port were here before: none was changed, and none is formatted.", flush=True)
                elif subprocess.run([python, "-m", "porting", target], cwd=root).returncode == 0:
                    done.add(target)
    except KeyboardInterrupt:
        return
    report(done)


def report(done: set[str]) -> None:
    """Say what has not run, and the command for later."""
    left = {target: what for target, what in STEPS.items() if target not in done}
    if left:
        print("\nThe workspace is complete, but:")
        for target, what in left.items():
            print(f"  {what}; later: make {target}")
        if len(left) > 1:
            print(f"All in one: make {' '.join(left)}")
        sys.stdout.flush()


def report_adoption(root: Path, template: str) -> None:
    """Say which files the template added and which it left, and put its version of these below reports/template."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder, "fresh")
        # Full files, without which the answer "none" is refused.
        models = [path.relative_to(root) for path in root.glob("src/transformers/models/*/modeling_*.py")]
        for name in models:
            (fresh / name).parent.mkdir(parents=True)
            shutil.copyfile(root / name, fresh / name)
        command = ["copier", "copy", "--quiet", "--defaults", "--skip-tasks", "--vcs-ref", "HEAD", "--data-file"]
        done = subprocess.run(
            [sys.executable, "-m", *command, root / ".copier-answers.yml", template, fresh],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if done.returncode:
            print("Files that were here before are as they were; `git status` shows those that were added.")
            return
        for name in models:
            (fresh / name).unlink()
        added, left = Counter(), []
        for path in sorted(path for path in fresh.rglob("*") if path.is_file()):
            name = path.relative_to(fresh)
            if name.name == ".copier-answers.yml" or (root / name).read_bytes() == path.read_bytes():
                added[name.parts[0]] += 1
                continue
            left.append(name.as_posix())
            (root / "reports" / "template" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, root / "reports" / "template" / name)
    print("Added:", ", ".join(f"{name} ({n} files)" if n > 1 else name for name, n in added.items()))
    if left:
        print("Left as it was, because it was here; the template's version is in reports/template:")
        print("".join(f"  {name}\n" for name in left), flush=True)


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
