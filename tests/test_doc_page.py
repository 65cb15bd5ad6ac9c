"""The rendered doc page, in the form upstream's checks want, and its examples."""

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from conftest import ARCHITECTURES

from porting.guide import Guide
from porting.mount.registration import public_names


# As upstream's utils/add_dates.py looks for it.
DATE_LINE = re.compile(
    r"\n\*This model was (?:published in HF papers on (.*) and )?contributed to Hugging Face Transformers on "
    r"(\d{4}-\d{2}-\d{2})\.\*"
)

# Saves a small model under the hub id, where `from_pretrained` looks before it asks the hub.
SAVE_TINY = """
import sys
sys.path.insert(0, {root!r})
from porting import mount
mount.install({root!r})
import transformers
config = transformers.AutoConfig.for_model(
    "g_lib", hidden_size=16, num_hidden_layers=2, num_attention_heads=2, vocab_size=99
)
getattr(transformers, "GLib{head}")(config).save_pretrained("your-organisation/g-lib-base")
"""
HEADS = {"encoder": "ForMaskedLM", "decoder": "ForCausalLM", "encoder-decoder": "ForConditionalGeneration"}


def page_of(port: Path) -> str:
    return (port / "docs" / "source" / "en" / "model_doc" / "g_lib.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_public_class_is_documented_and_nothing_else(workspace, architecture):
    port = workspace(base_architecture=architecture)
    classes = public_names(port / "src" / "transformers" / "models" / "g_lib" / "modeling_g_lib.py")
    page = page_of(port)
    documented = re.findall(r"^\[\[autodoc\]\] (\w+)\n    - forward\n", page, flags=re.MULTILINE)
    assert sorted(documented) == sorted(set(classes) - {"GLibPreTrainedModel"})
    assert re.findall(r"^\[\[autodoc\]\] (\w+)\n$", page, flags=re.MULTILINE) == ["GLibConfig"]
    headings = re.findall(r"^## (GLib\w+)$", page, flags=re.MULTILINE)
    assert headings == ["GLibConfig", *documented]


@pytest.mark.parametrize("tokenizer", ["wordpiece", "bpe", "unigram"])
def test_a_tokenizer_of_its_own_is_documented(workspace, tokenizer):
    assert "[[autodoc]] GLibTokenizer\n" in page_of(workspace(base_architecture="encoder", tokenizer=tokenizer))


def test_licence_then_dates_then_title(workspace):
    page = page_of(workspace(paper_url="https://arxiv.org/abs/2007.14062v2", paper_date="2020-07-28"))
    comment, rest = page.split("-->", 1)
    assert comment.startswith("<!--Copyright") and "Apache License, Version 2.0" in comment
    published, contributed = DATE_LINE.match(rest).groups()
    assert published == "2020-07-28"
    assert abs((date.fromisoformat(contributed) - date.today()).days) <= 1
    assert rest.index("<div") < rest.index("# GLib") < rest.index('<hfoptions id="usage">')
    assert "(https://huggingface.co/papers/2007.14062)" in page


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"paper_url": "https://arxiv.org/abs/2007.14062"},
        {"paper_url": "https://a.org/p", "paper_date": "2020-07-28"},
    ],
)
def test_no_date_is_claimed_that_is_not_known(workspace, answers):
    assert DATE_LINE.search(page_of(workspace(**answers))).group(1) is None


def test_people_and_places_are_named(workspace):
    page = page_of(
        workspace(
            contributor="Ada [Lovelace]",
            contributor_github="ada",
            original_repo_url="https://example.org/code",
            paper_title="A *title*",
            paper_url="https://example.org/paper",
            hub_id="org/glib",
            characteristics=["It is <b>bold</b>"],
        )
    )
    assert "contributed by [Ada \\[Lovelace\\]](https://github.com/ada)" in page
    assert "(https://example.org/code)" in page
    assert "[A \\*title\\*](https://example.org/paper)" in page
    assert "- It is &lt;b&gt;bold&lt;/b&gt;" in page
    assert page.count("org/glib") >= 3


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_examples_run(workspace, tmp_path, architecture):
    port = workspace(base_architecture=architecture, tokenizer="none")
    example, *others = [block.code for block in Guide(page_of(port)).blocks if block.language == "python"]
    assert not others
    code = SAVE_TINY.format(root=str(port), head=HEADS[architecture]) + example
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert done.returncode == 0, done.stdout
