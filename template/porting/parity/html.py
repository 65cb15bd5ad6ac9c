"""Write a verdict as one HTML file without scripts or outside references, to be read on a screen or on paper."""

import math
import os
from html import escape
from pathlib import Path

import torch

from porting.parity.findings import Finding
from porting.parity.terminal import counted, coverage_lines


STYLE = """
body{font:15px/1.45 system-ui,sans-serif;color:#1b1f24;max-width:76rem;margin:1rem auto;padding:0 1.2rem}
h1{font-size:1.35rem;margin:.2rem 0}h2{font-size:1rem;margin:1.1rem 0 .3rem}p{margin:.2rem 0}
.bad{color:#b3261e}.good{color:#1a7f37}.dim{color:#59636e;font-size:.9em}
.finding{border-left:4px solid #b3261e;background:#fdf4f3;padding:.5rem .9rem;margin:.7rem 0;break-inside:avoid}
.finding h3{margin:0 0 .2rem;font-size:1.05rem}code{font:.92em/1.4 ui-monospace,monospace}
.columns{display:grid;grid-template-columns:minmax(17rem,1fr) 2.4fr;gap:2rem}.columns>div{min-width:0}
.tree{font:13px/1.55 ui-monospace,monospace}.tree ul{list-style:none;margin:0;padding-left:1.1rem;border-left:1px solid #d8dee4}
.tree>ul{padding:0;border:0}table{border-collapse:collapse;font-variant-numeric:tabular-nums}
td,th{padding:.15rem 1.4rem .15rem 0;text-align:left;border-bottom:1px solid #eaeef2}
svg{display:block;width:100%;height:auto;font:11px system-ui,sans-serif;fill:#59636e}figure{margin:0;break-inside:avoid}
@page{margin:14mm}
@media print{body{margin:0;padding:0;max-width:none;font-size:10.5pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.columns{grid-template-columns:1fr 2fr;gap:1rem}h2{break-after:avoid}tr{break-inside:avoid}}
"""
RED, GREEN = "#b3261e", "#1a7f37"
ROWS, COLUMNS, LEVELS = 48, 96, 12  # of a heat map
MOST_HEAT_MAPS = 3


def write_html(path: Path, result: dict, findings: list[Finding], model) -> None:
    """Write the report to `path` in one step. `result` is the content of reports/parity.json."""
    verdict = "passed" if result["passed"] else "failed"
    body = [
        f"<h1>Parity of {escape(type(model).__name__)}: <span class={'good' if result['passed'] else 'bad'}>{verdict}</span></h1>",
        _summary(result),
        *(_finding(1, finding) for finding in findings[:1]),
        "<div class=columns><div><h2>Modules</h2>",
        _tree(model, findings),
        "</div><div><h2>Error by depth: every tensor that has a counterpart, in the order of the calls</h2>",
        _plot(result["places"]),
        *_heat_maps(findings[:1]),
        "</div></div>",
        *(_finding(number, finding) for number, finding in enumerate(findings[1:], start=2)),
        *_heat_maps(findings[1:MOST_HEAT_MAPS]),
        "<h2>Final outputs</h2>",
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
        f"{escape(' '.join(coverage_lines(coverage)))}; original traced with {escape(versions)}"
    )
    if result["original_dtype"] != "float32":
        text += f"; judged against the noise of {result['original_dtype']}, the original's own precision"
    if result["spread"]:
        text += f"; the port ran {escape(result['spread'])}"
    return f"<p class=dim>{text}</p>"


def _finding(number: int, finding: Finding) -> str:
    also = f"<br><span class=dim>the same in {escape(counted(finding.also))}</span>" if finding.also else ""
    line = f"<br>look at <code>{escape(finding.line)}</code>" if finding.line else ""
    return (
        f"<div class=finding><h3>{number}. <code>{escape(finding.port_module or 'the model itself')}</code> "
        f"<span class=bad>{escape(finding.kind.replace('_', ' '))}</span></h3>{escape(_capital(finding.cause))}.{line}{also}"
        f"<br><span class=dim>{_number(finding.ratio)} times the rounding noise at the {escape(finding.seen_at)}; "
        f"in the original: <code>{escape(finding.original_module or 'no module')}</code></span></div>"
    )


def _tree(model, findings: list[Finding]) -> str:
    """The tree of the port's modules; only the branch of each fault is unfolded, equal layers are counted."""
    guilty = {finding.port_module: finding.kind for finding in findings}
    also = {path for finding in findings for path in finding.also}

    def holds(path: str, paths) -> bool:
        return any(each.startswith(f"{path}." if path else "") and each != path for each in paths)

    def branch(module, path: str, name: str) -> str:
        if path in guilty:
            label = f"<b class=bad>✗ {escape(name)} ← {escape(guilty[path].replace('_', ' '))}</b>"
        elif path in also:
            label = f"<span class=bad>✗ {escape(name)}</span>"
        else:
            label = escape(name) if holds(path, guilty) else f"<span class=good>✓</span> {escape(name)}"
        below = "".join(leaves(module, path)) if holds(path, guilty) else ""
        return f"<li>{label}{f'<ul>{below}</ul>' if below else ''}</li>"

    def leaves(module, path: str):
        folded = {"bad": 0, "good": 0}
        for name, child in module.named_children():
            inner = f"{path}.{name}" if path else name
            if name.isdigit() and inner not in guilty and not holds(inner, guilty):
                folded["bad" if inner in also or holds(inner, also) else "good"] += 1
            else:
                yield branch(child, inner, name)
        for verdict, count in folded.items():
            if count:
                mark = "✗ the same in" if verdict == "bad" else "✓"
                yield f"<li><span class={verdict}>{mark}</span> {count} more layer{'s' if count > 1 else ''}</li>"

    return f"<div class=tree><ul>{branch(model, '', type(model).__name__)}</ul></div>"


def _plot(places: list[dict]) -> str:
    """Difference and noise of every place in the order of the calls, on a logarithmic axis, as inline SVG."""
    if not places:
        return "<p>nothing was aligned</p>"
    width, height, left, bottom = 760, 210, 44, 34
    low, high = -9.0, max(0.0, *(_log(place["difference"]) for place in places))

    def at(index: int, value: float | None) -> tuple[float, float]:
        x = left + 6 + (width - left - 12) * index / max(len(places) - 1, 1)
        y = 8 + (height - bottom - 8) * (high - max(_log(value), low)) / (high - low)
        return round(x, 1), round(y, 1)

    drawn = []
    for power in range(int(low), int(high) + 1, 3):
        _, y = at(0, 10.0**power)
        drawn.append(
            f"<line x1={left} x2={width} y1={y} y2={y} stroke='#e4e8ec'/>"
            f"<text x={left - 6} y={y + 4} text-anchor=end>{'≤' if power == low else ''}1e{power}</text>"
        )
    for batch in dict.fromkeys(place["batch"] for place in places):
        x, _ = at(next(index for index, place in enumerate(places) if place["batch"] == batch), 1.0)
        drawn.append(
            f"<line x1={x - 4} x2={x - 4} y1=4 y2={height - bottom} stroke='#c5ccd3'/>"
            f"<text x={x} y={height - bottom + 14}>batch {escape(batch)}</text>"
        )
    noise = " ".join("{},{}".format(*at(index, 16 * place["noise"])) for index, place in enumerate(places))
    drawn.append(f"<polyline points='{noise}' fill=none stroke='#8c959f' stroke-dasharray='3 3'/>")
    for index, place in enumerate(places):
        x, y = at(index, place["difference"])
        bad = place["difference"] is None or place["difference"] > 16 * place["noise"]
        title = f"{place['batch']}: {place['side']} of {place['call']}: {_number(place['difference'])}"
        drawn.append(
            f"<circle cx={x} cy={y} r={4 if bad else 2} fill='{RED if bad else GREEN}'>"
            f"<title>{escape(title)}</title></circle>"
        )
    drawn.append(
        f"<text x={left} y={height - 4}><tspan fill='{GREEN}'>●</tspan> agrees "
        f"<tspan fill='{RED}' dx=10>●</tspan> differs <tspan dx=10>┄ what rounding can explain</tspan></text>"
    )
    return f"<figure><svg viewBox='0 0 {width} {height}' role=img aria-label='error by depth'>{''.join(drawn)}</svg></figure>"


def _heat_maps(findings: list[Finding]) -> list[str]:
    shown = [finding for finding in findings if finding.tensors is not None and finding.tensors.port.ndim == 3]
    return [
        f"<figure><h2>Error at the {escape(finding.seen_at)}, batch {escape(finding.batch)}, by position and feature</h2>"
        f"{_heat_map(finding)}</figure>"
        for finding in shown
    ]


def _heat_map(finding: Finding) -> str:
    """The largest error of each cell (positions down, features across) over the batch; padding is left out."""
    evidence = finding.tensors
    error = (evidence.original - evidence.port).abs().nan_to_num(torch.inf, torch.inf)
    if evidence.valid is not None and error.shape[:2] == evidence.valid.shape:
        error = error * evidence.valid[..., None]
    grid = error.amax(0)[None, None].clamp(max=1e30)
    positions, features = grid.shape[2:]
    rows, columns = min(positions, ROWS), min(features, COLUMNS)
    grid = torch.nn.functional.adaptive_max_pool2d(grid, (rows, columns))[0, 0]
    top = float(grid.max()) or 1.0
    levels = (grid / top * LEVELS).ceil().to(torch.int64).tolist()
    wide, high, left, below = 700 / columns, min(700 / columns, 190 / rows), 44, 34
    paths = "".join(
        f"<path fill='{_shade(level)}' d='{cells}'/>"
        for level in range(1, LEVELS + 1)
        if (
            cells := "".join(
                f"M{left + column * wide:.1f} {row * high:.1f}h{wide:.1f}v{high:.1f}h-{wide:.1f}z"
                for row, values in enumerate(levels)
                for column, value in enumerate(values)
                if value == level
            )
        )
    )
    scale = "".join(
        f"<rect x={524 + 12 * level} y={rows * high + 20:.1f} width=12 height=9 fill='{_shade(level)}'/>"
        for level in range(LEVELS + 1)
    )
    height = rows * high + below
    return (
        f"<svg viewBox='0 0 760 {height:.0f}' role=img aria-label='error by position and feature'>"
        f"<rect x={left} width=700 height={rows * high:.1f} fill='{_shade(0)}'/>{paths}"
        f"<text x={left - 6} y=10 text-anchor=end>0</text>"
        f"<text x={left - 6} y={rows * high:.0f} text-anchor=end>{positions - 1}</text>"
        f"<text x={left} y={rows * high + 14:.0f}>feature 0</text>"
        f"<text x=744 y={rows * high + 14:.0f} text-anchor=end>{features - 1}</text>"
        f"<text transform='translate(12 {rows * high / 2:.0f}) rotate(-90)' text-anchor=middle>position</text>"
        f"{scale}<text x=518 y={rows * high + 29:.0f} text-anchor=end>0</text>"
        f"<text x=744 y={rows * high + 29:.0f} text-anchor=end>{_number(top)}</text></svg>"
    )


def _shade(level: int) -> str:
    """From near white to dark red, in LEVELS steps."""
    share = level / LEVELS
    red, other = round(246 - 67 * share), round(248 - 210 * share)
    return f"#{red:02x}{other:02x}{other:02x}"


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


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
