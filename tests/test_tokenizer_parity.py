"""`make tokenizer-parity` through the front door: on fresh workspaces, and where the two tokenizers differ."""

import json
import shutil
from pathlib import Path

import pytest
from conftest import make


KINDS = {"wordpiece": "encoder", "bpe": "decoder", "unigram": "encoder-decoder", "reuse": "decoder"}


def report(workspace: Path) -> dict:
    return json.loads((workspace / "reports" / "tokenizer-parity.json").read_text(encoding="utf-8"))


@pytest.fixture
def edited(workspace, tmp_path):
    """`edited(file name, old, new)`: a workspace with a WordPiece tokenizer and one of its lines changed."""

    def _edited(name: str, old: str, new: str) -> Path:
        copy = tmp_path / "workspace"
        shutil.copytree(workspace(tokenizer="wordpiece", base_architecture="encoder"), copy)
        (path,) = copy.rglob(name)
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        return copy

    return _edited


@pytest.mark.both_ends
@pytest.mark.parametrize("kind", KINDS)
def test_a_fresh_workspace_passes(workspace, kind):
    path = workspace(tokenizer=kind, base_architecture=KINDS[kind])
    result = make(path, "tokenizer-parity")
    assert result.code == 0, result.output
    content = report(path)
    assert content["passed"] and content["refused"] == 0 and content["differences"] == []
    assert content["equal"] == content["compared"] == content["texts"] > 150
    assert {"plain", "unicode", "white space", "special tokens", "from the vocabulary", "long"} <= set(
        content["kinds"]
    )
    assert max(map(len, result.output.splitlines())) <= 80


def test_a_model_without_text_has_nothing_to_compare(workspace):
    path = workspace(tokenizer="none")
    assert "def tokenize" not in (path / "original" / "adapter.py").read_text()
    result = make(path, "tokenizer-parity")
    assert result.code == 2
    assert "tokenizer is none" in result.output


def test_the_first_text_that_differs_is_shown_with_both_ids_and_pieces(edited):
    path = edited("tokenization_g_lib.py", "do_lower_case: bool = True", "do_lower_case: bool = False")
    result = make(path, "tokenizer-parity")
    assert result.code == 2  # make's code for any failure
    assert "make tokenizer-parity: " in result.output and "of 198 texts have other ids" in result.output
    content = report(path)
    first = content["differences"][0]
    assert (first["text"], first["place"], first["original_pieces"][1]) == ("Hello", 1, "hello")
    assert first["original_ids"] != first["port_ids"]
    assert "'Hello'" in result.output and "'[UNK]'" in result.output and "from token 1 on" in result.output
    assert content["kinds"]["random letters"]["equal"] > 0, "texts without capitals still agree"
    assert content["shared"] == ""


def test_a_token_that_only_one_side_puts_around_every_text_is_named(edited):
    path = edited("standin_tokenizer.py", '["[CLS]", *tokens', "[*tokens")
    result = make(path, "tokenizer-parity")
    assert result.code != 0
    assert report(path)["shared"] == "the port begins every text with ['[CLS]'], the original does not"
    assert "the port begins every text with" in result.output


def test_texts_the_original_does_not_take_are_counted_and_left_out(edited):
    refuse = (
        "for text in texts if text.isascii() or {}['not ascii']]\n\n\ndef example_texts():\n    return ['one of mine']"
    )
    path = edited("adapter.py", "for text in texts]", refuse)
    adapter = path / "original" / "adapter.py"
    blocked = (
        "import sys\n\nsys.modules['transformers'] = sys.modules['tokenizers'] = None  # as in its own environment\n"
    )
    adapter.write_text(adapter.read_text().replace("import sys\n", blocked, 1))
    result = make(path, "tokenizer-parity")
    assert result.code == 0, result.output
    content = report(path)
    assert content["refused"] > 100 and content["compared"] == content["equal"] > 40
    assert content["kinds"]["of the adapter"] == {"texts": 1, "refused": 0, "equal": 1}


def test_an_original_that_takes_no_text_proves_nothing(edited):
    path = edited("adapter.py", "    import standin_tokenizer\n", "    raise KeyError('nothing')\n")
    result = make(path, "tokenizer-parity")
    assert "takes only 0 of 198 texts" in result.output and "KeyError: 'nothing'" in result.output
    assert "Traceback" not in result.output


def test_what_all_differences_share():
    from porting.tokenizer_parity.compare import Compared, what_they_share

    def shared(*pairs):
        return what_they_share([Compared("", "", one, other) for one, other in pairs], list)

    assert shared(((5, 6), (8, 9)), ((1,), (4,))) == "every id of the port is the original's plus 3"
    assert shared(((5, 6, 2), (5, 6)), ((2,), ())) == "the original ends every text with [2], the port does not"
    assert shared(((5, 6), (5, 7)), ((1,), (4,))) == ""
    assert shared() == ""
