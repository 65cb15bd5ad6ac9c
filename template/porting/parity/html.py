"""Write a verdict as one HTML file without scripts or outside references; it prints on paper."""

import math
import os
from html import escape
from pathlib import Path

import torch

from porting.parity.findings import Finding


STYLE = """
body{font:15px/1.45 system-ui,sans-serif;color:#1b1f24;max-width:72rem;margin:1rem auto;padding:0 1rem}
h1{font-size:1.3rem;margin:.2rem 0}h2{font-size:1.05rem;margin:1.2rem 0 .4rem}
.bad{color:#b3261e}.good{color:#1a7f37}.dim{color:#6a737d}
.finding{border-left:4px solid #b3261e;padding:.2rem .8rem;margin:.6rem 0;break-inside:avoid}
.finding h3{margin:0;font-size:1rem}.columns{display:grid;grid-template-columns:minmax(16rem,1fr) 2fr;gap:1.5rem}
code,.tree{font:13px/1.4 ui-monospace,monospace}.tree ul{list-style:none;margin:0;padding-left:1.1rem}
table{border-collapse:collapse}td,th{padding:.1rem .7rem .1rem 0;text-align:left;font-variant-numeric:tabular-nums}
svg{max-width:100%;height:auto}@media print{body{margin:0;max-width:none}.columns{display:block}}
"""
CELLS = 48


def write_html(path: Path, result: dict, findings: list[Finding], model) -> None:
    """Write the report to `path` in one step. `result` is the content of reports/parity.json."""
    verdict = "passed" if result["passed"] else "failed"
    body = [
        f"<h1>Parity of {escape(type(model).__name__)}: <span class={'good' if result['passed'] else 'bad'}>{verdict}</span></h1>",
        _summary(result),
        *(_finding(number, finding) for number, finding in enumerate(findings, start=1)),
        "<div class=columns><div><h2>Modules</h2>",
        _tree(model, findings),
        "</div><div><h2>Error by depth</h2>",
        _plot(result["places"]),
        *_heat_maps(findings),
        "</div></div><h2>Final outputs</h2>",
        _outputs(result),
    ]
    page = (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        f"<title>Parity {verdict}</title><meta name=viewport content='width=device-width'><style>{STYLE}</style>"
        f"<body>{''.join(body)}</body></html>\n"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(f".{os.getpid()}.tmp")
    scratch.write_text(page, encoding="utf-8")
    scratch.replace(path)


def _summary(result: dict) -> str:
    coverage, original = result["coverage"], result["original"]
    versions = ", ".join(f"{name} {version}" for name, version in original["versions"].items())
    text = (
        f"largest difference of a final output {_number(result['max_abs_diff'])}, tolerance {result['tolerance']:g}; "
        f"{coverage['aligned']} of {coverage['modules']} modules aligned; original traced with {escape(versions)}"
    )
    if result["original_dtype"] != "float32":
        text += f"; judged against the noise of {result['original_dtype']}, the original's own precision"
    return f"<p class=dim>{text}</p>"


def _finding(number: int, finding: Finding) -> str:
    also = f"<br><span class=dim>the same in {escape(', '.join(finding.also))}</span>" if finding.also else ""
    line = f"<br>look at <code>{escape(finding.line)}</code>" if finding.line else ""
    return (
        f"<div class=finding><h3>{number}. <code>{escape(finding.port_module or 'the model itself')}</code> "
        f"<span class=bad>{escape(finding.kind.replace('_', ' '))}</span></h3>{escape(finding.cause)}.{line}{also}"
        f"<br><span class=dim>{_number(finding.ratio)} times the rounding noise at the {escape(finding.seen_at)}; "
        f"in the original: <code>{escape(finding.original_module or 'no module')}</code></span></div>"
    )


def _tree(model, findings: list[Finding]) -> str:
    guilty = {finding.port_module: finding.kind for finding in findings}
    also = {path for finding in findings for path in finding.also}

    def branch(module, path: str, name: str) -> str:
        if path in guilty:
            label = f"<b class=bad>✗ {escape(name)} ← {escape(guilty[path].replace('_', ' '))}</b>"
        elif path in also:
            label = f"<span class=bad>✗ {escape(name)}</span>"
        else:
            label = escape(name)
        shown = [(key, child) for key, child in module.named_children()]
        if not any(each.startswith(f"{path}." if path else "") for each in [*guilty, *also]):
            shown = []
        below = "".join(branch(child, f"{path}.{key}" if path else key, key) for key, child in shown)
        return f"<li>{label}{f'<ul>{below}</ul>' if below else ''}</li>"

    return f"<div class=tree><ul>{branch(model, '', type(model).__name__)}</ul></div>"


def _plot(places: list[dict]) -> str:
    """Difference and noise of every place in the order of the calls, on a logarithmic axis, as inline SVG."""
    if not places:
        return "<p>nothing was aligned</p>"
    width, height, left, bottom = 640, 230, 46, 24
    low, high = -9.0, max(0.0, *(_log(place["difference"]) for place in places))

    def at(index: int, value: float) -> tuple[float, float]:
        x = left + (width - left - 8) * index / max(len(places) - 1, 1)
        y = 8 + (height - bottom - 8) * (high - max(_log(value), low)) / (high - low)
        return round(x, 1), round(y, 1)

    lines = []
    for power in range(int(low), int(high) + 1, 3):
        _, y = at(0, 10.0**power)
        lines.append(
            f"<line x1={left} x2={width} y1={y} y2={y} stroke='#d8dee4'/>"
            f"<text x={left - 4} y={y + 4} text-anchor=end font-size=11>1e{power}</text>"
        )
    noise = " ".join("{},{}".format(*at(index, 16 * place["noise"])) for index, place in enumerate(places))
    marks = []
    for index, place in enumerate(places):
        x, y = at(index, place["difference"])
        bad = place["difference"] is None or place["difference"] > 16 * place["noise"]
        title = f"{place['batch']}: {place['side']} of {place['call']}: {_number(place['difference'])}"
        marks.append(
            f"<circle cx={x} cy={y} r={4 if bad else 2} fill='{'#b3261e' if bad else '#1a7f37'}'>"
            f"<title>{escape(title)}</title></circle>"
        )
    return (
        f"<svg viewBox='0 0 {width} {height}' role=img aria-label='error by depth'>{''.join(lines)}"
        f"<polyline points='{noise}' fill=none stroke='#8c959f' stroke-dasharray='3 3'/>{''.join(marks)}"
        f"<text x={left} y={height - 6} font-size=11>first call</text>"
        f"<text x={width} y={height - 6} font-size=11 text-anchor=end>last call; dashed: what rounding can explain</text></svg>"
    )


def _heat_maps(findings: list[Finding]) -> list[str]:
    shown = [finding for finding in findings if finding.tensors is not None and finding.tensors.port.ndim == 3][:3]
    return [
        f"<h2>{escape(finding.seen_at)}, batch {escape(finding.batch)}: error by position and feature</h2>{_heat_map(finding)}"
        for finding in shown
    ]


def _heat_map(finding: Finding) -> str:
    """The largest error of each cell (positions down, features across) over the batch; darker is larger, padding is left out."""
    evidence = finding.tensors
    error = (evidence.original - evidence.port).abs().nan_to_num(torch.inf, torch.inf)
    if evidence.valid is not None and error.shape[:2] == evidence.valid.shape:
        error = error * evidence.valid[..., None]
    grid = error.amax(0)[None, None].clamp(max=1e30)
    size = (min(grid.shape[2], CELLS), min(grid.shape[3], 2 * CELLS))
    grid = torch.nn.functional.adaptive_max_pool2d(grid, size)[0, 0]
    top = float(grid.max()) or 1.0
    cell = 7
    cells = "".join(
        f"<rect x={column * cell} y={row * cell} width={cell} height={cell} fill='rgb({red},{blue},{blue})'/>"
        for row, values in enumerate((grid / top).tolist())
        for column, value in enumerate(values)
        if value > 0
        for red, blue in [(round(255 - 76 * value), round(245 - 207 * value))]
    )
    width, height = size[1] * cell, size[0] * cell
    return (
        f"<svg viewBox='0 0 {width} {height}' style='width:{width}px;background:#f6f8fa' role=img "
        f"aria-label='error by position and feature'>{cells}</svg>"
        f"<p class=dim>positions down, features across; darkest: {_number(top)}</p>"
    )


def _outputs(result: dict) -> str:
    rows = "".join(
        f"<tr><td>{escape(output['batch'])}<td>{escape(output['name'])}<td>{output['attention']}"
        + "".join(
            f"<td>{_number(output[name])}" for name in ("max_abs_diff", "mean_abs_diff", "p99_abs_diff", "would_pass")
        )
        for output in result["outputs"]
    )
    return f"<table><tr><th>batch<th>output<th>attention<th>max<th>mean<th>p99<th>would pass at{rows}</table>"


def _number(value: float | None) -> str:
    return "not a number" if value is None else f"{value:.2e}"


def _log(value: float | None) -> float:
    if value is None or math.isinf(value):
        return 6.0
    return math.log10(value) if value else -12.0
