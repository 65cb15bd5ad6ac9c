"""Which module of the original each module of the port corresponds to.

Four stages, each for what those before it left over: the conversion rules; shape and order of the calls within modules
that are aligned; fingerprints of the values; and, believed before all others, `ALIGN` in `conversion/rules.py`.
"""

from collections import defaultdict
from dataclasses import replace

import torch

from porting.errors import CannotRun
from porting.parity.likeness import Sight, align_by_fingerprint, align_by_shape, look
from porting.parity.links import Alignment, Link
from porting.parity.origins import Origin


__all__ = ["Alignment", "Link", "align"]


def align(
    model, origins: dict[str, Origin], trace, override: dict[str, str] | None = None, sights: list[Sight] | None = None
) -> Alignment:
    """Align every module of `model` that is called.

    override   port path -> original path, or `tap:<name>`
    sights     the port's calls on the first batch; it is run once to get them if they are not given

    Raises CannotRun if `override` names a module that is not there.
    """
    override = override or {}
    _refuse_unknown(override, model, trace)
    alignment = _align_by_rules(model, origins, trace, override)
    sights = look(model, trace) if sights is None else sights
    ambiguous = align_by_shape(alignment, trace, sights)
    align_by_fingerprint(alignment, model, trace, ambiguous)
    holders = {path for path, module in model.named_modules() if any(True for _ in module.parameters())}
    unlinked = dict.fromkeys(sight.path for sight in sights if sight.path not in alignment.links)
    alignment.weightless = [path for path in unlinked if path not in holders]
    return alignment


def _refuse_unknown(override: dict[str, str], model, trace) -> None:
    paths = dict(model.named_modules())
    called = {call.module for batch in trace.batches for call in trace.calls(batch).values()}
    for path, original in override.items():
        if path not in paths:
            raise CannotRun(f"ALIGN in conversion/rules.py: the port has no module {path}; correct it")
        if original not in called:
            raise CannotRun(
                f"ALIGN in conversion/rules.py: the trace has no call of {original}, meant for {path}; correct it"
            )


def _align_by_rules(model, origins, trace, override) -> Alignment:
    """First the modules that own weights, then those around them, which match if they stand over the same weights."""
    canonical = {name: weight.get("same_as", name) for name, weight in trace.weights.items()}
    called = {call.module for batch in trace.batches for call in trace.calls(batch).values()}
    chains = _original_chains(canonical, called)
    # What the port does not need (a buffer, mostly) need not keep a module of the original from having a counterpart.
    needed = {canonical[source] for origin in origins.values() for source in origin.sources}
    without_unused = {name: first for name, first in canonical.items() if first in needed}
    chains = _original_chains(without_unused, called) | chains
    alignment = Alignment()
    for path, sources in _sources_by_module(model, origins, canonical).items():
        if path in override:
            alignment.links[path] = Link(path, (override[path],), "override")
            continue
        module = model.get_submodule(path)
        link = None
        if any(True for _ in module.parameters(recurse=False)):
            link = _link_owner(path, module, origins)
            if link is not None and isinstance(module, torch.nn.Linear) and _is_embedding(trace, link.originals[0]):
                link = None  # a tied head: the original multiplies by the table, outside of its module
        if link is None and sources:
            link = _link_around(path, module, model, sources, chains, override)
        if link is not None and all(original in called for original in link.originals):
            alignment.links[path] = link
        else:
            alignment.without.append(path)
    for path, original in override.items():
        alignment.links.setdefault(path, Link(path, (original,), "override"))
    _share_calls(alignment)
    _align_head(model, alignment, trace)
    final = next(iter(trace.outputs(trace.batches[0])), None)
    if final:
        alignment.links[""] = Link("", (f"output:{final}",), "output")
    return alignment


def _is_embedding(trace, original: str) -> bool:
    return "embed" in trace.record["modules"].get(original, "").lower()


def _share_calls(alignment: Alignment) -> None:
    """Where several modules of the port stand for one of the original, they take its calls in turn."""
    taken: dict[str, int] = defaultdict(int)
    for path, link in alignment.links.items():
        if link.how == "rules" and link.outputs is None and len(link.originals) == 1:
            alignment.links[path] = replace(link, first_call=taken[link.originals[0]])
            taken[link.originals[0]] += 1


def _align_head(model, alignment: Alignment, trace) -> None:
    """A head without a module in the original (a tied one, mostly) is held against the final output of its shape."""
    outputs = [name for name in trace.outputs(trace.batches[0]) if name == "logits"]
    head = model.get_output_embeddings() if hasattr(model, "get_output_embeddings") else None
    path = next((path for path, module in model.named_modules() if module is head), None) if head is not None else None
    if outputs and path in alignment.without:
        alignment.without.remove(path)
        alignment.links[path] = Link(path, ("output:logits",), "output")


def _sources_by_module(model, origins, canonical) -> dict[str, frozenset]:
    """Path of each module called as a whole -> the original weights below it, in the order of the modules."""
    sources = defaultdict(set)
    holders = []
    for path, module in model.named_modules():
        if not path or isinstance(module, torch.nn.ModuleList | torch.nn.ModuleDict):
            continue
        if any(True for _ in module.parameters()):
            holders.append(path)
    for name, origin in origins.items():
        parts = name.split(".")[:-1]
        for depth in range(1, len(parts) + 1):
            sources[".".join(parts[:depth])].update(canonical[source] for source in origin.sources)
    return {path: frozenset(sources[path]) for path in holders}


def _original_chains(canonical, called) -> dict[frozenset, list[str]]:
    """Set of original weights -> the called modules that stand over exactly these, outermost first."""
    below = defaultdict(set)
    for name, first in canonical.items():
        parts = name.split(".")[:-1]
        for depth in range(len(parts) + 1):
            below[".".join(parts[:depth])].add(first)
    chains = defaultdict(list)
    for path in sorted(below, key=lambda path: (path.count("."), path)):
        if path in called:
            chains[frozenset(below[path])].append(path)
    return chains


def _link_owner(path, module, origins) -> Link | None:
    """The link of a module that owns weights: the module(s) its weights came from, feature by feature."""
    own = {name: origins.get(f"{path}.{name}") for name, _ in module.named_parameters(recurse=False)}
    own = {name: origin for name, origin in own.items() if origin is not None}
    main = own.get("weight") or next(iter(own.values()), None)
    if main is None:
        return None
    owners = tuple(dict.fromkeys(source.rpartition(".")[0] for source in main.sources))
    if len(owners) != len(main.sources):
        return None
    others = {source.rpartition(".")[0] for origin in own.values() for source in origin.sources}
    if others != set(owners):
        return None
    outputs = inputs = output_features = input_features = None
    if isinstance(module, torch.nn.Linear):
        outputs, output_features = main.feature_index(0)
        if len(owners) == 1:
            inputs, input_features = main.feature_index(1)
    elif isinstance(module, torch.nn.Embedding):
        outputs, output_features = main.feature_index(1)
    return Link(path, owners, "rules", outputs, inputs, output_features, input_features)


def _link_around(path, module, model, sources, chains, override) -> Link | None:
    """The link of a module around others: an original module over the same weights, at the same depth of nesting."""
    twins = chains.get(sources, [])
    if not twins:
        return None
    names = path.split(".")
    nested = []  # the port's own modules over the same weights, outermost first
    for depth in range(1, len(names) + 1):
        outer = ".".join(names[:depth])
        if _weights_below(model, outer) == _weights_below(model, path):
            nested.append(outer)
    place = nested.index(path)
    twins = [twin for twin in twins if twin]
    return Link(path, (twins[place],), "rules") if place < len(twins) else None


def _weights_below(model, path) -> frozenset:
    return frozenset(id(parameter) for parameter in model.get_submodule(path).parameters())
