"""The report of `make parity` in a browser engine, as a person opens it (`nox -s browser`)."""

import json
import sys
from pathlib import Path

import pytest
from conftest import BROKEN_LINES, REPOSITORY, make, run


pytestmark = pytest.mark.apart

# Where on the page the fault is shown: in the tree, as the first finding; and how wide the page is.
PLACES = """JSON.stringify({
    seen: [...document.querySelectorAll('.tree b.bad, .finding:first-of-type h3, figure:first-of-type svg')].map(
        element => [element.textContent, element.getBoundingClientRect()]),
    width: document.documentElement.scrollWidth,
    scripts: document.scripts.length,
    plotted: document.querySelectorAll('svg circle').length,
    cells: [...document.querySelectorAll('svg path')].map(path => path.getBBox().width).filter(width => width > 0).length
})"""


def open_page(page: Path, *arguments: str) -> dict:
    command = (sys.executable, REPOSITORY / "docs" / "browser.py", page, *arguments)
    printed = run(*command, cwd=page.parent).output
    return json.loads(next(line for line in printed.splitlines() if line.startswith("{")))


def test_the_browser_tells_of_a_script_error(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><script>missing()</script>")
    told = open_page(page)
    assert told["loaded"] and "missing is not defined" in told["console"][0][1]


@pytest.mark.parametrize("family", BROKEN_LINES)
def test_the_guilty_module_is_seen_without_scrolling(faulty, family, tmp_path):
    pattern, replacement, module, kind = BROKEN_LINES[family]
    workspace, _ = faulty(family, pattern, replacement)
    assert make(workspace, "parity").code != 0
    paper = tmp_path / "report.pdf"
    report = workspace / "reports" / "parity.html"
    told = open_page(report, "--size", "1280x800", "--evaluate", PLACES, "--pdf", str(paper))
    assert told["loaded"] and told["console"] == []
    page = json.loads(told["value"])
    seen = dict(page["seen"])
    shown = kind.replace("_", " ")
    assert {f"1. {module} {shown}", f"✗ {module.rpartition('.')[2]} ← {shown}"} <= seen.keys()
    for place in seen.values():
        assert place["width"] > 0 and place["height"] > 0
        assert place["top"] >= 0 and place["bottom"] <= 800 and place["right"] <= 1280
    assert page["width"] <= 1280 and page["scripts"] == 0
    assert page["plotted"] > 50 and page["cells"] > 2
    assert paper.read_bytes()[:5] == b"%PDF-" and paper.stat().st_size > 20_000
