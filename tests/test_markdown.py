"""The macros of questions/markdown.jinja: an answer in Markdown is the words it was, and nothing else."""

import random
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


NOTE = """Split `qkv`, *head by head*; `<pad>` is id 0, and 1 < 2.

1. See [the paper](https://arxiv.org/abs/2007.14062) and [the rules](conversion/rules.py).
   ```python
   x: Dict[str, Tensor] = f(a < b, "<s>")
   ```
2. Then:

| from | to |
|---|---|
| `a` | **b** |

- [ ] heads
  - of 64

```text
<mask> & `x`
```
"""


def quoted(source: str) -> str:
    """As a slot of the guide has it."""
    return "\n".join(f"> {line}".strip() for line in source.split("\n"))


def test_a_note_stays_markdown():
    html = READER.render(quoted(markdown.note(NOTE)))
    for part in (
        "<code>qkv</code>",
        "<em>head by head</em>",
        "<code>&lt;pad&gt;</code> is id 0, and 1 &lt; 2.",
        '<a href="https://arxiv.org/abs/2007.14062">the paper</a>',
        '<a href="conversion/rules.py">the rules</a>',
        '<code class="language-python">x: Dict[str, Tensor] = f(a &lt; b, &quot;&lt;s&gt;&quot;)\n</code>',
        "<td><code>a</code></td>\n<td><strong>b</strong></td>",
        "<li>[ ] heads\n<ul>\n<li>of 64</li>",
        '<code class="language-text">&lt;mask&gt; &amp; `x`\n</code>',
    ):
        assert part in html, html
    assert html.startswith("<blockquote>") and html.endswith("</blockquote>\n") and html.count("<blockquote>") == 1


def harm(source: str) -> list[str]:
    """What a reader makes of Markdown that could do harm: HTML, images, links elsewhere than to the web or a file."""
    found, tokens = [], READER.parse(source)
    while tokens:
        token = tokens.pop()
        tokens += token.children or []
        if token.type in ("html_block", "html_inline", "image"):
            found.append(token.content)
        elif token.type == "link_open" and not re.match(r"https?://|mailto:|#|[\w./%-]+$", token.attrs["href"]):
            found.append(token.attrs["href"])
    return found


SCRIPT = "<script>alert(1)</script>"
EVASIONS = [
    SCRIPT,
    f"a ` b\nc ` {SCRIPT} ` d",
    f"\\` {SCRIPT} `",
    f"\\\\` {SCRIPT} `\\` {SCRIPT}",
    f"`` {SCRIPT} ` {SCRIPT} ``` {SCRIPT}",
    "| a | b |\n|---|---|\n| x ` | y ` z ` <i> ` w ` | ` |",
    f"- a\n  ```\n{SCRIPT}",
    f"- a\n  ```\n  code\n      ```\n  {SCRIPT}\n{SCRIPT}",
    f"  ```\n```\n{SCRIPT}\n```",
    f"- ```\n  x\n```\n{SCRIPT}\n```\n\n{SCRIPT}",
    f"para\n    ```\n    {SCRIPT}\n    ```\n```\n{SCRIPT}",
    f"> ```\n{SCRIPT}",
    f"``` a`b\n{SCRIPT}\n```",
    f"~~~ a`b\n{SCRIPT}\n~~~ x\n{SCRIPT}\n~~~~\n{SCRIPT}",
    f"````\n```\n{SCRIPT}\n````\n{SCRIPT}",
    f"```\n{SCRIPT}",
    "[a](javascript:alert(1)) [a]( javascript:alert(1)) [a](&#106;avascript:alert(1)) [a](java\nscript:alert(1))",
    "[a](\njavascript:alert(1)) [a](<javascript:alert(1)>) [a](data:text/html,x) <javascript:alert(1)>",
    "[a][b]\n\n[b]: javascript:alert(1)\n[ ]: https://x.org\n[b]:\njavascript:alert(1)\n\n[a\nb]: vbscript:x",
    "![a](https://x.org/pixel.png) \\![a](https://x.org/p) ![a][b]",
    "<!-- /slot: conversion -->\n<!--\n-->\n<?php ?>\n<![CDATA[x]]>\n<a href=x\n>",
    "[a](https://x.org \"t`\") ` <b> `",
]  # fmt: skip


@pytest.mark.parametrize("text", EVASIONS)
def test_a_note_that_evades_is_inert(text):
    assert harm(quoted(markdown.note(text))) == [] == harm(markdown.note(text))


def test_a_hostile_note_is_inert():
    chance = random.Random(5)
    breaks = ["\n", "\n  ", "\n    ", "\n- ", "\n> ", "`", "``", "```", "~~~", "|", "\\"]
    fragments = [*hostile.FRAGMENTS, *EVASIONS, *breaks]
    mixed = ["".join(chance.choices(fragments, k=chance.randint(1, 9))) for _ in range(1500)]
    for text in [*TEXTS, *mixed]:
        source = markdown.note(text)
        assert harm(quoted(source)) == [], text
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", source), text
        # What follows in a block of its own is read as if there were no note.
        assert READER.parse(f"{quoted(source)}\n\n> # advice")[-4].tag == "h1", text


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
