"""Show a verdict on a terminal of 80 columns: the module tree with a mark at the fault, the cause, the line."""

import re

from rich.console import Console
from rich.markup import escape
from rich.text import Text
from rich.tree import Tree

from porting.parity.findings import Finding


def show_verdict(console: Console, result: dict, findings: list[Finding], model) -> None:
    """Print what `make parity` found. `result` is the content of reports/parity.json."""
    for output in result["outputs"]:
        largest = output["max_abs_diff"]
        mark = "[green]✓[/]" if largest is not None and largest <= result["tolerance"] else "[red]✗[/]"
        shown = ", ".join(f"{name} {_number(output[f'{name}_abs_diff'])}" for name in ("max", "mean", "p99"))
        console.print(f"{mark} {output['batch']} {output['name']} ({output['attention']}): {shown}", highlight=False)
    for line in coverage_lines(result["coverage"]):
        console.print(line, highlight=False)
    if result["original_dtype"] != "float32":
        console.print(
            f"the original computed in {result['original_dtype']}: judged against the noise of that", highlight=False
        )
    if findings:
        console.print(module_tree(model, findings))
    for number, finding in enumerate(findings, start=1):
        console.print()
        console.print(
            f"[bold red]{number}. {escape(finding.port_module) or 'the model itself'}[/]  {escape(finding.kind)}",
            highlight=False,
        )
        console.print(f"   {escape(finding.cause)}", highlight=False)
        if finding.also:
            console.print(f"   the same in {counted(finding.also)}", highlight=False)
        if finding.line:
            place, _, origin = finding.line.partition(" (from ")
            console.print(f"   look at {escape(place)}", highlight=False, soft_wrap=True)
            if origin:
                console.print(f"   from {escape(origin.removesuffix(')'))}", highlight=False, soft_wrap=True)


STAGES = {
    "rules": "by the rules",
    "output": "by a final output",
    "shape": "by shape and order",
    "fingerprint": "by fingerprint",
    "override": "by ALIGN",
}


def coverage_lines(coverage: dict) -> list[str]:
    """What was aligned, by which stage, and which module answers for what was not."""
    found = ", ".join(f"{coverage['by'][stage]} {words}" for stage, words in STAGES.items() if coverage["by"][stage])
    weightless = coverage["weightless"]
    more, left = len(weightless["aligned"]), len(weightless["without"])
    lines = [
        f"{coverage['aligned']} of {coverage['modules']} modules with weights and {more} of {more + left} without "
        "have a counterpart",
        f"in the original: {found}",
    ]
    for path in coverage["without"][:4]:
        lines.append(f"{path} has none: {coverage['answering'][path] or 'the model itself'} answers for it")
    if len(coverage["without"]) > 4:
        lines.append(f"and {len(coverage['without']) - 4} more; see answering in reports/parity.json")
    return lines


def module_tree(model, findings: list[Finding]) -> Tree:
    """The tree of the port's modules; only the branch of each fault is unfolded, equal layers are shown once."""
    guilty = {finding.port_module: finding for finding in findings}
    also = {path for finding in findings for path in finding.also}
    tree = Tree(_label(type(model).__name__, "", guilty, also))
    _grow(tree, model, "", guilty, also)
    return tree


def _grow(tree: Tree, module, path: str, guilty: dict, also: set) -> None:
    folded = 0
    for name, child in module.named_children():
        below = f"{path}.{name}" if path else name
        if name.isdigit() and not _concerned(below, guilty):
            folded += 1
            continue
        branch = tree.add(_label(name, below, guilty, also))
        if _concerned(below, guilty, itself=False):
            _grow(branch, child, below, guilty, also)
    if folded:
        tree.add(Text(f"… {folded} more layer{'s' if folded > 1 else ''}", style="dim"))


def _label(name: str, path: str, guilty: dict, also: set) -> Text:
    if path in guilty and (path or "" in guilty):
        finding = guilty[path]
        return Text.assemble((f"✗ {name}", "bold red"), (f"  ← {finding.kind.replace('_', ' ')}", "red"))
    if _concerned(path, guilty) or path in also:
        return Text(name, style="yellow")
    return Text.assemble(("✓ ", "green"), name)


def _concerned(path: str, guilty: dict, itself: bool = True) -> bool:
    prefix = f"{path}." if path else ""
    return any(each.startswith(prefix) and each != path or (itself and each == path) for each in guilty)


def counted(paths: list[str]) -> str:
    layers = sorted({int(match) for path in paths for match in re.findall(r"\.(\d+)(?:\.|$)", path)})
    if layers and len(paths) == len(layers):
        return f"layer{'s' if len(layers) > 1 else ''} {', '.join(map(str, layers[:12]))}{' …' if len(layers) > 12 else ''}"
    return ", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")


def _number(value: float | None) -> str:
    return "not a number" if value is None else f"{value:.1e}"
