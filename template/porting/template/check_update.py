"""Say whether a newer version of the template exists: exit code 0 if not, 1 if so."""

import argparse

from porting.errors import CheckFailed
from porting.template import copier
from porting.workspace import here


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def run(arguments: argparse.Namespace) -> None:
    found = copier.versions(here(), copier.command())
    if found.newer:
        print(f"A newer template exists: {found.newest}; this port has {found.current}. To take it: make update")
        raise CheckFailed(f"the template is {found.current}, not {found.newest}")
    print(f"The template of this port is {found.current}, the newest.")
