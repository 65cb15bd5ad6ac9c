"""The macros of questions/markdown.jinja: an answer in Markdown is the words it was, and nothing else."""

import re

import hostile
import pytest
from hypothesis import given
from hypothesis import strategies as st
from macros import macros
from markdown_it import MarkdownIt


markdown = macros("markdown")
READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
TEXTS = hostile.answers(300, seed=1, longest=2_000)


def words(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def children(source: str) -> list:
    """The inline tokens of the one place a source has, with the types of its blocks."""
    tokens = READER.parse(source)
    inline = [token for token in tokens if token.type == "inline" and token.content]
    return [token.type for token in tokens], inline[-1].children if inline else []


PLACES = {
    "{}": ["paragraph_open", "inline", "paragraph_close"],
    "See {}.": ["paragraph_open", "inline", "paragraph_close"],
    "# {}": ["heading_open", "inline", "heading_close"],
    "- {}": [
        *("bullet_list_open", "list_item_open", "paragraph_open", "inline"),
        *("paragraph_close", "list_item_close", "bullet_list_close"),
    ],
}


@pytest.mark.parametrize("place", PLACES)
def test_hostile_text_is_text_wherever_it_stands(place):
    for text in filter(markdown.plain, TEXTS):
        blocks, inline = children(place.format(markdown.md(text)))
        assert blocks == PLACES[place], text
        assert {token.type for token in inline} <= {"text"}, text
        assert "".join(token.content for token in inline) == words(place.lstrip("# -").format(markdown.plain(text)))


@given(st.text())
def test_any_text_is_one_line_of_text(text):
    source = markdown.md(text)
    assert source.isprintable() or not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", source)
    blocks, inline = children(source)
    assert {token.type for token in inline} <= {"text"}
    assert "".join(token.content for token in inline) == markdown.plain(text)


def test_nothing_of_usual_text_is_changed():
    for text in (
        "Big Bird: Transformers for Longer Sequences",
        "Q&A, 100 % (really) - it's so!",
        "GPT-Neo X",
        "中文 🤗",
    ):
        assert markdown.plain(text) == markdown.md(text) == text


def test_a_cell_stays_one_cell():
    for text in filter(markdown.plain, TEXTS):
        blocks, _ = children(f"| a | b |\n|---|---|\n| {markdown.md(text)} | {markdown.code(text)} |\n")
        assert blocks.count("td_open") == 2 and blocks.count("tr_open") == 2, text


def test_paragraphs_keep_the_lines_of_an_answer_apart():
    assert markdown.paragraphs("one\n\n# two\n  \nthree") == "one\n\n\\# two\n\nthree"
    for text in TEXTS:
        blocks, _ = children(markdown.paragraphs(text))
        assert set(blocks) <= {"paragraph_open", "inline", "paragraph_close"}, text


def test_code_shows_what_it_is_given():
    assert markdown.code("model.ckpt-0") == "`model.ckpt-0`"
    for text in filter(markdown.plain, TEXTS):
        _, inline = children(markdown.code(text))
        assert {token.type for token in inline} <= {"text", "code_inline"}
        assert "".join(token.content for token in inline) == markdown.plain(text)


@pytest.mark.parametrize(
    "url",
    [
        "https://x.org/a_b*c",
        "https://en.wikipedia.org/wiki/A_(b)?c=d&copy;=e#f",
        "http://localhost:80",
        "https://x.org/)",
    ],
)
def test_a_link_leads_where_it_says(url):
    for text in ["", *TEXTS[:50]]:
        _, inline = children(markdown.link(text, url))
        (opening,) = (token for token in inline if token.type == "link_open")
        assert opening.attrs["href"].replace("%28", "(").replace("%29", ")") == url
        assert {token.type for token in inline} == {"link_open", "text", "link_close"}
        assert "".join(token.content for token in inline) == (markdown.plain(text) or url)


@pytest.mark.parametrize(
    ("item", "shown"),
    [
        ("https://x.org/a_b", "<https://x.org/a_b>"),
        ("a talk: https://x.org/a", "[a talk](https://x.org/a)"),
        ("a talk - https://x.org/a", "[a talk](https://x.org/a)"),
        ("a talk (https://x.org/a)", "[a talk](https://x.org/a)"),
        ("the book *x*", "the book \\*x\\*"),
        ("javascript:alert(1)", "javascript:alert(1)"),
    ],
)
def test_a_resource_is_a_link_where_it_can_be(item, shown):
    assert markdown.resource(item) == shown


def test_a_hostile_resource_is_text_or_one_link():
    for text in filter(markdown.plain, TEXTS):
        blocks, inline = children(markdown.resource(text))
        assert blocks == PLACES["{}"]
        assert {token.type for token in inline} <= {"text", "link_open", "link_close"}
        assert all(t.attrs["href"].startswith(("https://", "http://")) for t in inline if t.type == "link_open")
