"""Hostile free text: the syntax of everything an answer could end up in, seeded so that each run sees the same."""

import random


CANARY = "answer-was-executed"
FRAGMENTS = [
    f"$(touch {CANARY})", f"`touch {CANARY}`", f"; touch {CANARY};", f"| touch {CANARY}", f"&& touch {CANARY}",
    f"{{{{ cycler.__init__.__globals__.os.system('touch {CANARY}') }}}}", "{{ 7 * 7 }}", "{% raw %}", "{% endraw %}",
    "{# comment #}", "{% include '/etc/hostname' %}", "{{ undefined_name }}", "{{", "%}", "${HOME}", "$HOME",
    "%(x)s", "%s", "{0}", f"__import__('os').system('touch {CANARY}')",
    f"!!python/object/apply:os.system ['touch {CANARY}']", "'", '"', "'''", '"""', "\\", "\\n", "\\\n", "\n", "\r\n",
    "\n\n", "\t", "\0", "\x1b[31m", "\x07", "\x85", "\u2028", "\ufeff", "\u202e", "\u2066", "\u200b", "\xa0",
    "# heading", "\n# heading\n", "\n===\n", "\n---\n", "- item", "\n- item\n", "1. item", "\n1) item\n", "> quote",
    "    code", "```", "\n```python\n", "~~~", "`", "``", "*", "**bold**", "_", "__init__", "~~gone~~",
    "[link](javascript:alert(1))", "![image](x)", "[x]: y", "[^1]", "- [ ] task", "- [x] task", "|",
    "| a | b |\n|---|---|", "<b>", "</p>", "<script>alert(1)</script>", "<!-- comment -->", "-->",
    "<!-- FILL: x -->", "<!-- slot: conversion -->", "&amp;", "&lt;", "&#60;", "<https://x.org>",
    "https://x.org/a_b_c?d=e&f=g", "www.x.org", "a@b.org", "@everyone", ":tada:", "$x^2$", "\\(x\\)", ": ", " #",
    "key: value", "- ", "? ", "!tag", "*alias", "&anchor", "%YAML 1.2", "---", "...", "[a, b", "}", "]", "null", "~",
    "yes", "0x10", "1e3", "2020-12-02", "=", "+", "[section]", "a = 1", "FILL: this", "🤗", "👩‍👩‍👧", "é", "e\u0301",
    "中文", "שלום", "مرحبا", "𝔘𝔫𝔦", "\U0010ffff", "ﷺ", "word", "two words", " ", "  ",
]  # fmt: skip


def answers(count: int, seed: int, longest: int = 20_000) -> list[str]:
    """`count` texts that are not blank, each of one to a dozen fragments; each fiftieth about `longest` characters."""
    chance = random.Random(seed)
    texts = []
    while len(texts) < count:
        parts = chance.choices(FRAGMENTS, k=chance.randint(1, 12))
        text = chance.choice(["", " ", "x"]).join(parts)
        if len(texts) % 50 == 49:
            text *= longest // len(text)
        if text.strip().strip("\0\x07\ufeff\u202e\u2066\x1b"):
            texts.append(text)
    return texts
