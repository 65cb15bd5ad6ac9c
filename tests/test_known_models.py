"""The names that questions/known_models.jinja holds are those of the installed Transformers."""

import importlib.util

import pytest
from macros import REPOSITORY, macros

import transformers


REFRESH = "run questions/update_known_models.py with the oldest and the newest supported release"


@pytest.fixture(scope="module")
def script():
    path = REPOSITORY / "questions" / "update_known_models.py"
    spec = importlib.util.spec_from_file_location("update_known_models", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def installed(script):
    return script.installed_names()


@pytest.mark.both_ends
def test_the_names_of_the_installed_release_are_known(installed):
    known = macros("known_models")
    assert transformers.__version__ in known.versions, REFRESH
    for kind in ("model_types", "class_prefixes"):
        assert set(installed[kind]) <= set(getattr(known, kind)), REFRESH
    assert set(known.tokenizer_classes) <= set(installed["tokenizer_classes"]), REFRESH


@pytest.mark.both_ends
def test_no_name_is_known_that_no_release_has(installed):
    """All names are of the installed release, but for those of the other end: a small part."""
    known = macros("known_models")
    for kind in ("model_types", "class_prefixes"):
        others = set(getattr(known, kind)) - set(installed[kind])
        assert len(others) < 0.25 * len(installed[kind]), REFRESH


def test_releases_are_merged_and_written_as_jinja_reads_them(script):
    older = {"versions": ["5.1"], "model_types": ["a", "b"], "class_prefixes": ["a"], "tokenizer_classes": ["A", "B"]}
    newer = {"versions": ["5.2"], "model_types": ["b", "c"], "class_prefixes": ["c"], "tokenizer_classes": ["B", "C"]}
    merged = script.merge([newer, older])
    assert merged == {
        "versions": ["5.1", "5.2"],
        "model_types": ["a", "b", "c"],
        "class_prefixes": ["a", "c"],
        "tokenizer_classes": ["B"],
    }
    known = macros("known_models")
    as_it_is = {key: getattr(known, key) for key in merged}
    assert script.as_jinja(as_it_is) == script.WRITTEN.read_text(encoding="utf-8")
