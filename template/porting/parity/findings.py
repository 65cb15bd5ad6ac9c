"""From measurements to findings: group, confirm, explain."""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from porting.parity.causes import Cause, explain
from porting.parity.causes.cause import UNKNOWN
from porting.parity.generation import CacheDifference, compare_cache, compare_generate
from porting.parity.links import Alignment
from porting.parity.loss import compare_loss
from porting.parity.measure import Evidence, Measurement, collect, measure
from porting.parity.precision import in_64_bits
from porting.parity.replay import Place, padding_masks
from porting.parity.source_lines import locate
from porting.parity.spread import agree
from porting.reports import as_number


@dataclass
class Finding:
    """One fault. `port_module` is the module of the port whose code or weights are wrong.

    `kind` is the cause's short name, `ratio` the difference in units of rounding noise, `line` is
    "file:number" in the port's source, `also` are the modules of other layers that show the same.
    """

    port_module: str
    original_module: str
    kind: str
    ratio: float
    cause: str
    evidence: dict
    side: str = "output"
    seen_at: str = ""
    batch: str = ""
    difference: float = 0.0
    line: str = ""
    also: list[str] = field(default_factory=list)
    tensors: Evidence | None = None

    def as_json(self) -> dict:
        names = "port_module original_module kind ratio cause evidence side seen_at batch difference line also"
        return {name: as_number(getattr(self, name), 6) for name in names.split()}


@dataclass
class Verdict:
    """What the forced replay found, and the alignment it holds for."""

    findings: list[Finding]
    measurements: list[Measurement]
    alignment: Alignment
    set_aside: list[str]


def localise(model, trace, alignment: Alignment, root: Path, show=lambda text: None) -> Verdict:
    """Find every module of `model` that differs from the traced original by more than rounding can explain.

    A suspect is confirmed by leaving its difference in place: a real fault then disturbs what comes after it. If
    nothing is disturbed, the two modules merely divide the same work differently, and the link is set aside.
    """
    set_aside: set[tuple[str, str]] = set()
    while True:
        show("forced replay")
        believed = _without(alignment, set_aside)
        measured = measure(model, trace, believed)
        measurements = measured.measurements
        groups = group(measurements)
        places = [members[0].place for members in groups.values()]
        evidence = collect(model, trace, believed, places, measured) if places else {}
        refuted = set()
        findings = []
        for members in groups.values():
            first = members[0]
            with in_64_bits():
                cause = agree(explain(evidence[first.place.key], model, first))
            show(f"confirming {first.place.blamed or 'the model'}")
            if not _certain(model, first.place, believed.links, cause) and not _disturbs(
                model, trace, alignment, set_aside, measurements, members
            ):
                refuted.update((member.place.path, member.place.side) for member in members)
                continue
            findings.append(_finding(members, cause, evidence[first.place.key], alignment, model, root))
        if not refuted:
            return Verdict(
                merge(findings, model), measurements, alignment, sorted(f"{path} ({side})" for path, side in set_aside)
            )
        set_aside |= refuted


def check_cache(model, trace, root: Path) -> Finding | None:
    """The finding that generation with the cache differs from none; None for a model that has no cache."""
    whole = (batch for batch in trace.batches if all(bool(mask.all()) for mask in padding_masks(trace.inputs(batch))))
    batch = next(whole, None) if model.can_generate() else None
    if batch is None:
        return None
    found = compare_cache(model, trace.inputs(batch))
    cause = "a step with the cache gives something else than one pass over the whole sequence"
    if found is None:
        cause = compare_generate(model, trace.inputs(batch))
        if not cause:
            return None
        found = CacheDifference("", "", "output", 1.0)
    line = locate(model, root, found.blamed, found.seen_at, found.side, "cache")
    return Finding(
        port_module=found.blamed,
        original_module="",
        kind="cache",
        ratio=found.difference,
        cause=cause,
        evidence={"difference": found.difference},
        side=found.side,
        seen_at=f"{found.side} of {found.seen_at}" if found.seen_at else "what it generates",
        batch=batch,
        difference=found.difference,
        line=line,
    )


def check_loss(model, trace, outputs: list, root: Path) -> Finding | None:
    """The finding that the loss differs although the logits agree; None where the adapter gives no labels."""
    found = compare_loss(trace, outputs)
    if found is None:
        return None
    line = locate(model, root, "", "", "output", "label_shift")
    return Finding(
        port_module="",
        original_module="",
        kind="label_shift" if found.original_shift != found.port_shift else "loss",
        ratio=abs(found.original - found.port),
        cause=found.sentence,
        evidence={"original": found.original, "port": found.port},
        seen_at="loss",
        batch=found.batch,
        difference=abs(found.original - found.port),
        line=line,
    )


def group(measurements: list[Measurement]) -> dict[tuple, list[Measurement]]:
    """The guilty measurements by place, layers taken together; the earliest first."""
    groups: dict[tuple, list[Measurement]] = {}
    for measurement in sorted((each for each in measurements if each.guilty), key=lambda each: each.order):
        place = measurement.place
        key = (_any_layer(place.path), place.side, _any_layer(place.blamed))
        groups.setdefault(key, []).append(measurement)
    return groups


def merge(findings: list[Finding], model) -> list[Finding]:
    """One finding per fault: the same cause at several places of one module, or in modules of one class of the port."""
    merged: dict[tuple, Finding] = {}
    for finding in findings:
        module = model.get_submodule(finding.port_module)
        own_class = type(module) if type(module).__module__ == type(model).__module__ else None
        where = own_class or _any_layer(finding.port_module)
        key = (
            (where, finding.cause if own_class else finding.kind)
            if finding.kind != UNKNOWN
            else (where, finding.seen_at)
        )
        if key in merged:
            known = merged[key]
            others = [each for each in (finding.port_module, *finding.also) if each != known.port_module]
            known.also = list(dict.fromkeys([*known.also, *others]))
            known.ratio = max(known.ratio, finding.ratio)
        else:
            merged[key] = finding
    return list(merged.values())


def _without(alignment: Alignment, set_aside: set) -> Alignment:
    both = {path for path, side in set_aside if (path, "input") in set_aside and (path, "output") in set_aside}
    links = {path: link for path, link in alignment.links.items() if path not in both}
    for path, side in set_aside - {(path, side) for path in both for side in ("input", "output")}:
        links[path] = replace(links[path], skip=side)
    return Alignment(links, [*alignment.without, *sorted(both)], alignment.weightless)


def _certain(model, place: Place, links: dict, cause: Cause) -> bool:
    """The final output, and a leaf whose own cause is known, need no second opinion; a link that was guessed does."""
    if not place.path:
        return True
    if links[place.path].how in ("shape", "fingerprint"):
        return False
    module = model.get_submodule(place.path)
    return place.side == "output" and not any(True for _ in module.children()) and cause.kind != "unknown"


def _disturbs(model, trace, alignment, set_aside, before, members) -> bool:
    """Whether leaving the difference at `members` in place makes any other place differ that did not."""
    unforced = frozenset((member.place.path, member.place.side) for member in members)
    known = {each.place.key: each for each in before}
    own = {member.place.key for member in members}
    batches = list(dict.fromkeys(member.place.batch for member in members))[:1]
    for after in measure(model, trace, _without(alignment, set_aside), unforced, batches).measurements:
        if after.place.key in own or not after.guilty:
            continue
        previous = known.get(after.place.key)
        if previous is None or not previous.guilty or after.difference > 2 * previous.difference:
            return True
    return False


def _finding(
    members: list[Measurement], cause: Cause, evidence: Evidence, alignment: Alignment, model, root
) -> Finding:
    first = members[0]
    place = first.place
    module = cause.module or place.blamed
    link = alignment.links.get(module)
    line = locate(model, root, module, place.path, place.side, cause.kind)
    return Finding(
        port_module=module,
        original_module=", ".join(link.originals) if link else "",
        kind=cause.kind,
        ratio=max(member.ratio for member in members),
        cause=cause.sentence,
        evidence=cause.evidence,
        side=place.side,
        seen_at=f"{place.side} of {place.path}" if place.path else "final output",
        batch=place.batch,
        difference=first.difference,
        line=line,
        also=[each for each in dict.fromkeys(member.place.blamed for member in members) if each != place.blamed],
        tensors=evidence,
    )


def _any_layer(path: str) -> str:
    return re.sub(r"(?<=\.)\d+(?=\.|$)", "*", path)
