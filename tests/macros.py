"""The macros of questions/ as Python functions, in a Jinja environment like Copier's."""

from functools import cache
from pathlib import Path

import jinja2
import yaml
from jinja2.sandbox import SandboxedEnvironment


REPOSITORY = Path(__file__).resolve().parents[1]
COPIER_YML = yaml.safe_load((REPOSITORY / "copier.yml").read_text(encoding="utf-8"))
QUESTIONS = {
    key: value for key, value in COPIER_YML.items() if not key.startswith("_") and value.get("when") is not False
}


@cache
def environment() -> SandboxedEnvironment:
    options = dict(COPIER_YML["_envops"])
    assert options.pop("undefined") == "jinja2.StrictUndefined"
    return SandboxedEnvironment(
        loader=jinja2.FileSystemLoader(REPOSITORY),
        extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension"],
        undefined=jinja2.StrictUndefined,
        **options,
    )


def macros(name: str):
    """The module of questions/<name>.jinja: its macros and variables are attributes."""
    return environment().get_template(f"questions/{name}.jinja").module
