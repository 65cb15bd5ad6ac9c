"""Run the port's tests with upstream's own common tests, and say which of them could not run and why."""

import argparse
import os
import re
import shlex
from collections import Counter

from porting.errors import CannotRun, CheckFailed
from porting.releases import say_untested
from porting.reports import write_report
from porting.upstream.sdist import find_common_tests
from porting.workspace import here


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pytest", default="", help="more arguments for pytest, e.g. '-k generate -x'")


def run(arguments: argparse.Namespace) -> None:
    import pytest

    workspace = here()
    say_untested()
    if not list((workspace.root / "tests" / "models").glob("*/test_*.py")):
        raise CannotRun(
            f"tests/models/{workspace.model_type} has no tests yet; write test_modeling_{workspace.model_type}.py there, as "
            "the test file of the parent in Transformers is written"
        )
    common = find_common_tests()
    print(f"Common tests: {common}", flush=True)
    os.chdir(workspace.root)
    outcomes = Outcomes()
    code = pytest.main(["-q", "-r", "fE", "tests/models", *shlex.split(arguments.pytest)], plugins=[outcomes])
    reasons = Counter(_general(reason, workspace.class_prefix) for reason in outcomes.skip_reasons)
    _print_skips(reasons)
    counts, failures = outcomes.counts, outcomes.failures
    write_report(
        workspace.reports,
        "test",
        {
            "passed": code == pytest.ExitCode.OK,
            "transformers": common.version,
            "common_tests": common.kind,
            "counts": counts,
            "failed_subtests": len(outcomes.failed_subtests),
            "failures": failures,
            "skips": dict(reasons.most_common()),
        },
    )
    subtests = f" ({len(outcomes.failed_subtests)} subtests)" if outcomes.failed_subtests else ""
    print(
        f"{counts['passed']} passed, {counts['failed']} failed{subtests}, {counts['skipped']} skipped, with {common}"
    )
    if code == pytest.ExitCode.TESTS_FAILED:
        more = f" and {len(failures) - 3} more, named above" if len(failures) > 3 else ""
        raise CheckFailed(f"{counts['failed']} tests failed{subtests}: {', '.join(failures[:3])}{more}")
    if code != pytest.ExitCode.OK:
        raise CannotRun(f"pytest ended with {code!r}; see its lines above")


class Outcomes:
    """A pytest plugin that sorts tests by how they ended and keeps the names of failures and the reasons of skips.

    A test with a failed subtest has failed, which pytest itself says of some kinds of subtests only.
    """

    def __init__(self):
        self.passed, self.failed, self.skipped = set(), set(), set()
        self.failed_subtests = []  # (test, which of its subtests)
        self.skip_reasons = []

    @property
    def counts(self) -> dict[str, int]:
        ended = {"passed": self.passed - self.failed, "failed": self.failed, "skipped": self.skipped - self.failed}
        return {name: len(tests) for name, tests in ended.items()}

    @property
    def failures(self) -> list[str]:
        """The failed subtests by test and parameters, and the tests that failed without one."""
        whole = self.failed - {test for test, _ in self.failed_subtests}
        return sorted([*whole, *(f"{test} {which}" for test, which in self.failed_subtests)])

    def pytest_runtest_logreport(self, report):
        if type(report).__name__.lower() == "subtestreport":  # pytest's own, or pytest-subtests'
            if report.failed:
                self.failed.add(report.nodeid)
                which = report.head_line.removeprefix(report.location[2]).strip()
                self.failed_subtests.append((report.nodeid, which))
        elif report.failed:
            self.failed.add(report.nodeid)
        elif report.skipped:
            self.skipped.add(report.nodeid)
            self.skip_reasons.append(str(report.longrepr[2]).removeprefix("Skipped: "))
        elif report.when == "call":
            self.passed.add(report.nodeid)


def _general(reason: str, class_prefix: str) -> str:
    """A skip reason without what differs from test to test, so that equal reasons count together."""
    reason = re.sub(r"^\w+::\w+ is skipped: ", "", reason)
    reason = re.sub(rf"<class '[\w.]*\.({class_prefix}\w*)'>", r"\1", reason)
    reason = re.sub(rf"\b{class_prefix}\w*", "the model", reason)
    reason = re.sub(r"`[a-z-]+` is not in", "the task is not in", reason)
    return re.sub(r" for `[a-z-]+`\.?$", "", reason).strip().rstrip(".")


def _print_skips(reasons: Counter) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    if not reasons:
        return
    table = Table("", "skipped because", box=box.SIMPLE)
    table.columns[0].justify = "right"
    for reason, count in reasons.most_common():
        table.add_row(str(count), reason)
    Console().print(table)
