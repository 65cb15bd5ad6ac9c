"""The two ways a command can end other than well."""


class CheckFailed(Exception):
    """The check ran and the answer is no (exit code 1)."""


class CannotRun(Exception):
    """The command could not do its work at all (exit code 2); the message names the next step."""
