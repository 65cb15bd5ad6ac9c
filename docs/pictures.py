"""Make the pictures of the README: `nox -s pictures`.

A workspace is rendered from the working state and one line of its model is broken. docs/images/parity-report.png
is then the report of `make parity` in a browser, docs/images/status.svg what `make status` prints on a terminal.
"""

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text


REPOSITORY = Path(__file__).resolve().parents[1]
IMAGES = REPOSITORY / "docs" / "images"
RETURN = "        return hidden_states"
BROKEN = (f"        hidden_states = residual + hidden_states\n{RETURN}", RETURN)
STATUS_LINES = 30
# A terminal window without the web fonts that rich's own frame would fetch.
WINDOW = """<svg viewBox="0 0 {terminal_width} {terminal_height}" xmlns="http://www.w3.org/2000/svg"><style>
.{unique_id}-matrix {{font-family: ui-monospace, Menlo, Consolas, monospace; font-size: {char_height}px;
line-height: {line_height}px}}
{styles}</style><rect width="{terminal_width}" height="{terminal_height}" rx="8" fill="#292929"/>
<g transform="translate(9, 9)">{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g></svg>
"""


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        workspace = render(Path(folder) / "workspace")
        draw(run(workspace, "status"), IMAGES / "status.svg")
        (modeling,) = (workspace / "src").rglob("modeling_*.py")
        text = modeling.read_text()
        if text.count(BROKEN[0]) != 1:
            raise SystemExit(f"{BROKEN[0]!r} is not once in {modeling.name}; choose another line to break")
        modeling.write_text(text.replace(*BROKEN))
        run(workspace, "parity")
        photograph(workspace / "reports" / "parity.html", IMAGES / "parity-report.png")
    for path in sorted(IMAGES.iterdir()):
        print(f"{path.relative_to(REPOSITORY)}: {path.stat().st_size / 1000:.0f} kB")


def render(workspace: Path) -> Path:
    """A started and formatted decoder's workspace of the working state."""
    import copier

    answers = {"model_name": "GLib", "base_architecture": "decoder", "setup": False}
    copier.run_copy(
        str(REPOSITORY), workspace, data=answers, vcs_ref="HEAD", defaults=True, skip_tasks=True, quiet=True
    )
    for command in ("start", "style"):
        run(workspace, command)
    return workspace


def run(workspace: Path, command: str) -> str:
    """What a tool prints on a terminal of 80 columns, with its colours."""
    environment = {**os.environ, "COLUMNS": "80", "FORCE_COLOR": "1", "HF_HUB_OFFLINE": "1"}
    arguments = [sys.executable, "-m", "porting", command]
    done = subprocess.run(arguments, cwd=workspace, env=environment, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr)
    return done.stdout


def draw(printed: str, picture: Path) -> None:
    """The beginning of what was printed, as a picture of a terminal."""
    lines = printed.splitlines()[:STATUS_LINES]
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(Text.from_ansi("\n".join(["$ make status", *lines, "…"])), no_wrap=True)
    drawn = console.export_svg(code_format=WINDOW, unique_id="status")
    picture.write_text(re.sub(r'\s*clip-path="[^"]*"', "", drawn), encoding="utf-8")


def photograph(page: Path, picture: Path) -> None:
    """The page as it opens in a window of 1280 x 800."""
    browser = REPOSITORY / "docs" / "browser.py"
    subprocess.run([sys.executable, browser, page, "--screenshot", picture], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
