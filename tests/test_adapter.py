"""The adapter of an original that is not written in PyTorch: it needs numpy, and torch for the stand-in alone."""

import sys

import pytest
from conftest import ARCHITECTURES, run


ANSWERS = [
    *({"base_architecture": kind} for kind in ARCHITECTURES),
    {"base_architecture": "vision", "base_model": "vit", "tokenizer": "none"},
]
# What an environment without PyTorch does, once load_model() and forward() are the original's; example_inputs() too for
# what is not text.
WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None
sys.path.insert(0, "original")
import adapter
"""
INPUTS = "print(sorted(adapter.example_inputs()))"


@pytest.mark.parametrize("framework", ["tensorflow", "jax"])
@pytest.mark.parametrize("answers", ANSWERS, ids=lambda answers: "-".join(answers.values()))
def test_an_adapter_needs_no_torch(render, answers, framework):
    workspace = render(original_framework=framework, **answers)
    is_text = answers["base_architecture"] in ARCHITECTURES
    done = run(sys.executable, "-c", WITHOUT_TORCH + (INPUTS if is_text else ""), cwd=workspace)
    assert done.code == 0 and done.output.startswith("['" if is_text else ""), done.output
