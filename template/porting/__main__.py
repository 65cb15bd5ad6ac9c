"""`python -m porting <command>`: what the Makefile calls. Exit code 0 is done and true, 1 no, 2 could not run."""

import argparse
import contextlib
import importlib
import os
import sys

from porting.errors import CannotRun, CheckFailed


# command -> module with add_arguments(parser) and run(arguments); the help is the module's first line.
COMMANDS = {
    "setup": "porting.environment",
    "start": "porting.base.start",
    "modular": "porting.modular.command",
    "style": "porting.style",
    "quality": "porting.quality",
    "smoke": "porting.smoke",
    "test": "porting.run_tests",
    "nearest": "porting.nearest.command",
    "rules": "porting.conversion.propose.command",
    "convert": "porting.conversion.convert",
    "trace": "porting.trace",
    "parity": "porting.parity.command",
    "tokenizer-parity": "porting.tokenizer_parity.command",
    "status": "porting.status",
    "update": "porting.template.update",
    "check-update": "porting.template.check_update",
    "check-answers": "porting.template.check_answers",
}
# What works on the generated files: they are brought up to the modular files first. `style` does it last.
ON_GENERATED = {"quality", "smoke", "test", "rules", "convert", "parity", "tokenizer-parity"}


def main(argv: list[str]) -> int:
    if not argv or argv[0] not in COMMANDS:
        print(f"python -m porting: one of {', '.join(COMMANDS)} is needed", file=sys.stderr)
        return 2
    name, *rest = argv
    try:
        module = importlib.import_module(COMMANDS[name])
        parser = argparse.ArgumentParser(prog=f"make {name}", description=module.__doc__.splitlines()[0])
        module.add_arguments(parser)
        arguments = parser.parse_args(rest)
        _renew_mount()
        if name in ON_GENERATED:
            from porting.modular.freshness import ensure_expanded
            from porting.workspace import here

            ensure_expanded(here())
        module.run(arguments)
        sys.stdout.flush()
    except CheckFailed as error:
        return _ended(name, str(error), 1)
    except CannotRun as error:
        return _ended(name, str(error), 2)
    except ModuleNotFoundError as error:
        if error.name and error.name.split(".")[0] == "porting":
            raise
        remedy = "run `make setup`, or name an interpreter that has it: PYTHON=..."
        return _ended(name, f"{sys.executable} has no module {error.name!r}; {remedy}", 2)
    except KeyboardInterrupt:
        return _ended(name, "interrupted", 2)
    except BrokenPipeError:
        # Whoever read the output has closed it, as `| head` does; Python would try to write the rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    return 0


def _ended(name: str, why: str, code: int) -> int:
    """Say why a command ended, behind what it has printed, where that goes to a file too; returns `code`."""
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.flush()
    print(f"make {name}: {why}", file=sys.stderr)
    return code


def _renew_mount() -> None:
    """See that this interpreter mounts the port also where it was set up by an older version of these tools."""
    import sysconfig
    from pathlib import Path

    from porting.environment import renew_mount

    try:
        root = Path(__file__).resolve().parents[1]
        renew_mount(root, Path(sys.executable), Path(sysconfig.get_path("purelib")))
    except (OSError, CannotRun):
        pass  # no answers yet, or an environment that is not ours to write; the command says what it needs


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
