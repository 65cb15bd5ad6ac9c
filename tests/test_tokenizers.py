"""Rendered tokenizers: each kind for each architecture, and what is rendered where the port has none of its own."""

import json
import sys
import xml.etree.ElementTree as ElementTree
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pytest
from conftest import ARCHITECTURES, REPOSITORY, make, of_the_day, run


KINDS = ("wordpiece", "bpe", "unigram")
LENGTHS = (4, 12, 40)

# What upstream's tests of bert, gpt2 and t5 skip too, what runs with RUN_SLOW=1 only, and what is not installed.
SKIPS = ("tokenizer doesn't accept chat templates at input", "test is slow", "test requires protobuf")


def port_name(architecture: str, kind: str) -> str:
    """A class prefix, in lower case the model_type; over the architectures, each kind gets each length."""
    length = LENGTHS[(ARCHITECTURES.index(architecture) + KINDS.index(kind)) % len(LENGTHS)]
    return f"P{kind[0]}{'o' * (length - 3)}q"


def add_port(render, workspace: Path, name: str, **answers) -> None:
    """Render into a workspace that may hold other ports: the mount and the tests take all that are there.

    Without its answers it is no workspace yet, and gets the files that it lacks.
    """
    (workspace / ".copier-answers.yml").unlink(missing_ok=True)
    render(workspace, model_name=name, camelcase_name=name, model_type=name.lower(), **answers)
    started = make(workspace, "start")
    assert started.code == 0, started.output


@pytest.fixture(scope="module")
def ports(render, tmp_path_factory):
    """`ports(architecture)`: one formatted workspace with a port for each kind of tokenizer."""

    @cache
    def _ports(architecture: str) -> Path:
        workspace = tmp_path_factory.mktemp("ports") / architecture
        for kind in KINDS:
            name = port_name(architecture, kind)
            add_port(render, workspace, name, base_architecture=architecture, tokenizer=kind)
        for tool in ("isort", "black"):
            formatted = run(sys.executable, "-m", tool, "--quiet", "src", "tests/models", cwd=workspace)
            assert formatted.code == 0, formatted.output
        return workspace

    return _ports


@pytest.mark.parametrize("architecture", of_the_day(ARCHITECTURES, 1))
def test_linters_find_nothing(ports, architecture):
    workspace = ports(architecture)
    assert len(list(workspace.glob("src/transformers/models/*/tokenization_*.py"))) == len(KINDS)
    for command in (["ruff", "check"], ["ruff", "format", "--check"], ["mlinter", "--no-progress", "--no-cache"]):
        found = run(sys.executable, "-m", *command, "src", "tests/models", cwd=workspace)
        assert found.code == 0, found.output


@pytest.mark.parametrize(
    "architecture",
    [
        pytest.param(each, marks=pytest.mark.both_ends if [each] == of_the_day(ARCHITECTURES, 1) else ())
        for each in ARCHITECTURES
    ],
)
def test_upstreams_tokenizer_tests_pass(ports, record_row, tmp_path, architecture):
    workspace = ports(architecture)
    report = tmp_path / "report.xml"
    tests = [
        f"tests/models/{model_type}/test_tokenization_{model_type}.py"
        for model_type in (port_name(architecture, kind).lower() for kind in KINDS)
    ]
    selection = ["-k", "Tokenization or TextTest or TokenizerIntegration", "-p", "no:xdist", "-q"]
    result = run(sys.executable, "-m", "pytest", *tests, *selection, f"--junit-xml={report}", cwd=workspace)
    assert result.code == 0, result.output

    for kind in KINDS:
        model_type = port_name(architecture, kind).lower()
        cases = [case for case in ElementTree.parse(report).iter("testcase") if model_type in case.get("classname")]
        skipped = [child.get("message") for case in cases for child in case if child.tag == "skipped"]
        assert [reason for reason in skipped if reason not in SKIPS] == []
        names = {case.get("name") for case in cases}
        assert {"test_integration", "test_integration_from_extractor", "test_chat_template_batched"} <= names
        assert any(case.get("classname").endswith("TextTest") for case in cases)
        assert len(cases) - len(skipped) > 60
        record_row(architecture, kind, version("transformers"), len(cases) - len(skipped), 0, len(skipped))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_fixture_holds_the_trained_pieces_between_special_tokens(ports, architecture):
    for kind in KINDS:
        folder = ports(architecture) / "tests" / "fixtures" / port_name(architecture, kind).lower()
        if kind == "wordpiece":
            vocabulary = (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")[:-1]
        elif kind == "bpe":
            vocabulary = list(json.loads((folder / "vocab.json").read_text(encoding="utf-8")))
            merges = REPOSITORY / "tokenizers" / "bpe" / "merges.txt"
            assert (folder / "merges.txt").read_bytes() == merges.read_bytes()
        else:
            model = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]
            vocabulary = [f"{piece}\t{score:.4f}" if score else piece for piece, score in model["vocab"]]
        trained = (REPOSITORY / "tokenizers" / kind / "pieces.txt").read_text(encoding="utf-8").split("\n")[:-1]
        assert vocabulary[4 : 4 + len(trained)] == trained
        assert vocabulary[4 + len(trained) :] == (
            [] if architecture == "decoder" else ["[MASK]" if kind == "wordpiece" else "<mask>"]
        )


def test_training_again_gives_the_committed_vocabularies():
    script = REPOSITORY / "tokenizers" / "train_fixtures.py"
    result = run(sys.executable, script, "--check", cwd=REPOSITORY)
    assert result.code == 0, result.output


FOUND = """
import json, sys
from porting import mount
mount.install(".")
from transformers import AutoTokenizer, TOKENIZER_MAPPING, GLibConfig
GLibConfig().save_pretrained(sys.argv[1])  # nothing but the model_type tells the class
by_config = AutoTokenizer.from_pretrained(sys.argv[1])
by_config.save_pretrained(sys.argv[2])
print(json.dumps([TOKENIZER_MAPPING[GLibConfig].__name__, type(by_config).__name__,
                  type(AutoTokenizer.from_pretrained(sys.argv[2])).__name__, by_config.tokenize("the the")]))
"""


@pytest.mark.both_ends
@pytest.mark.parametrize(
    "answers, expected",
    [
        ({"tokenizer": "reuse", "tokenizer_class": "BertTokenizer"}, "BertTokenizer"),
        ({"tokenizer": "wordpiece"}, "GLibTokenizer"),
    ],
    ids=["reuse", "wordpiece"],
)
def test_auto_tokenizer_finds_the_class_by_the_configuration(render, tmp_path, answers, expected):
    workspace = render(**answers)
    assert make(workspace, "start").code == 0
    checkpoint = tmp_path / "checkpoint"
    checkpoint.mkdir()
    (checkpoint / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n[BOS]\n[EOS]\nthe\n")
    result = run(sys.executable, "-c", FOUND, checkpoint, tmp_path / "saved", cwd=workspace)
    assert result.code == 0, result.output
    assert json.loads(result.output.splitlines()[-1]) == [expected, expected, expected, ["the", "the"]]


@pytest.mark.parametrize("tokenizer", ["reuse", "none"])
def test_no_tokenizer_of_its_own_no_tokenizer_files(render, tokenizer):
    workspace = render(tokenizer=tokenizer)
    assert not list(workspace.rglob("*tokenization*"))
    assert not (workspace / "tests" / "fixtures").exists()


LOOKED_UP = """
from porting.upstream.sdist import find_common_tests
print(find_common_tests().path)
"""


def test_cache_of_an_older_revision_gets_what_the_tokenizer_tests_open(render, tmp_path):
    cached = tmp_path / f"transformers-{version('transformers')}" / "tests"
    cached.mkdir(parents=True)
    found = run(sys.executable, "-c", LOOKED_UP, cwd=render(), env={"PORT_TEMPLATE_CACHE": str(tmp_path)})
    assert found.code == 0, found.output
    assert found.output.strip() == str(cached)
    assert (cached / "fixtures" / "sample_text.txt").read_text(encoding="utf-8").strip()
