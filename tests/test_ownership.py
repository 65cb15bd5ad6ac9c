"""Owned files are rendered once, managed files are the template's: one table, kept by both settings of Copier."""

import yaml
from conftest import REPOSITORY


def test_what_is_owned_is_left_out_of_updates():
    settings = yaml.safe_load((REPOSITORY / "copier.yml").read_text())
    on_update = "{% if _copier_operation == 'update' %}"
    excluded = [entry.removeprefix(on_update).removesuffix("{% endif %}") for entry in settings["_exclude"]]
    guarded = {entry for entry, raw in zip(excluded, settings["_exclude"], strict=True) if raw.startswith(on_update)}
    assert guarded == set(settings["_skip_if_exists"])


def test_the_tools_are_plain_python_and_managed(workspace):
    settings = yaml.safe_load((REPOSITORY / "copier.yml").read_text())
    tools = list((REPOSITORY / "template" / "porting").rglob("*"))
    assert not [path for path in tools if path.suffix == ".jinja"]
    assert not [entry for entry in settings["_skip_if_exists"] if entry.startswith("/porting")]
    for path in tools:
        if path.suffix == ".py":
            relative = path.relative_to(REPOSITORY / "template")
            assert (workspace() / relative).read_bytes() == path.read_bytes()
