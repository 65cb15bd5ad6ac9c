"""The two ways a command can end other than well, and what a program that was called said of it."""


class CheckFailed(Exception):
    """The check ran and the answer is no (exit code 1)."""


class CannotRun(Exception):
    """The command could not do its work at all (exit code 2); the message names the next step."""


def last_line(output: bytes) -> str:
    """The last line a program printed: where tools say what was wrong."""
    return (output.decode(errors="replace").strip().splitlines() or ["no output"])[-1]
