"""Every common test that upstream's own model of a family passes, ours passes too: none skipped, none overridden away.

The reference is upstream's model run through our rendered test file, with its classes in place of the port's,
so that both meet the same tests of the same release under the same sizes.
"""

import shutil
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from conftest import run


pytestmark = pytest.mark.apart

REFERENCES = {"encoder": "Bert", "decoder": "Llama", "encoder-decoder": "Bart"}

# What our tester calls otherwise than the reference's configuration does: text in our test file -> text in its place.
OTHER_NAMES = {
    "encoder-decoder": {
        "transformers.models.g_lib.modeling_g_lib": "transformers.models.bart.modeling_bart",
        "decoder_seq_length=9": "decoder_seq_length=7",  # BART's classifier wants it
        "hidden_size=self.": "d_model=self.",
        "intermediate_size=self.intermediate_size": "encoder_ffn_dim=37, decoder_ffn_dim=37",
        "num_hidden_layers=self.num_hidden_layers": "encoder_layers=2, decoder_layers=2",
        "num_attention_heads=self.num_attention_heads": "encoder_attention_heads=4, decoder_attention_heads=4",
        "hidden_dropout_prob=self.": "dropout=self.",
        "attention_probs_dropout_prob=self.": "attention_dropout=self.",
    },
}

# Common tests that ours skips for a reason that lies in the architecture, not in the skeleton.
EXPLAINED: dict[str, set[str]] = {"encoder": set(), "decoder": set(), "encoder-decoder": set()}


@pytest.mark.parametrize("architecture", REFERENCES)
def test_ours_passes_what_the_reference_passes(workspace, tmp_path, architecture):
    path = tmp_path / "port"
    shutil.copytree(workspace(base_architecture=architecture), path, ignore=shutil.ignore_patterns("reports"))
    tests = path / "tests" / "models" / "g_lib"
    source = (tests / "test_modeling_g_lib.py").read_text()
    for ours_calls_it, reference_calls_it in OTHER_NAMES.get(architecture, {}).items():
        assert ours_calls_it in source
        source = source.replace(ours_calls_it, reference_calls_it)
    (tests / "test_reference.py").write_text(source.replace("GLib", REFERENCES[architecture]))

    ours = outcomes(path, tests / "test_modeling_g_lib.py", "GLibModelTest")
    reference = outcomes(path, tests / "test_reference.py", f"{REFERENCES[architecture]}ModelTest")

    common = {name for name, outcome in reference.items() if outcome == "passed"} & set(ours)
    assert len(common) > 80
    missed = {name: ours[name] for name in common if ours[name] != "passed"}
    assert not set(missed) - EXPLAINED[architecture], missed


def outcomes(path: Path, test_file: Path, class_name: str) -> dict[str, str]:
    """Test name -> passed, failed or skipped, for one class of one file."""
    report = path / f"{class_name}.xml"
    command = [sys.executable, "-m", "pytest", "-q", f"{test_file}::{class_name}", f"--junit-xml={report}"]
    result = run(*command, "-p", "no:xdist", cwd=path)
    assert report.is_file(), result.output
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        kinds = {child.tag for child in case}
        found[case.get("name")] = "failed" if kinds & {"failure", "error"} else "skipped" if kinds else "passed"
    return found
