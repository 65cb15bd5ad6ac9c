"""What pass one finds wrong, and the table it is shown in."""

import sys
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: its kind in a word or two, what it concerns, and the rule with the next step."""

    kind: str
    subject: str
    what: str


def show(findings: list[Finding]) -> None:
    """Print all findings as one table to standard error, kind by kind."""
    table = Table(box=None, pad_edge=False)
    table.add_column("problem", no_wrap=True)
    table.add_column("of", overflow="fold")
    table.add_column("what is wrong", overflow="fold")
    for finding in sorted(findings, key=lambda finding: finding.kind):
        table.add_row(Text(finding.kind), Text(finding.subject), Text(finding.what))
    # A log has no width to fit into: there, every row stays one line.
    Console(stderr=True, width=None if sys.stderr.isatty() else 500).print(table)
